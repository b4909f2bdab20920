import type { Range } from "../domain/catalog/ports.ts";

type PageQuery = { page: number; page_size: number };

/** The slice that a page stands for; pages count from 1. */
export function rangeOf({ page, page_size }: PageQuery): Range {
  return { limit: page_size, offset: (page - 1) * page_size };
}

/** A page of a list as the wire has it, with absolute links to its neighbours. */
export function pageOf<Item>(
  request: { origin: string; path: string; query: PageQuery },
  count: number,
  results: Item[],
): { count: number; next: string | null; previous: string | null; results: Item[] } {
  const { origin, path, query } = request;
  const last = Math.max(1, Math.ceil(count / query.page_size));
  const link = (page: number) => `${origin}${path}?page=${page}&page_size=${query.page_size}`;
  return {
    count,
    next: query.page < last ? link(query.page + 1) : null,
    previous: query.page > 1 ? link(Math.min(query.page - 1, last)) : null,
    results,
  };
}
