-- Accents, and the dots of ё, are taken off before words are inflected, of courses and of what is typed: «трехмерной» is
-- «трёхмерная». And what is nearly the word that was typed is found whether or not some course has that very word: one course
-- never hides another.

create text search configuration folded_english (copy = pg_catalog.english);
create text search configuration folded_russian (copy = pg_catalog.russian);
create text search configuration folded_spanish (copy = pg_catalog.spanish);
alter text search configuration folded_english
  alter mapping for word, hword, hword_part with unaccent, english_stem;
alter text search configuration folded_russian
  alter mapping for word, hword, hword_part with unaccent, russian_stem;
alter text search configuration folded_spanish
  alter mapping for word, hword, hword_part with unaccent, spanish_stem;

create or replace function search_configuration(language text) returns regconfig
language sql immutable parallel safe as $$
  select case language
    when 'ru' then 'folded_russian'::regconfig
    when 'es' then 'folded_spanish'::regconfig
    else 'folded_english'::regconfig
  end
$$;

-- What a text can be found by: its words as its language inflects them, and as they are written. Words with accents also as they
-- are inflected with them: programación is program- only then.
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

-- A word in the three languages and as it is written; with_longer: words that begin with it as well.
create function word_readings(word text, with_longer boolean) returns tsquery language sql stable parallel safe as $$
  select plainto_tsquery('folded_english', word) || plainto_tsquery('folded_russian', word)
    || plainto_tsquery('folded_spanish', word)
    || case when word ~ '[^\x01-\x7f]'
      then plainto_tsquery('pg_catalog.english', word) || plainto_tsquery('pg_catalog.spanish', word)
      else ''
    end
    || case when with_longer and plain_words(word) ~ '^\S\S+$'
      then to_tsquery('pg_catalog.simple', plain_words(word) || ':*')
      else plainto_tsquery('pg_catalog.simple', plain_words(word))
    end
$$;

-- The queries that a search is, each finding what the one before it does and more:
-- exact: every word of it, the last one also as the beginning of one
-- nearest: a word that no course has as those nearest to it, too
-- query: any word as those that are near to it, too
-- Words that say nothing (the, и, de) do not count beside others. Only the first 200 characters and 8 words are looked at.
create function read_search(typed text, out exact tsquery, out nearest tsquery, out query tsquery)
language plpgsql stable as $$
declare
  words text[] := array(
    select w from regexp_split_to_table(
      lower(left(typed, 200)), '[\s!-/:-@\[-`{-~¡¿«»–—‘’“”„…№]+'
    ) with ordinality s(w, n) where w <> '' order by n limit 8);
  telling text[] := array(
    select w from unnest(words) with ordinality s(w, n)
    where numnode(plainto_tsquery('folded_english', w)) > 0
      and numnode(plainto_tsquery('folded_russian', w)) > 0
      and numnode(plainto_tsquery('folded_spanish', w)) > 0
    order by n);
  word text;
  plain text;
  near record;
  is_last boolean;
  is_known boolean;
  own text[];
  as_typed tsquery;
  as_nearest tsquery;
  as_near tsquery;
begin
  if cardinality(telling) = 0 then
    telling := words;
  end if;
  for i in 1 .. cardinality(telling) loop
    word := telling[i];
    plain := plain_words(word);
    is_last := word = words[cardinality(words)];
    as_typed := word_readings(word, is_last);
    as_nearest := as_typed;
    as_near := as_typed;
    if length(plain) >= 4 and plain !~ '[0-9]' then
      is_known := exists (
        select from search_words k where k.word = plain or is_last and k.word ^@ plain);
      -- What the word itself is found by does not tell how near others are.
      own := tsvector_to_array(
        to_tsvector('folded_english', word) || to_tsvector('folded_russian', word)
        || to_tsvector('folded_spanish', word) || to_tsvector('pg_catalog.simple', plain));
      for near in
        -- Two neighbours changing places leave short words few trigrams in common.
        select k.word, true as is_nearest
        from generate_series(1, length(plain) - 1) place join search_words k
          on k.word = overlay(plain placing reverse(substr(plain, place, 2)) from place for 2)
        where k.word <> all (own)
        union
        (
          select n.word, n.nearness >= 0.75 * n.best and n.place <= 3 from (
            select s.*, max(s.nearness) over () as best, row_number() over (order by s.nearness desc, s.word) as place
            from (
              select k.word, similarity(k.word, plain) as nearness
              from search_words k
              where k.word % plain and length(k.word) >= length(plain) - 2
                and (is_last or length(k.word) <= length(plain) + 2)
                and k.word <> all (own) and not (is_last and k.word ^@ plain)
            ) s
          ) n where n.place <= 10
        )
      loop
        if near.is_nearest and not is_known then
          as_nearest := as_nearest || word_readings(near.word, false);
        end if;
        as_near := as_near || case when near.is_nearest
          then word_readings(near.word, false)
          else plainto_tsquery('pg_catalog.simple', near.word)
        end;
      end loop;
    end if;
    exact := case when exact is null then as_typed else exact && as_typed end;
    nearest := case when nearest is null then as_nearest else nearest && as_nearest end;
    query := case when query is null then as_near else query && as_near end;
  end loop;
end $$;

-- Every course that is on sale, anew. A thousand at a time: the statement that finds words no course has any longer is not slowed
-- by all that it was.
do $$
declare
  ids uuid[];
begin
  for ids in
    select array_agg(id) from (
      select id, row_number() over (order by id) / 1000 as batch from courses
      where is_published and archived_at is null
    ) c group by batch
  loop
    perform refresh_course_summaries(ids);
  end loop;
end $$;
