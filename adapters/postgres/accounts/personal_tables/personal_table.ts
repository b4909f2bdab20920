import type { Queries } from "../../queries.ts";

export type Row = Record<string, unknown>;

/** A table with data about people: what a person is shown of it, and what is erased with them. */
export type PersonalTable = {
  table: string;
  /** The columns that identify people or describe them. */
  columns: string[];
  /** Reads what the person is shown; null if it is not their data, with the reason in a comment. */
  show: ((sql: Queries, userId: string) => PromiseLike<Row[]>) | null;
  /** Erases the person's data; null if all of it stays, with the reason in a comment. */
  erase: ((sql: Queries, userId: string) => PromiseLike<unknown>) | null;
};
