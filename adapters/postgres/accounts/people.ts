import type { People, User, UserOrdering } from "../../../domain/accounts/ports.ts";
import { listOf } from "../lists.ts";
import { likePattern, type Queries } from "../queries.ts";
import { userColumns } from "./users.ts";

/** Returns all accounts, for administrators, in PostgreSQL. */
export function postgresPeople(sql: Queries): People {
  return {
    async list(filter, ordering, range) {
      const { role = null, isEmailVerified = null, isActive = null, search } = filter;
      const pattern = search ? likePattern(search) : null;
      const fitting = sql`
        from users u
        where u.erased_at is null
          and (${role}::smallint is null or u.role = ${role})
          and (${isEmailVerified}::boolean is null or (u.email_verified_at is not null) = ${isEmailVerified})
          and (${isActive}::boolean is null or (u.deactivated_at is null) = ${isActive})
          and (${pattern}::text is null or concat_ws(' ', u.first_name, u.last_name, u.username, u.email) ilike ${pattern})`;
      const { count, rows: users } = await listOf<User>(sql, {
        select: userColumns(sql),
        from: fitting,
        order: sql`${orderOf(sql, ordering)}, u.id`,
      }, range);
      return { count, users };
    },

    async lock(id) {
      // Taken before all other locks, so that two administrators who act on each other do not deadlock.
      await sql`select pg_advisory_xact_lock(hashtextextended('people', 0))`;
      const [row] = await sql<User[]>`
        select ${userColumns(sql)} from users u where u.id = ${id} and u.erased_at is null for update`;
      return row ?? null;
    },

    async hasAdministratorBesides(id) {
      const rows = await sql<{ id: string }[]>`
        select u.id from users u
        where u.role = 1 and u.deactivated_at is null and u.erased_at is null and u.id <> ${id} limit 1`;
      return rows.length > 0;
    },

    async setStanding(id, { role, isEmailVerified, isActive }, now) {
      const since = (wanted: boolean | undefined, column: ReturnType<typeof sql>) =>
        wanted === undefined ? column : wanted ? sql`coalesce(${column}, ${now})` : sql`null`;
      const [row] = await sql<User[]>`
        update users u set
          role = coalesce(${role ?? null}, u.role),
          email_verified_at = ${since(isEmailVerified, sql`u.email_verified_at`)},
          deactivated_at = ${since(isActive === undefined ? undefined : !isActive, sql`u.deactivated_at`)},
          updated_at = statement_timestamp()
        where u.id = ${id}
        returning ${userColumns(sql)}`;
      return row!;
    },
  };
}

function orderOf(sql: Queries, ordering: UserOrdering) {
  const orders = {
    created_at: sql`u.created_at`,
    "-created_at": sql`u.created_at desc`,
    email: sql`u.email`,
    "-email": sql`u.email desc`,
    last_name: sql`u.last_name, u.first_name`,
    "-last_name": sql`u.last_name desc, u.first_name desc`,
    role: sql`u.role`,
    "-role": sql`u.role desc`,
  };
  return orders[ordering];
}
