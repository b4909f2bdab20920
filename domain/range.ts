/** The part of a list that is asked for: at most `limit` items, after the first `offset`. */
export type Range = { limit: number; offset: number };
