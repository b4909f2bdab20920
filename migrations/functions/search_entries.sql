-- What a search engine beside PostgreSQL keeps of each course, and which courses have changed since it was told.
-- Nothing is noted unless an index is kept. Rows are only added, so that no transaction waits for another.

create or replace function search_entry(course courses) returns jsonb language sql stable as $$
  select case when course.is_published and course.archived_at is null then (
    select jsonb_build_object(
      'id', course.id,
      'title', jsonb_build_object(course.language, t.texts[1]),
      'names', jsonb_build_object(course.language, t.texts[2]),
      'outline', jsonb_build_object(course.language, t.texts[3]),
      'descriptions', jsonb_build_object(course.language, t.texts[4]),
      'excerpt', jsonb_build_object(course.language, left(course.description, 5000)),
      'language', course.language,
      'level', course.level,
      'category', course.category_id::text,
      'tutors', array(select user_id from course_tutors where course_id = course.id order by user_id),
      'price', course.price_amount,
      'price_thousandths', course.price_thousandths,
      'is_free', course.price_amount = 0,
      'rating', course.rating,
      'students', course.student_count,
      'popularity', 1 + popularity(course.student_count) / 50.0,
      'created', to_char(course.created_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US+00')
    )
    from (select searched_texts(course) as texts offset 0) t
  ) end
$$;
comment on function search_entry(courses) is
  'Returns the entry of a course in a search engine; null if it is not on sale. Texts are named by the language of the '
  'course, which decides how they are read. It has nothing that the public catalogue does not show.';

create or replace function note_searched(ids uuid[]) returns void language sql as $$
  insert into search_changes (course_id)
  select distinct id from unnest(ids) id
  where exists (select from search_indexes where state <> 'new' and kept_until > statement_timestamp())
$$;
comment on function note_searched(uuid[]) is
  'Notes courses whose entries may have changed, to be indexed once the transaction has committed.';

create or replace function note_searched_course() returns trigger language plpgsql as $$
begin
  perform note_searched(array[case when tg_op = 'DELETE' then old.id else new.id end]);
  return null;
end $$;
create or replace trigger courses_are_noted after insert or delete on courses
  for each row execute function note_searched_course();
create or replace trigger courses_are_noted_anew after update on courses
  for each row when (old is distinct from new) execute function note_searched_course();

create or replace function note_searched_summary() returns trigger language plpgsql as $$
begin
  perform note_searched(array[new.course_id]);
  return null;
end $$;
comment on function note_searched_summary() is
  'Notes a course of which a part, a lesson, a tutor or the category is called something else: its document says so.';
create or replace trigger documents_are_noted after update on course_summaries
  for each row when (old.document is distinct from new.document) execute function note_searched_summary();

create or replace function note_searched_tutor() returns trigger language plpgsql as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    perform note_searched(array[old.course_id]);
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    perform note_searched(array[new.course_id]);
  end if;
  return null;
end $$;
create or replace trigger course_tutors_are_noted after insert or update or delete on course_tutors
  for each row execute function note_searched_tutor();
