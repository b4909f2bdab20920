import type { Range } from "../../domain/range.ts";

type PageQuery = { page: number; page_size: number };

/** Converts a page number to a range; pages count from 1. */
export function rangeOf({ page, page_size }: PageQuery): Range {
  return { limit: page_size, offset: (page - 1) * page_size };
}

/** Returns the part of a complete list that a page shows. */
export function sliceOf<Item>(query: PageQuery, items: Item[]): Item[] {
  const { offset, limit } = rangeOf(query);
  return items.slice(offset, offset + limit);
}

/**
 * Builds a page of a list in the wire's shape, with absolute links to its neighbours that keep the rest of the query.
 */
export function pageOf<Item>(
  request: { origin: string; path: string; query: PageQuery },
  count: number,
  results: Item[],
): { count: number; next: string | null; previous: string | null; results: Item[] } {
  const { page, page_size } = request.query;
  const last = Math.max(1, Math.ceil(count / page_size));
  return {
    count,
    next: page < last ? linkTo(request, { page: page + 1 }) : null,
    previous: page > 1 ? linkTo(request, { page: Math.min(page - 1, last) }) : null,
    results,
  };
}

/** Returns the request's URL with some of its query changed; undefined removes a parameter. */
export function linkTo(
  { origin, path, query }: { origin: string; path: string; query: Record<string, unknown> },
  change: Record<string, unknown>,
): string {
  const parameters = Object.entries({ ...query, ...change }).filter(([, value]) => value !== undefined);
  return `${origin}${path}?${new URLSearchParams(parameters.map(([name, value]) => [name, String(value)]))}`;
}
