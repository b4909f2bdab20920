import type { Queries } from "../../queries.ts";

export type Row = Record<string, unknown>;

/** One table that tells something of people: what its subject is shown of it, and what goes when they are erased. */
export type PersonalTable = {
  table: string;
  /** The columns that name people or tell of them. */
  columns: string[];
  /** What the person is shown; null where it is nothing of theirs, with the reason in a comment. */
  show: ((sql: Queries, userId: string) => PromiseLike<Row[]>) | null;
  /** What goes; null where all of it stays, with the reason in a comment. */
  erase: ((sql: Queries, userId: string) => PromiseLike<unknown>) | null;
};
