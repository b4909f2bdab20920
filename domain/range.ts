/** The requested part of a list: at most `limit` items, after the first `offset`. */
export type Range = { limit: number; offset: number };
