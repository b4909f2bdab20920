-- Accents, and the dots of ё, are taken off before words are inflected, of courses and of what is typed: «трехмерной» is
-- «трёхмерная».

create text search configuration folded_english (copy = pg_catalog.english);
create text search configuration folded_russian (copy = pg_catalog.russian);
create text search configuration folded_spanish (copy = pg_catalog.spanish);
alter text search configuration folded_english
  alter mapping for word, hword, hword_part with unaccent, english_stem;
alter text search configuration folded_russian
  alter mapping for word, hword, hword_part with unaccent, russian_stem;
alter text search configuration folded_spanish
  alter mapping for word, hword, hword_part with unaccent, spanish_stem;

-- read_search has taken its place.
drop function if exists word_query(text, boolean);
