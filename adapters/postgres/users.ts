import type { Sessions, User, Users } from "../../domain/accounts/ports.ts";
import type { Queries } from "./queries.ts";

/** People in PostgreSQL. */
export function postgresUsers(sql: Queries): Users {
  return {
    async add(user) {
      const [row] = await sql<User[]>`
        insert into users as u (email, password_hash, first_name, last_name, role)
        values (${user.email}, ${user.passwordHash}, ${user.firstName}, ${user.lastName}, ${user.role})
        on conflict (email) do nothing
        returning ${userColumns(sql)}`;
      return row ?? null;
    },

    async byId(id) {
      const [row] = await sql<User[]>`select ${userColumns(sql)} from users u where u.id = ${id}`;
      return row ?? null;
    },

    async credentials(email) {
      const [row] = await sql<(User & { passwordHash: string })[]>`
        select ${userColumns(sql)}, u.password_hash as "passwordHash" from users u where u.email = ${email}`;
      if (!row) return null;
      const { passwordHash, ...user } = row;
      return { user, passwordHash };
    },

    async changeProfile(id, change) {
      const [row] = await sql<User[]>`
        update users u set
          first_name = coalesce(${change.firstName ?? null}, u.first_name),
          last_name = coalesce(${change.lastName ?? null}, u.last_name),
          username = coalesce(${change.username ?? null}, u.username),
          phone = coalesce(${change.phone ?? null}, u.phone),
          updated_at = now()
        where u.id = ${id}
        returning ${userColumns(sql)}`;
      return row ?? null;
    },

    async markEmailVerified(id, email) {
      const rows = await sql`
        update users set email_verified_at = coalesce(email_verified_at, now()), updated_at = now()
        where id = ${id} and email = ${email}
        returning id`;
      return rows.length > 0;
    },

    async upsertVerified(user) {
      const [row] = await sql<User[]>`
        insert into users as u (email, password_hash, first_name, last_name, role, email_verified_at)
        values (${user.email}, ${user.passwordHash}, ${user.firstName}, ${user.lastName}, ${user.role}, now())
        on conflict (email) do update set
          password_hash = excluded.password_hash,
          role = excluded.role,
          email_verified_at = coalesce(u.email_verified_at, now()),
          updated_at = now()
        returning ${userColumns(sql)}`;
      return row!;
    },
  };
}

/** Signed-in devices in PostgreSQL. */
export function postgresSessions(sql: Queries): Sessions {
  return {
    async open({ userId, expiresAt, userAgent }) {
      const [row] = await sql<{ id: string }[]>`
        insert into sessions (user_id, expires_at, user_agent)
        values (${userId}, ${expiresAt}, ${userAgent.slice(0, 500)})
        returning id`;
      return row!;
    },

    async use(sessionId, now) {
      const [row] = await sql<User[]>`
        with used as (
          update sessions set last_used_at = ${now}
          where id = ${sessionId} and revoked_at is null and expires_at > ${now}
          returning user_id
        )
        select ${userColumns(sql)} from users u join used on used.user_id = u.id`;
      return row ?? null;
    },

    async purge(before) {
      const { count } =
        await sql`delete from sessions where expires_at < ${before} or revoked_at < ${before}`;
      return count;
    },
  };
}

function userColumns(sql: Queries) {
  return sql`
    u.id, u.email, u.first_name as "firstName", u.last_name as "lastName", u.username, u.phone, u.role,
    u.email_verified_at as "emailVerifiedAt", u.created_at as "createdAt", u.updated_at as "updatedAt"`;
}
