import type { Analyzer, Token } from "./analysis.ts";

// deno-lint-ignore no-explicit-any -- bodies of requests
export type Json = any;

/** A document with its texts read by their analyzers. Fields within objects are named with dots. */
export type Document = { id: string; values: Record<string, unknown>; tokens: Record<string, Token[]> };

/** Says what Elasticsearch would answer with. */
export class Refusal extends Error {
  constructor(readonly status: 400 | 401 | 404 | 409 | 429, readonly type: string, message: string) {
    super(message);
  }
}

/** Returns the score of a document; null if the query does not match it. */
export type Matcher = (document: Document) => number | null;

/** What a query leaf accepts in a field: the terms of a place. */
export type Leaf = { field: string; accepts(term: string): boolean };

type Analyzers = (field: string) => Analyzer | undefined;

const only = (object: Json): [string, Json] => Object.entries(object)[0] as [string, Json];
const listOf = (value: Json): Json[] => value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Compiles the queries that the adapter sends. Throws Refusal for any other. */
export function compile(query: Json, analyzers: Analyzers): Matcher {
  const [kind, body] = only(query);
  const nested = (inner: Json) => compile(inner, analyzers);
  switch (kind) {
    case "match_none":
      return () => null;
    case "bool": {
      const [filter, must, should] = [body.filter, body.must, body.should].map((part) =>
        listOf(part).map(nested)
      );
      const least = body.minimum_should_match ??
        (filter!.length + must!.length > 0 || should!.length === 0 ? 0 : 1);
      return (document) => {
        if (filter!.some((matches) => matches(document) === null)) return null;
        let score = 0;
        for (const matches of must!) {
          const own = matches(document);
          if (own === null) return null;
          score += own;
        }
        let met = 0;
        for (const matches of should!) {
          const own = matches(document);
          if (own === null) continue;
          met++;
          score += own;
        }
        return met >= least ? score : null;
      };
    }
    case "constant_score": {
      const matches = nested(body.filter);
      return (document) => matches(document) === null ? null : body.boost ?? 1;
    }
    case "function_score": {
      const matches = nested(body.query);
      const { field, missing } = body.functions[0].field_value_factor;
      return (document) => {
        const score = matches(document);
        return score === null ? null : score * Number(document.values[field] ?? missing);
      };
    }
    case "term": {
      const [field, { value }] = only(body);
      return ({ values }) => listOf(values[field]).includes(value) ? 1 : null;
    }
    case "range": {
      const [field, { gte = -Infinity, lte = Infinity }] = only(body);
      return ({ values }) => Number(values[field]) >= gte && Number(values[field]) <= lte ? 1 : null;
    }
    default: {
      const leaves = leavesOf(query, analyzers);
      return ({ tokens }) =>
        leaves.length > 0 &&
          leaves.every(({ field, accepts }) => tokens[field]?.some(({ terms }) => terms.some(accepts)))
          ? 1
          : null;
    }
  }
}

/** Returns the leaves of a query that look at words. Those of one `match` are all required. */
export function leavesOf(query: Json, analyzers: Analyzers): Leaf[] {
  const [kind, body] = only(query);
  switch (kind) {
    case "match_none":
      return [];
    case "bool":
      return listOf(body.should).flatMap((inner) => leavesOf(inner, analyzers));
    case "match": {
      const [field, { query: words }] = only(body);
      return (analyzers(field)?.(words) ?? []).map(({ terms }) => ({
        field,
        accepts: (term) => terms.includes(term),
      }));
    }
    case "prefix": {
      const [field, { value }] = only(body);
      return [{ field, accepts: (term) => term.startsWith(value) }];
    }
    case "fuzzy": {
      const [field, { value, fuzziness }] = only(body);
      return [{ field, accepts: (term) => isWithin(Number(fuzziness), value, term) }];
    }
    default:
      throw new Refusal(400, "parsing_exception", `unknown query [${kind}]`);
  }
}

/** Returns whether two words differ by so many letters at most; two neighbours that are swapped count as one. */
function isWithin(most: number, one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > most) return false;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
      }
    }
    [before, last] = [last, row];
  }
  return last[other.length]! <= most;
}

/** Marks what a query finds in one text. Undefined if it finds nothing and the options ask for nothing then. */
export function highlighted(
  text: string,
  tokens: Token[],
  leaves: Leaf[],
  { tags, fragments, size, otherwise }: {
    tags: [string, string];
    fragments: number;
    size: number;
    otherwise: number;
  },
): string[] | undefined {
  const found = tokens.filter(({ terms }) => leaves.some(({ accepts }) => terms.some(accepts)));
  if (found.length === 0) return otherwise > 0 && text !== "" ? [text.slice(0, otherwise)] : undefined;
  const marked = (from: number, to: number) => {
    let at = from;
    let html = "";
    for (const { start, end } of found.filter(({ start, end }) => start >= from && end <= to)) {
      html += text.slice(at, start) + tags[0] + text.slice(start, end) + tags[1];
      at = end;
    }
    return html + text.slice(at, to);
  };
  if (fragments === 0) return [marked(0, text.length)];
  const parts: { from: number; to: number }[] = [];
  for (const { segment, index } of new Intl.Segmenter("en", { granularity: "sentence" }).segment(text)) {
    const open = parts.at(-1);
    if (open && open.to - open.from < size && index - open.from + segment.length <= size) {
      open.to = index + segment.length;
    } else parts.push({ from: index, to: index + segment.length });
  }
  return parts.filter(({ from, to }) => found.some(({ start }) => start >= from && start < to))
    .slice(0, fragments).map(({ from, to }) => marked(from, to));
}
