import type { estypes } from "@elastic/elasticsearch";
import type { CourseFilter, CourseOrdering, CourseQuery } from "../../domain/catalog/ports.ts";
import { BEGIN, END } from "../marks.ts";
import { LANGUAGES, WEIGHTS } from "./index_settings.ts";
import { type Word, wordsOf } from "./words.ts";

type Query = estypes.QueryDslQueryContainer;

/** How a list is sorted; the id decides between equals. */
export const ORDERS: Record<CourseOrdering, { field: string; direction: "asc" | "desc" }> = {
  newest: { field: "created", direction: "desc" },
  price: { field: "price", direction: "asc" },
  "-price": { field: "price", direction: "desc" },
  rating: { field: "rating", direction: "desc" },
  popularity: { field: "students", direction: "desc" },
  relevance: { field: "_score", direction: "desc" },
};

/** The facets, with the field of each. */
export const FACETS = {
  category: "category",
  level: "level",
  language: "language",
  isFree: "is_free",
} as const;
type Facet = keyof typeof FACETS;
const FACET_NAMES = Object.keys(FACETS) as Facet[];

/** More choices than a shop has categories. */
const MOST_CHOICES = 10_000;

/** How much better courses are that have every word as it is written, and what a similar word weighs. */
const RANKS = { exact: 20, oneLetter: 0.5, twoLetters: 0.25 };

/**
 * Returns the body of a search for a page of courses, and one more. `categoryId` is that of the filter's category.
 * Scores are sums of constants, which do not change with other courses, so that a cursor stays in its place.
 */
export function searchBody(
  { search, filter, ordering, limit, wantsHighlights, wantsFacets }: CourseQuery,
  { categoryId, offset, after }: {
    categoryId: string | undefined;
    offset: number;
    after: (string | number)[] | undefined;
  },
): estypes.SearchRequest {
  const words = search === null ? null : wordsOf(search);
  const chosen = choices(filter, categoryId);
  const everyChoice = Object.values(chosen);
  const within = conditions(filter);
  const { field, direction } = ORDERS[ordering];
  return {
    query: {
      bool: {
        filter: wantsFacets ? within : [...within, ...everyChoice],
        ...(words ? { must: [matching(words)], should: [asWritten(words)] } : {}),
      },
    },
    ...(wantsFacets && everyChoice.length > 0 ? { post_filter: { bool: { filter: everyChoice } } } : {}),
    ...(wantsFacets ? { aggs: facets(chosen) } : {}),
    ...(wantsHighlights && words ? { highlight: highlight(words) } : {}),
    sort: [{ [field]: { order: direction } }, { id: { order: direction } }],
    ...(after ? { search_after: after } : {}),
    from: offset,
    size: limit + 1,
    track_total_hits: true,
    track_scores: false,
    _source: false,
  };
}

function choices(
  { level, language, isFree }: CourseFilter,
  categoryId: string | undefined,
): Partial<Record<Facet, Query>> {
  const chosen = { category: categoryId, level, language, isFree };
  return Object.fromEntries(
    FACET_NAMES.filter((name) => chosen[name] !== undefined)
      .map((name) => [name, { term: { [FACETS[name]]: { value: chosen[name]! } } }]),
  );
}

function conditions({ tutorId, priceMin, priceMax }: CourseFilter): Query[] {
  return [
    ...(tutorId === undefined ? [] : [{ term: { tutors: { value: tutorId } } }]),
    ...(priceMin === undefined
      ? []
      : [{ range: { price_thousandths: { gte: Math.ceil(thousandths(priceMin)) } } }]),
    ...(priceMax === undefined
      ? []
      : [{ range: { price_thousandths: { lte: Math.floor(thousandths(priceMax)) } } }]),
  ];
}

/** Returns a price in thousandths, without the errors of binary fractions. */
const thousandths = (price: number) => Number((price * 1000).toPrecision(15));

/** Counts the courses for each choice, given the other choices made. */
function facets(
  chosen: Partial<Record<Facet, Query>>,
): Record<string, estypes.AggregationsAggregationContainer> {
  return Object.fromEntries(FACET_NAMES.map((name) => [name, {
    filter: { bool: { filter: FACET_NAMES.flatMap((other) => other === name ? [] : chosen[other] ?? []) } },
    aggs: { values: { terms: { field: FACETS[name], size: MOST_CHOICES } } },
  }]));
}

/** Finds courses that have every word, or a similar one, in any text. The popular ones count a little more. */
function matching(words: Word[]): Query {
  return {
    function_score: {
      query: words.length === 0 ? { match_none: {} } : {
        bool: { must: words.map((word) => anyOf([...written(word), ...similar(word)])) },
      },
      functions: [{ field_value_factor: { field: "popularity", missing: 1 } }],
      boost_mode: "multiply",
    },
  };
}

/** Finds courses that have every word as it is written; the last one also as the beginning of a word. */
function asWritten(words: Word[]): Query {
  return {
    constant_score: {
      filter: { bool: { must: words.map((word) => anyOf(written(word))) } },
      boost: RANKS.exact,
    },
  };
}

const anyOf = (queries: Query[]): Query => ({ bool: { should: queries, minimum_should_match: 1 } });

/** Returns a query per text, each with its weight. */
const weighted = (share: number, query: (field: string) => Query[]): Query[] =>
  Object.entries(WEIGHTS).map(([text, weight]) => ({
    constant_score: { filter: anyOf(inLanguages(text, query)), boost: weight * share },
  }));

const inLanguages = (text: string, query: (field: string) => Query[]) =>
  LANGUAGES.flatMap((language) => query(`${text}.${language}`));

const written = (word: Word) => weighted(1, (field) => writtenIn(field, word));

function writtenIn(field: string, { text, plain, isLast }: Word): Query[] {
  return [
    { match: { [field]: { query: text, operator: "and" } } },
    ...(isLast && plain.length >= 2 ? [{ prefix: { [field]: { value: plain } } }] : []),
  ];
}

const similar = (word: Word) => [
  ...weighted(RANKS.oneLetter, (field) => similarIn(field, word, 1)),
  ...(word.plain.length > 5 ? weighted(RANKS.twoLetters, (field) => similarIn(field, word, 2)) : []),
];

/** Finds words that differ by so many letters, of which two that are swapped count as one. */
const similarIn = (field: string, { plain }: Word, letters: 1 | 2): Query[] =>
  plain.length < 4 || /\d/.test(plain) ? [] : [{ fuzzy: { [field]: { value: plain, fuzziness: letters } } }];

/** Marks the words in the whole title, and in up to two excerpts of the description. */
function highlight(words: Word[]): estypes.SearchHighlight {
  const marked = words.flatMap((word) =>
    ["title", "excerpt"].flatMap((text) =>
      inLanguages(
        text,
        (field) => [...writtenIn(field, word), ...similarIn(field, word, word.plain.length > 5 ? 2 : 1)],
      )
    )
  );
  const fields = (text: string, options: estypes.SearchHighlightField) =>
    Object.fromEntries(LANGUAGES.map((language) => [`${text}.${language}`, options]));
  return {
    pre_tags: [BEGIN],
    post_tags: [END],
    highlight_query: marked.length === 0 ? { match_none: {} } : anyOf(marked),
    fields: {
      ...fields("title", { number_of_fragments: 0, no_match_size: 1000 }),
      ...fields("excerpt", { number_of_fragments: 2, fragment_size: 150, no_match_size: 150 }),
    },
  };
}
