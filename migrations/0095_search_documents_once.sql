-- As in 0041, but each course's document is made once: without the fence (offset 0) the planner copies the call of
-- course_document to wherever its result is used. And of the words that a course had, only those that it has no longer are
-- looked for in others.
create or replace function refresh_course_summaries(ids uuid[]) returns void language plpgsql as $$
declare
  former text[];
begin
  -- Locked first, so that the next statement sees what others, who held the lock, have committed.
  perform from course_summaries where course_id = any (ids) order by course_id for update;
  former := array(
    select distinct w.lexeme from course_summaries s, unnest(s.document) w where s.course_id = any (ids));
  update course_summaries s
  set lesson_count = n.lesson_count, duration_seconds = n.duration_seconds, document = n.document,
    popularity = n.popularity
  from (
    select c.id, l.lesson_count, l.duration_seconds, course_document(c) as document,
      popularity(c.student_count) as popularity
    from courses c cross join lateral (
      select count(*)::integer as lesson_count, coalesce(sum(l.duration_seconds), 0)::integer as duration_seconds
      from course_parts p join lessons l on l.part_id = p.id where p.course_id = c.id
    ) l
    where c.id = any (ids)
    offset 0
  ) n
  where s.course_id = n.id
    and (s.lesson_count, s.duration_seconds, s.document, s.popularity)
      <> (n.lesson_count, n.duration_seconds, n.document, n.popularity);
  if not found then
    return;
  end if;
  -- In one order, so that two who bring the same new words do not wait for each other.
  insert into search_words (word)
  select distinct w.lexeme from course_summaries s, unnest(s.document) w
  where s.course_id = any (ids) and length(w.lexeme) between 4 and 40 and w.lexeme !~ '[0-9]'
    and not exists (select from search_words k where k.word = w.lexeme)
  order by w.lexeme
  on conflict do nothing;
  -- A word that was mistyped and mended must not stay as if it were one.
  delete from search_words k
  where k.word in (
      select unnest(former)
      except
      select w.lexeme from course_summaries s, unnest(s.document) w where s.course_id = any (ids)
    )
    and not exists (select from course_summaries s where s.document @@ plainto_tsquery('pg_catalog.simple', k.word));
end $$;
