import type { ISql, PendingQuery, Row } from "postgres";
import type { Range } from "../../domain/range.ts";
import { isUuid } from "../../domain/uuid.ts";

/**
 * What a store needs: the pool or an open transaction. It has none of the driver's features that bypass the pool
 * (`exclusive_client.ts` says why).
 */
export type Queries = ISql<{ bigint: bigint }> & { array: never; file: never; notify: never };

/** An open transaction. Its statements are sent one after the other, even if several are awaited at once. */
export type DatabaseTransaction = Queries;

/** Reserves a connection until `release`. */
export type ReservedConnection = Queries & { release(): void };

/**
 * A pool of connections whose `bigint` columns are BigInt. Every statement and every transaction has its own
 * connection.
 */
export type Database = Queries & {
  /**
   * Performs work in a transaction (read committed) and returns its result. Rolls back and throws if the work throws,
   * or if one of its statements failed, even if the work caught that. If it throws, nothing was committed, unless the
   * connection broke during the commit itself: then the outcome is unknown.
   */
  begin<Result>(work: (tx: DatabaseTransaction) => Promise<Result>): Promise<Result>;
  reserve(): Promise<ReservedConnection>;
  /** Returns how many connections are in use and idle, and how many statements wait for one. */
  usage(): { used: number; idle: number; waiting: number };
  /** Stops accepting statements, waits up to `timeout` seconds for those in flight, and closes. */
  end(options?: { timeout?: number }): Promise<void>;
};

/** A piece of SQL to embed in a statement. */
export type Fragment = PendingQuery<Row[]>;

/**
 * Returns SQL for the position behind all selected rows. Behind the largest integer there is none: rows that share it
 * are in the order of their creation.
 */
export const nextPosition = (sql: Queries): Fragment =>
  sql`least(coalesce(max(position)::bigint + 1, 0), 2147483647)::integer`;

/** Returns SQL that is true if the student has a currently active grant for the course. */
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

// The current time. `now()` is the start of the transaction, which may be long before it got the locks under which it
// decides; by that time, changes that others made meanwhile have not started yet. So SQL uses
// `statement_timestamp()`, because a separate statement waits for a lock, and `clock_timestamp()` where the statement
// itself may have waited, or where two rows must not have the same time. tests/architecture_test.ts refuses all else
// here, and tests/adapters/postgres/clocks_test.ts in the migrated schema.

/**
 * Returns SQL that is true if the grant `g` gives access now: started, not ended, not revoked, its payment neither
 * refunded nor disputed, and its account not deactivated. No other SQL decides this.
 */
export const GRANT_IS_ACTIVE = `(
    g.revoked_at is null and g.payment_hold is null and g.suspended_at is null
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())
  )`;

export const grantIsActive = (sql: Queries): Fragment => sql.unsafe(GRANT_IS_ACTIVE);

/**
 * SQL that is true if the user `tutor` may author, as far as role and account are concerned. Being among a course's
 * tutors has no effect without this.
 */
const MAY_TEACH = `tutor.role in (1, 2) and tutor.deactivated_at is null and tutor.erased_at is null`;
// Aliases that no enclosing statement uses, so that its own columns are not captured here.
const tutorship = (courseId: string) =>
  `from course_tutors taught join users tutor on tutor.id = taught.user_id
    where taught.course_id = ${courseId} and ${MAY_TEACH}`;

/**
 * Returns SQL that is true if a person currently teaches a course: they are among its tutors, and still a tutor or
 * administrator who may sign in. No other SQL decides this. `courseId` is a column. In statements of plain text, both
 * arguments are text.
 */
export const teachesAsText = (courseId: string, userId: string): string =>
  `exists (select ${tutorship(courseId)} and taught.user_id = ${userId})`;

export function teaches(sql: Queries, courseId: string, userId: Fragment | string): Fragment {
  return sql`exists (select ${sql.unsafe(tutorship(courseId))} and taught.user_id = ${userId})`;
}

/** Returns SQL that is true if a person owns a course: they teach it, and are the first among its tutors. */
export function owns(sql: Queries, courseId: string, userId: Fragment | string): Fragment {
  return sql`exists (
    select ${sql.unsafe(tutorship(courseId))} and taught.user_id = ${userId} and taught.user_id = (
      select o.user_id from course_tutors o where o.course_id = taught.course_id order by o.position, o.user_id limit 1
    )
  )`;
}

/** Returns SQL that is true if a person currently is an administrator. */
export function administers(sql: Queries, userId: Fragment | string): Fragment {
  return sql`exists (
    select from users tutor where tutor.id = ${userId} and tutor.role = 1 and ${sql.unsafe(MAY_TEACH)}
  )`;
}

/** Returns the text if it is a UUID, else null, because PostgreSQL refuses to compare a uuid column with other text. */
export function uuidOrNull(text: string): string | null {
  return isUuid(text) ? text : null;
}

/**
 * Returns SQL that is true for the row of a table, by its alias, with this slug or id. A text that cannot be an id is
 * compared with slugs only: PostgreSQL then keeps one plan, while a null id would make it plan each time.
 */
export function isCalled(sql: Queries, alias: string, slugOrId: string): Fragment {
  const table = sql(alias);
  return isUuid(slugOrId)
    ? sql`(${table}.slug = ${slugOrId} or ${table}.id = ${slugOrId})`
    : sql`${table}.slug = ${slugOrId}`;
}

/**
 * Returns SQL for one page of rows. The first page, the most frequent one, has its limit in the statement's text:
 * PostgreSQL then keeps its plan, while a parameter would make it plan each time.
 */
export function pageOfRows(sql: Queries, { limit, offset }: Range): Fragment {
  return offset === 0 ? sql.unsafe(`limit ${Math.trunc(limit)}`) : sql`limit ${limit} offset ${offset}`;
}

/** Builds a pattern for `ilike` that finds the text anywhere, with its special characters escaped. */
export function likePattern(text: string): string {
  return `%${text.trim().replace(/[\\%_]/g, "\\$&")}%`;
}
