-- Search: what each course can be found by, kept in the transaction that changes it, whoever writes.

do $$ begin
  create extension if not exists pg_trgm;
  create extension if not exists unaccent;
exception when insufficient_privilege or feature_not_supported or undefined_file then
  raise exception 'Search needs the extensions pg_trgm and unaccent, which this database does not let us create (%). '
    'Have its administrator run: create extension pg_trgm; create extension unaccent; then migrate again.', sqlerrm;
end $$;

create function search_configuration(language text) returns regconfig language sql immutable parallel safe as $$
  select case language
    when 'ru' then 'pg_catalog.russian'::regconfig
    when 'es' then 'pg_catalog.spanish'::regconfig
    else 'pg_catalog.english'::regconfig
  end
$$;

-- Words in lower case without accents, with one blank between them. The signs are listed, for what a letter is depends
-- on the database's locale.
create function plain_words(text) returns text language sql stable parallel safe as $$
  select trim(regexp_replace(unaccent(lower($1)), '[\s!-/:-@\[-`{-~¡¿«»–—‘’“”„…№]+', ' ', 'g'))
$$;

-- What a text can be found by: its words as its language inflects them, and as they are written.
create function search_vector(language text, words text) returns tsvector language sql stable parallel safe as $$
  select to_tsvector(search_configuration(language), words) || to_tsvector('pg_catalog.simple', plain_words(words))
$$;

alter table course_summaries
  add column document tsvector not null default '', -- of a course on sale; nobody searches the others
  -- The power of two that student_count has reached, so that a search can put what many took first without reading
  -- courses, and a purchase seldom writes here.
  add column popularity smallint not null default 0;
create index course_summaries_document on course_summaries using gin (document);

-- Every word that some course on sale has, for a word that none has to be taken as the nearest one.
create table search_words (word text primary key);
create index search_words_trigrams on search_words using gin (word gin_trgm_ops);

-- Title first, then tutors and category, then parts and lessons, then what describes it. Cut, for a tsvector has at
-- most 1 MB.
create function course_document(course courses) returns tsvector language sql stable as $$
  select case when not course.is_published or course.archived_at is not null then '' else
    setweight(search_vector(course.language, course.title), 'A')
    || setweight(search_vector(course.language, concat_ws(' ',
      (select k.name from categories k where k.id = course.category_id),
      (
        select string_agg(concat_ws(' ', u.first_name, u.last_name), ' ')
        from course_tutors t join users u on u.id = t.user_id where t.course_id = course.id
      ))), 'B')
    || setweight(search_vector(course.language, left(concat_ws(' ',
      (select string_agg(p.title, ' ') from course_parts p where p.course_id = course.id),
      (
        select string_agg(l.title, ' ')
        from course_parts p join lessons l on l.part_id = p.id where p.course_id = course.id
      )), 50000)), 'C')
    || setweight(search_vector(course.language, left(concat_ws(' ',
      course.description, array_to_string(course.objectives, ' '), array_to_string(course.requirements, ' ')
    ), 50000)), 'D')
  end
$$;

create function popularity(student_count integer) returns smallint language sql immutable parallel safe as $$
  select floor(log(2, student_count + 1))::smallint
$$;

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
  where k.word = any (former)
    and not exists (select from course_summaries s where s.document @@ plainto_tsquery('pg_catalog.simple', k.word));
end $$;

create function resummarise_course() returns trigger language plpgsql as $$
begin
  perform refresh_course_summaries(array[new.id]);
  return null;
end $$;
create trigger courses_are_summarised after update on courses
  for each row when (
    (
      old.title, old.description, old.language, old.category_id, old.objectives, old.requirements, old.is_published,
      old.archived_at is null, popularity(old.student_count)
    ) is distinct from (
      new.title, new.description, new.language, new.category_id, new.objectives, new.requirements, new.is_published,
      new.archived_at is null, popularity(new.student_count)
    )
  ) execute function resummarise_course();

create function summarise_tutors() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform refresh_course_summaries(array[old.course_id]);
  else
    perform refresh_course_summaries(array[new.course_id]);
  end if;
  return null;
