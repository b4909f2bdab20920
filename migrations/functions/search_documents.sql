-- Builds the search document of each course, and the summary of its lessons for lists. The last statement rebuilds
-- both for every course, because the file is applied only when it has changed.

create or replace function search_configuration(language text) returns regconfig
language sql immutable parallel safe as $$
  select case language
    when 'ru' then 'folded_russian'::regconfig
    when 'es' then 'folded_spanish'::regconfig
    else 'folded_english'::regconfig
  end
$$;
comment on function search_configuration(text) is 'Returns the text search configuration of a language of courses.';

create or replace function plain_words(text) returns text language sql stable parallel safe as $$
  select trim(regexp_replace(unaccent(lower($1)), '[\s!-/:-@\[-`{-~¡¿«»–—‘’“”„…№]+', ' ', 'g'))
$$;
comment on function plain_words(text) is
  'Returns words in lower case without accents, separated by single spaces. The punctuation is listed, because what '
  'counts as a letter depends on the locale of the database.';

create or replace function search_vector(language text, words text) returns tsvector
language sql stable parallel safe as $$
  select to_tsvector(search_configuration(language), words)
    || case when language = 'ru' or words !~ '[^\x01-\x7f]' then '' else (
      select to_tsvector(
        case language when 'es' then 'pg_catalog.spanish'::regconfig else 'pg_catalog.english'::regconfig end,
        coalesce(string_agg(w, ' '), ''))
      from regexp_split_to_table(words, '\s+') w where w ~ '[^\x01-\x7f]'
    ) end
    || to_tsvector('pg_catalog.simple', plain_words(words))
$$;
comment on function search_vector(text, text) is
  'Returns the search vector of a text: its words stemmed by its language, and as written. Words with accents are also '
  'stemmed with them: only then does programación become program-.';

create or replace function course_texts(course courses) returns text[] language sql stable as $$
  select array[
    course.title,
    left(concat_ws(' ',
      course.description, array_to_string(course.objectives, ' '), array_to_string(course.requirements, ' ')
    ), 50000)
  ]
$$;
comment on function course_texts(courses) is
  'Returns the searchable columns of a course: its title, and its descriptions. The only place that lists them: the '
  'document is built from these, and rebuilt when one of them changes.';

create or replace function searched_texts(course courses) returns text[] language sql stable as $$
  select array[
    (course_texts(course))[1],
    concat_ws(' ',
      (select k.name from categories k where k.id = course.category_id),
      (
        select string_agg(concat_ws(' ', u.first_name, u.last_name), ' ' order by t.position, u.id)
        from course_tutors t join users u on u.id = t.user_id where t.course_id = course.id
      )),
    left(concat_ws(' ',
      (
        select string_agg(p.title, ' ' order by p.position, p.id) from course_parts p where p.course_id = course.id
      ),
      (
        select string_agg(l.title, ' ' order by p.position, p.id, l.position, l.id)
        from course_parts p join lessons l on l.part_id = p.id where p.course_id = course.id
      )), 50000),
    (course_texts(course))[2]
  ]
$$;
comment on function searched_texts(courses) is
  'Returns the texts by which a course is found, the weightiest first: its title, then tutors and category, then parts '
  'and lessons, then its descriptions. Texts are cut, because a tsvector holds at most 1 MB.';

create or replace function course_document(course courses) returns tsvector language sql stable as $$
  select case when not course.is_published or course.archived_at is not null then '' else (
    select setweight(search_vector(course.language, t.texts[1]), 'A')
      || setweight(search_vector(course.language, t.texts[2]), 'B')
      || setweight(search_vector(course.language, t.texts[3]), 'C')
      || setweight(search_vector(course.language, t.texts[4]), 'D')
    from (select searched_texts(course) as texts offset 0) t
  ) end
$$;
comment on function course_document(courses) is 'Returns the search document of a course; an empty one if it is not on sale.';

create or replace function popularity(student_count integer) returns smallint language sql immutable parallel safe as $$
  select floor(log(2, student_count + 1))::smallint
$$;
comment on function popularity(integer) is 'Returns the power of two that a number of students has reached.';

create or replace function refresh_course_summaries(ids uuid[]) returns void language plpgsql as $$
declare
  former text[];
begin
  -- Locks first, so that the next statement sees what the previous holders of the lock committed.
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
      select count(*)::integer as lesson_count,
        least(coalesce(sum(l.duration_seconds), 0), 2147483647)::integer as duration_seconds
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
  -- In a fixed order, so that two transactions that add the same new words do not deadlock.
  insert into search_words (word)
  select distinct w.lexeme from course_summaries s, unnest(s.document) w
  where s.course_id = any (ids) and length(w.lexeme) between 4 and 40 and w.lexeme !~ '[0-9]'
    and not exists (select from search_words k where k.word = w.lexeme)
  order by w.lexeme
  on conflict do nothing;
  -- A mistyped word that was corrected must not stay in the list.
  delete from search_words k
  where k.word in (
      select unnest(former)
      except
      select w.lexeme from course_summaries s, unnest(s.document) w where s.course_id = any (ids)
    )
    and not exists (select from course_summaries s where s.document @@ plainto_tsquery('pg_catalog.simple', k.word));
end $$;
comment on function refresh_course_summaries(uuid[]) is
  'Brings the summaries of courses and the words of search_words up to date. The fence (offset 0) ensures that each '
  'document is built once: without it the planner copies the call of course_document to every use of its result.';

-- A thousand at a time: the statement that finds words without a course gets slower with their number.
do $$
declare
  ids uuid[];
begin
  for ids in
    select array_agg(id) from (select id, row_number() over (order by id) / 1000 as batch from courses) c group by batch
  loop
    perform refresh_course_summaries(ids);
  end loop;
end $$;
