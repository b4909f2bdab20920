import type { Range } from "../../domain/catalog/ports.ts";
import type { ISql, PendingQuery, Row, Sql, TransactionSql } from "postgres";

/** A pool of connections whose `bigint` columns are BigInt. */
export type Database = Sql<{ bigint: bigint }>;
/** An open transaction. */
export type DatabaseTransaction = TransactionSql<{ bigint: bigint }>;
/** What a store needs: the pool or an open transaction. */
export type Queries = ISql<{ bigint: bigint }>;

/** A piece of SQL, to be put into a statement. */
export type Fragment = PendingQuery<Row[]>;

/** SQL that is true when the student has a grant for the course that is active at this moment. */
export function hasActiveGrant(
  sql: Queries,
  courseId: Fragment,
  studentId: Fragment | string | null,
): Fragment {
  return sql`exists (
    select from grants g
    where g.student_id = ${studentId} and g.course_id = ${courseId} and ${grantIsActive(sql)}
  )`;
}

// What time it is. `now()` is when a transaction began, which may be long before it got the locks behind which it judges: to it,
// what others did meanwhile has not begun yet. So SQL says `statement_timestamp()`, for a lock is waited for by a statement
// of its own; and `clock_timestamp()` where the statement itself may have waited, or where two must not have the same time.
// tests/architecture_test.ts refuses the rest here, and tests/adapters/clocks_test.ts in what migrations leave behind.

/**
 * SQL that is true when the grant `g` gives access at this moment: begun, not ended, not revoked, its payment neither
 * refunded nor in dispute, and its account not deactivated. The one place that decides so.
 */
export const GRANT_IS_ACTIVE = `(
    g.revoked_at is null and g.payment_hold is null and g.suspended_at is null
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())
  )`;

export const grantIsActive = (sql: Queries): Fragment => sql.unsafe(GRANT_IS_ACTIVE);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The text when it is a UUID, else null: comparing a uuid column with other text is an error in PostgreSQL. */
export function uuidOrNull(text: string): string | null {
  return UUID.test(text) ? text : null;
}

/**
 * SQL that is true for the row of a table, by its alias, that has this slug or id. What cannot be an id is compared with
 * slugs alone: PostgreSQL then keeps one plan, while a null for the id would have it plan each time.
 */
export function isCalled(sql: Queries, alias: string, slugOrId: string): Fragment {
  const table = sql(alias);
  return UUID.test(slugOrId)
    ? sql`(${table}.slug = ${slugOrId} or ${table}.id = ${slugOrId})`
    : sql`${table}.slug = ${slugOrId}`;
}

/**
 * SQL for one page of rows. The first, which is asked for most, has its limit in the statement's text: PostgreSQL then keeps
 * its plan, while a limit that it learns later would have it plan each time.
 */
export function pageOfRows(sql: Queries, { limit, offset }: Range): Fragment {
  return offset === 0 ? sql.unsafe(`limit ${Math.trunc(limit)}`) : sql`limit ${limit} offset ${offset}`;
}

/** A pattern for `ilike` that finds the text anywhere, whatever characters it has. */
export function likePattern(text: string): string {
  return `%${text.trim().replace(/[\\%_]/g, "\\$&")}%`;
}
