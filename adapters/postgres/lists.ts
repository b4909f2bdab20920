import type { Range } from "../../domain/range.ts";
import { type Fragment, pageOfRows, type Queries } from "./queries.ts";

/**
 * Returns one page of rows, and how many there are in all; both are asked for at the same time. `from` is the SQL from `from` to
 * the last condition, `order` what follows `order by`: it has to end in what is unique.
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

/** SQL that is true when all conditions are; those that are undefined are not asked for. */
export function allOf(sql: Queries, conditions: (Fragment | undefined)[]): Fragment {
  return conditions.filter((condition) => condition !== undefined)
    .reduce((before, condition) => sql`${before} and ${condition}`, sql`true` as Fragment);
}

/**
 * SQL for rows that the application has, as a table: behind it stand its name and `columns` with their types. Amounts
 * travel as text, because JSON knows no integers of 64 bits.
 */
export function recordset(sql: Queries, rows: readonly object[]): Fragment {
  const json = JSON.stringify(rows, (_, value) => typeof value === "bigint" ? value.toString() : value);
  return sql`jsonb_to_recordset(${json}::text::jsonb)`;
}
