import type { Range } from "../../domain/range.ts";
import { type Fragment, pageOfRows, type Queries } from "./queries.ts";

/**
 * Returns one page of rows, and their total number, which are queried concurrently. `from` is the SQL from `from` to
 * the last condition. `order` follows `order by` and must end in a unique column.
 */
export async function listOf<Row extends object>(
  sql: Queries,
  { select, from, order }: { select: Fragment; from: Fragment; order: Fragment },
  range: Range,
): Promise<{ count: number; rows: Row[] }> {
  const [rows, [total]] = await Promise.all([
    sql<Row[]>`select ${select} ${from} order by ${order} ${pageOfRows(sql, range)}`,
    sql<{ count: number }[]>`select count(*)::int as count ${from}`,
  ]);
  return { count: total!.count, rows: rows as Row[] };
}

/** Returns SQL that is true if all conditions are. Undefined ones are left out. */
export function allOf(sql: Queries, conditions: (Fragment | undefined)[]): Fragment {
  return conditions.filter((condition) => condition !== undefined)
    .reduce((before, condition) => sql`${before} and ${condition}`, sql`true` as Fragment);
}

/**
 * Returns SQL for the given rows as a table, to be followed by its name and by the columns with their types. Amounts
 * are sent as text, because JSON has no 64-bit integers.
 */
export function recordset(sql: Queries, rows: readonly object[]): Fragment {
  const json = JSON.stringify(rows, (_, value) => typeof value === "bigint" ? value.toString() : value);
  return sql`jsonb_to_recordset(${json}::text::jsonb)`;
}
