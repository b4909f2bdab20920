import type { estypes } from "@elastic/elasticsearch";

/** The languages of courses, each with the stemmer that Elasticsearch has for it. */
const STEMMERS = { en: "english", ru: "russian", es: "spanish" } as const;

export const LANGUAGES = Object.keys(STEMMERS);

/** The texts by which a course is found, with their weights: those of PostgreSQL's search. */
export const WEIGHTS = { title: 1, names: 0.4, outline: 0.2, descriptions: 0.05 };

/**
 * Reads words as written and stemmed, at the same place, without accents. Words are stemmed with them: only then does
 * programación become program-. No word is left out: the query leaves out those that say nothing.
 */
const analysis: estypes.IndicesIndexSettingsAnalysis = {
  char_filter: { dotless: { type: "mapping", mappings: ["ё => е", "Ё => Е"] } },
  filter: Object.fromEntries(
    Object.entries(STEMMERS).map((
      [language, stemmer],
    ) => [`stem_${language}`, { type: "stemmer", language: stemmer }]),
  ),
  analyzer: Object.fromEntries(LANGUAGES.map((language) => [`course_${language}`, {
    type: "custom",
    char_filter: ["dotless"],
    tokenizer: "standard",
    filter: ["lowercase", "keyword_repeat", `stem_${language}`, "asciifolding", "remove_duplicates"],
  }])),
};

/** A text in the language of its course; only one of the languages is there. */
const text: estypes.MappingProperty = {
  properties: Object.fromEntries(
    LANGUAGES.map((language) => [language, { type: "text", analyzer: `course_${language}` }]),
  ),
};

/** The index of an entry as `search_entry` (migrations/functions/search_entries.sql) makes it. */
export const INDEX = {
  settings: {
    analysis,
    // A write that comes late must not bring back what was removed.
    gc_deletes: "1h",
    // By default an index that nobody searched for a while is not kept up to date.
    refresh_interval: "1s",
  },
  mappings: {
    dynamic: "strict",
    properties: {
      id: { type: "keyword" },
      ...Object.fromEntries(Object.keys(WEIGHTS).map((name) => [name, text])),
      excerpt: text,
      language: { type: "keyword" },
      level: { type: "keyword" },
      category: { type: "keyword" },
      tutors: { type: "keyword" },
      price: { type: "long" },
      price_thousandths: { type: "long" },
      is_free: { type: "boolean" },
      rating: { type: "double" },
      students: { type: "integer" },
      popularity: { type: "double" },
      created: { type: "keyword" },
    },
  },
} satisfies { settings: estypes.IndicesIndexSettings; mappings: estypes.MappingTypeMapping };
