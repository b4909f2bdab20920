import type { ISql, PendingQuery, Row } from "postgres";
import type { Range } from "../../domain/range.ts";
import { isUuid } from "../../domain/uuid.ts";

/**
 * What a store needs: the pool or an open transaction. Of what the driver can do besides, nothing that would go past the
 * pool (`exclusive_client.ts` says why that matters).
 */
export type Queries = ISql<{ bigint: bigint }> & { array: never; file: never; notify: never };

/** An open transaction. Its statements are sent one after the other, also when several are asked for at once. */
export type DatabaseTransaction = Queries;

/** Reserves a connection until `release`. */
export type ReservedConnection = Queries & { release(): void };

/** A pool of connections whose `bigint` columns are BigInt. Every statement and every transaction has one to itself. */
export type Database = Queries & {
  /**
   * Does work in a transaction (read committed) and returns what it resolves to. Rolls back and throws when the work throws,
   * or when one of its statements failed, even if the work caught that. Nothing was committed when it throws, unless the
   * connection broke during the commit itself: then nobody knows.
   */
  begin<Result>(work: (tx: DatabaseTransaction) => Promise<Result>): Promise<Result>;
  reserve(): Promise<ReservedConnection>;
  /** Stops accepting statements, waits up to `timeout` seconds for those in flight, and closes. */
  end(options?: { timeout?: number }): Promise<void>;
};

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
// tests/architecture_test.ts refuses the rest here, and tests/adapters/postgres/clocks_test.ts in what migrations leave behind.

/**
 * SQL that is true when the grant `g` gives access at this moment: begun, not ended, not revoked, its payment neither
 * refunded nor in dispute, and its account not deactivated. The one place that decides so.
 */
export const GRANT_IS_ACTIVE = `(
    g.revoked_at is null and g.payment_hold is null and g.suspended_at is null
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())
  )`;

export const grantIsActive = (sql: Queries): Fragment => sql.unsafe(GRANT_IS_ACTIVE);

/** Of a person `tutor`: they may author, as far as role and account go. Without this it means nothing to be among a course's tutors. */
const MAY_TEACH = `tutor.role in (1, 2) and tutor.deactivated_at is null and tutor.erased_at is null`;
// Names that no statement around it gives to its own tables: what it is asked about must not be taken for what is in here.
const tutorship = (courseId: string) =>
  `from course_tutors taught join users tutor on tutor.id = taught.user_id
    where taught.course_id = ${courseId} and ${MAY_TEACH}`;

/**
 * SQL that is true when a person teaches a course at this moment: is among its tutors, and still a tutor or administrator who
 * may sign in. The one place that decides so. `courseId` is a column; of a statement that is plain text both are its words.
 */
export const teachesAsText = (courseId: string, userId: string): string =>
  `exists (select ${tutorship(courseId)} and taught.user_id = ${userId})`;

export function teaches(sql: Queries, courseId: string, userId: Fragment | string): Fragment {
  return sql`exists (select ${sql.unsafe(tutorship(courseId))} and taught.user_id = ${userId})`;
}

/** SQL that is true when a person owns a course: teaches it, and stands first of those who are among its tutors. */
export function owns(sql: Queries, courseId: string, userId: Fragment | string): Fragment {
  return sql`exists (
    select ${sql.unsafe(tutorship(courseId))} and taught.user_id = ${userId} and taught.user_id = (
      select o.user_id from course_tutors o where o.course_id = taught.course_id order by o.position, o.user_id limit 1
    )
  )`;
}

/** SQL that is true when a person administers the shop at this moment. */
export function administers(sql: Queries, userId: Fragment | string): Fragment {
  return sql`exists (
    select from users tutor where tutor.id = ${userId} and tutor.role = 1 and ${sql.unsafe(MAY_TEACH)}
  )`;
}

/** The text when it is a UUID, else null: comparing a uuid column with other text is an error in PostgreSQL. */
export function uuidOrNull(text: string): string | null {
  return isUuid(text) ? text : null;
}

/**
 * SQL that is true for the row of a table, by its alias, that has this slug or id. What cannot be an id is compared with
 * slugs alone: PostgreSQL then keeps one plan, while a null for the id would have it plan each time.
 */
export function isCalled(sql: Queries, alias: string, slugOrId: string): Fragment {
  const table = sql(alias);
  return isUuid(slugOrId)
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

/** Builds a pattern for `ilike` that finds the text anywhere, with its special characters escaped. */
export function likePattern(text: string): string {
  return `%${text.trim().replace(/[\\%_]/g, "\\$&")}%`;
}
