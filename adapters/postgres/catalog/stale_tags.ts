import type { StaleTag, StaleTags } from "../../../domain/catalog/ports.ts";
import type { Queries } from "../queries.ts";

const idsOf = (claims: StaleTag[]) => claims.map(({ id }) => id);

/** Returns the tags that triggers note (`migrations/functions/stale_tags.sql`), by the clock of the database. */
export function postgresStaleTags(sql: Queries): StaleTags {
  return {
    async claim({ tags, leaseSeconds }) {
      return await sql<StaleTag[]>`
        update stale_tags set due_at = statement_timestamp() + ${leaseSeconds} * interval '1 second'
        where id in (
          select id from stale_tags where due_at <= statement_timestamp()
          order by due_at limit ${tags} for update skip locked
        )
        returning id::text, tag`;
    },

    async purged(claims, { seconds }) {
      await sql`
        with done as (delete from stale_tags where id = any (${idsOf(claims)}::bigint[]) and is_again)
        update stale_tags
        set is_again = true, failures = 0, due_at = statement_timestamp() + ${seconds} * interval '1 second'
        where id = any (${idsOf(claims)}::bigint[]) and not is_again`;
    },

    async postpone(claims, seconds) {
      await sql`
        with given_up as (
          delete from stale_tags
          where id = any (${idsOf(claims)}::bigint[]) and noted_at < statement_timestamp() - interval '1 hour'
        )
        update stale_tags set failures = failures + 1, due_at = statement_timestamp()
          + coalesce(${
        seconds ?? null
      }::float8, least(60, power(2, least(failures, 6)))) * interval '1 second'
        where id = any (${
        idsOf(claims)
      }::bigint[]) and noted_at >= statement_timestamp() - interval '1 hour'`;
    },
  };
}
