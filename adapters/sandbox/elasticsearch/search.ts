import type { Index } from "./indexes.ts";
import { compile, type Document, highlighted, type Json, leavesOf, Refusal } from "./query.ts";

/** The most documents that a page and what is before it may have. */
const WINDOW = 10_000;

type Hit = { document: Document; score: number; sort: (string | number)[] };

/** Answers a search of an index, as far as the adapter asks. Documents are found as soon as they are written. */
export function search(index: Index, body: Json): Json {
  const { query, post_filter, aggs = {}, sort, search_after, from = 0, size = 10, highlight } = body;
  if (from + size > WINDOW) {
    throw new Refusal(400, "illegal_argument_exception", `Result window is too large: ${from + size}`);
  }
  const matches = compile(query, index.analyzer);
  const passes = post_filter ? compile(post_filter, index.analyzer) : () => 0;
  const orders = (sort as Json[]).map((order) =>
    Object.entries(order)[0] as [string, { order: "asc" | "desc" }]
  );
  const found: Hit[] = [];
  for (const document of index.documents.values()) {
    const score = matches(document);
    if (score === null) continue;
    const rounded = Number(score.toPrecision(7)); // Elasticsearch's scores are 32 bits long
    found.push({
      document,
      score: rounded,
      sort: orders.map(([field]) => field === "_score" ? rounded : document.values[field] as string | number),
    });
  }
  const compare = (one: Hit["sort"], other: Hit["sort"]) => {
    for (const [at, [, { order }]] of orders.entries()) {
      const sign = order === "asc" ? 1 : -1;
      if (one[at]! < other[at]!) return -sign;
      if (one[at]! > other[at]!) return sign;
    }
    return 0;
  };
  const listed = found.filter(({ document }) => passes(document) !== null)
    .sort((one, other) => compare(one.sort, other.sort));
  const rest = search_after ? listed.filter((hit) => compare(hit.sort, search_after) > 0) : listed;
  return {
    took: 1,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: {
      total: { value: listed.length, relation: "eq" },
      max_score: null,
      hits: rest.slice(from, from + size).map(({ document, sort }) => ({
        _index: index.name,
        _id: document.id,
        _score: null,
        sort,
        ...(highlight ? { highlight: marks(index, document, highlight) } : {}),
      })),
    },
    ...(Object.keys(aggs).length > 0 ? { aggregations: counts(index, found, aggs) } : {}),
  };
}

function marks(
  index: Index,
  document: Document,
  { highlight_query, fields, pre_tags, post_tags }: Json,
): Json {
  const leaves = leavesOf(highlight_query, index.analyzer);
  return Object.fromEntries(
    Object.entries(fields as Record<string, Json>).flatMap(([field, options]) => {
      if (document.tokens[field] === undefined) return [];
      const parts = highlighted(
        String(document.values[field]),
        document.tokens[field],
        leaves.filter((leaf) => leaf.field === field),
        {
          tags: [pre_tags[0], post_tags[0]],
          fragments: options.number_of_fragments,
          size: options.fragment_size ?? 100,
          otherwise: options.no_match_size ?? 0,
        },
      );
      return parts ? [[field, parts]] : [];
    }),
  );
}

/** Counts the documents that pass a filter by the values of a field. */
function counts(index: Index, found: Hit[], aggs: Json): Json {
  return Object.fromEntries(
    Object.entries(aggs as Record<string, Json>).map(([name, { filter, aggs: inner }]) => {
      const passes = compile(filter, index.analyzer);
      const counted = found.filter(({ document }) => passes(document) !== null);
      const terms = Object.entries(inner as Record<string, Json>).map(([label, { terms }]) => {
        const buckets = new Map<string | number, number>();
        for (const { document } of counted) {
          const value = document.values[terms.field];
          if (value === null || value === undefined) continue;
          const key = typeof value === "boolean" ? Number(value) : value as string | number;
          buckets.set(key, (buckets.get(key) ?? 0) + 1);
        }
        const sorted = [...buckets].sort(([, one], [, other]) => other - one).slice(0, terms.size);
        return [label, { buckets: sorted.map(([key, doc_count]) => ({ key, doc_count })) }];
      });
      return [name, { doc_count: counted.length, ...Object.fromEntries(terms) }];
    }),
  );
}
