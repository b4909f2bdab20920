import type { Role } from "../../../domain/accounts/ports.ts";
import type { ApiKey, ApiKeys, Scope } from "../../../domain/api_keys/ports.ts";
import { listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

/** Returns API keys in PostgreSQL, of whose secrets there are only hashes. */
export function postgresApiKeys(sql: Queries): ApiKeys {
  const works = (now: Date) => sql`k.revoked_at is null and (k.expires_at is null or k.expires_at > ${now})`;
  const columns = () =>
    sql`
    k.id, k.owner_id as "ownerId", k.name, k.start, k.scopes, k.created_at as "createdAt",
    k.expires_at as "expiresAt", k.revoked_at as "revokedAt", k.last_used_at as "lastUsedAt"`;

  return {
    async use(hash, now) {
      const [row] = await sql<{ keyId: string; id: string; role: Role; scopes: Scope[] }[]>`
        with held as (
          select k.id as "keyId", u.id, u.role, k.scopes
          from api_keys k join users u on u.id = k.owner_id
          where (k.secret_hash = ${hash} or k.former_hash = ${hash} and k.former_until > ${now}) and ${
        works(now)
      }
            and u.role in (1, 2) and u.deactivated_at is null and u.erased_at is null
        ), noted as (
          update api_keys k set last_used_at = ${now} from held
          where k.id = held."keyId" and (k.last_used_at is null or k.last_used_at < ${now}::timestamptz - interval '1 minute')
        )
        select "keyId", id, role, scopes from held`;
      if (!row) return null;
      const { scopes, ...caller } = row;
      return { caller: { ...caller, signInId: "" }, scopes };
    },

    async add({ ownerId, name, scopes, expiresAt, start, hash }, { atMost, now }) {
      await sql`select from users where id = ${ownerId} for no key update`;
      const [row] = await sql<ApiKey[]>`
        insert into api_keys as k (owner_id, name, start, scopes, secret_hash, expires_at)
        select ${ownerId}, ${name}, ${start}, ${scopes}::text[], ${hash}, ${expiresAt}
        where (select count(*) from api_keys k where k.owner_id = ${ownerId} and ${
        works(now)
      }) < ${atMost}::integer
        returning ${columns()}`;
      return row ?? null;
    },

    async rotate(id, ownerId, { start, hash, formerUntil, now }) {
      const [row] = await sql<ApiKey[]>`
        update api_keys k set former_hash = secret_hash, former_until = ${formerUntil}, secret_hash = ${hash},
          start = ${start}
        where k.id = ${uuidOrNull(id)} and k.owner_id = ${ownerId} and ${works(now)}
        returning ${columns()}`;
      return row ?? null;
    },

    async revoke(id, ownerId, now) {
      const [row] = await sql<ApiKey[]>`
        update api_keys k set revoked_at = ${now}
        where k.id = ${uuidOrNull(id)} and k.revoked_at is null
          and (${ownerId}::text is null or k.owner_id = ${ownerId})
        returning ${columns()}`;
      return row ?? null;
    },

    async list(ownerId, range) {
      const { count, rows: keys } = await listOf<ApiKey>(sql, {
        select: columns(),
        from: sql`from api_keys k where (${ownerId}::text is null or k.owner_id = ${ownerId})`,
        order: sql`k.created_at desc, k.id`,
      }, range);
      return { count, keys };
    },
  };
}