end $$;
create trigger course_tutors_are_summarised after insert or delete on course_tutors
  for each row execute function summarise_tutors();

create function summarise_tutor_name() returns trigger language plpgsql as $$
begin
  perform refresh_course_summaries(array(select course_id from course_tutors where user_id = new.id));
  return null;
end $$;
create trigger tutor_names_are_summarised after update on users
  for each row when ((old.first_name, old.last_name) is distinct from (new.first_name, new.last_name))
  execute function summarise_tutor_name();

create function summarise_category_name() returns trigger language plpgsql as $$
begin
  perform refresh_course_summaries(array(select id from courses where category_id = new.id));
  return null;
end $$;
create trigger category_names_are_summarised after update on categories
  for each row when (old.name is distinct from new.name) execute function summarise_category_name();

select refresh_course_summaries(array(select id from courses));

-- A word in the three languages and as it is written; with_longer: words that begin with it as well.
create function word_query(word text, with_longer boolean) returns tsquery language sql stable parallel safe as $$
  select plainto_tsquery('pg_catalog.english', word) || plainto_tsquery('pg_catalog.russian', word)
    || plainto_tsquery('pg_catalog.spanish', word)
    || case when with_longer and plain_words(word) ~ '^\S\S+$'
      then to_tsquery('pg_catalog.simple', plain_words(word) || ':*')
      else plainto_tsquery('pg_catalog.simple', plain_words(word))
    end
$$;

-- The query that a search is: every word of it, the last one also as the beginning of one; a word that no course has as
-- the ones nearest to it, too. Words that say nothing (the, и, de) do not count beside others. Only the first 200
-- characters and 8 words are looked at.
create function course_query(typed text) returns tsquery language plpgsql stable as $$
declare
  words text[] := array(
    select w from regexp_split_to_table(
      lower(left(typed, 200)), '[\s!-/:-@\[-`{-~¡¿«»–—‘’“”„…№]+'
    ) with ordinality s(w, n) where w <> '' order by n limit 8);
  telling text[] := array(
    select w from unnest(words) with ordinality s(w, n)
    where numnode(plainto_tsquery('pg_catalog.english', w)) > 0
      and numnode(plainto_tsquery('pg_catalog.russian', w)) > 0
      and numnode(plainto_tsquery('pg_catalog.spanish', w)) > 0
    order by n);
  word text;
  plain text;
  nearest text;
  is_last boolean;
  reading tsquery;
  everything tsquery;
begin
  if cardinality(telling) = 0 then
    telling := words;
  end if;
  for i in 1 .. cardinality(telling) loop
    word := telling[i];
    plain := plain_words(word);
    is_last := word = words[cardinality(words)];
    reading := word_query(word, is_last);
    if length(plain) >= 4 and plain !~ '[0-9]' and not exists (
      select from search_words k where k.word = plain or is_last and k.word ^@ plain
    ) then
      for nearest in
        -- Two neighbours changing places leave short words few trigrams in common.
        select k.word from generate_series(1, length(plain) - 1) place join search_words k
          on k.word = overlay(plain placing reverse(substr(plain, place, 2)) from place for 2)
        union
        (select n.word from (
          select k.word, similarity(k.word, plain) as nearness, max(similarity(k.word, plain)) over () as best
          from search_words k
          where k.word % plain and length(k.word) >= length(plain) - 2
            and (is_last or length(k.word) <= length(plain) + 2)
        ) n where n.nearness >= 0.75 * n.best order by n.nearness desc, n.word limit 3)
      loop
        reading := reading || word_query(nearest, false);
      end loop;
    end if;
    everything := case when everything is null then reading else everything && reading end;
  end loop;
  return everything;
end $$;

-- Lets a filtered list count itself from an index alone.
create index courses_filters on courses (category_id, language, level, price_amount, price_currency)
  where is_published and archived_at is null;

-- Many lessons may be called Introduction: the few that count are read from the index in their order.
drop index lessons_title_slug;
create index lessons_title_slug on lessons (title_slug(title), is_free_preview desc, created_at, id);
