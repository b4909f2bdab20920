import type { Role, Session, Sessions, User } from "../../../domain/accounts/ports.ts";
import { listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";
import { userColumns } from "./users.ts";

/** Signed-in devices in PostgreSQL. */
export function postgresSessions(sql: Queries): Sessions {
  const stands = (now: Date) => sql`s.revoked_at is null and s.expires_at > ${now}`;
  const mayUse = () => sql`u.deactivated_at is null and u.erased_at is null`;

  return {
    async open({ userId, expiresAt, userAgent, device, ipAddress }) {
      const [row] = await sql<{ id: string; isNewDevice: boolean }[]>`
        insert into sessions (user_id, expires_at, user_agent, device, address)
        values (${userId}, ${expiresAt}, ${userAgent.slice(0, 500)}, ${device}, ${ipAddress})
        returning id, (
          select count(*) > 0 and not bool_or(s.device = ${device}) from sessions s where s.user_id = ${userId}
        ) as "isNewDevice"`;
      return row!;
    },

    async use(signInId, now) {
      const [row] = await sql<User[]>`
        with used as (
          update sessions s set last_used_at = ${now}
          where s.id = ${uuidOrNull(signInId)} and ${stands(now)}
          returning s.user_id
        )
        select ${userColumns(sql)} from users u join used on used.user_id = u.id
        where ${mayUse()}`;
      return row ?? null;
    },

    async roleOf({ id, signInId }, now) {
      const [row] = await sql<{ role: Role }[]>`
        select u.role from sessions s join users u on u.id = s.user_id
        where s.id = ${uuidOrNull(signInId)} and u.id = ${id} and ${stands(now)} and ${mayUse()}`;
      return row?.role ?? null;
    },

    async owner({ id, signInId }, now) {
      const [row] = await sql<User[]>`
        select ${userColumns(sql)} from sessions s join users u on u.id = s.user_id
        where s.id = ${uuidOrNull(signInId)} and u.id = ${id} and ${stands(now)} and ${mayUse()}`;
      return row ?? null;
    },

    async byId(signInId, now) {
      const [row] = await sql<Session[]>`
        select ${sessionColumns(sql)} from sessions s where s.id = ${uuidOrNull(signInId)} and ${
        stands(now)
      }`;
      return row ?? null;
    },

    async list(userId, now, range) {
      const standing = sql`from sessions s where s.user_id = ${userId} and ${stands(now)}`;
      const { count, rows: sessions } = await listOf<Session>(sql, {
        select: sessionColumns(sql),
        from: standing,
        order: sql`s.last_used_at desc, s.id`,
      }, range);
      return { count, sessions };
    },

    async end(userId, signInId, now) {
      const { count } = await sql`
        update sessions s set revoked_at = ${now}
        where s.id = ${uuidOrNull(signInId)} and s.user_id = ${userId} and ${stands(now)}`;
      return count > 0;
    },

    async endAll(userId, now, keep) {
      await sql`
        update sessions s set revoked_at = ${now}
        where s.user_id = ${userId} and s.revoked_at is null and s.id is distinct from ${
        keep === undefined ? null : uuidOrNull(keep)
      }`;
    },

    async knowsIpAddress(email, address) {
      const [row] = await sql`
        select s.id from sessions s join users u on u.id = s.user_id
        where u.email = ${email} and s.address = ${address} limit 1`;
      return row !== undefined;
    },

    async purge(before) {
      const { count } =
        await sql`delete from sessions where expires_at < ${before} or revoked_at < ${before}`;
      return count;
    },
  };
}

function sessionColumns(sql: Queries) {
  return sql`
    s.id, s.user_id as "userId", s.device, s.address as "ipAddress", s.created_at as "createdAt",
    s.last_used_at as "lastUsedAt"`;
}
