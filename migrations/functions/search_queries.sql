-- Turns a typed search into queries.

create or replace function word_readings(word text, with_longer boolean) returns tsquery language sql stable parallel safe as $$
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
comment on function word_readings(text, boolean) is
  'Returns a query for a word in the three languages and as it is written; with_longer, also for words that begin with it.';

create or replace function read_search(typed text, out exact tsquery, out nearest tsquery, out query tsquery)
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
      -- The lexemes of the word itself do not show how similar other words are.
      own := tsvector_to_array(
        to_tsvector('folded_english', word) || to_tsvector('folded_russian', word)
        || to_tsvector('folded_spanish', word) || to_tsvector('pg_catalog.simple', plain));
      for near in
        -- Two swapped letters leave short words with few trigrams in common.
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
comment on function read_search(text) is
  'Returns three queries for a search, each of which finds everything that the previous one finds, and more. exact: '
  'every word, the last one also as the beginning of a word. nearest: a word that occurs in no course also matches the '
  'words most similar to it. query: any word also matches similar words. Words that say nothing (the, и, de) do not '
  'count beside others. Only the first 200 characters and 8 words count.';

create or replace function course_query(typed text) returns tsquery language sql stable as $$
  select nearest from read_search(typed)
$$;
comment on function course_query(text) is
  'Serves instances of release bb26860 that still run while this release is deployed. Nothing in this release calls it.';
