import type { SearchChanges, SearchEntry, SearchIndexes } from "../../../domain/catalog/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import type { Database, DatabaseTransaction } from "../queries.ts";
import { onSale } from "./course_columns.ts";

/** How long older transactions may take to end, and the pause until they are looked at again, in milliseconds. */
const OLDER = { patience: 60_000, pause: 100 };

/** Returns the indexes and the changes that triggers note (`migrations/functions/search_entries.sql`). */
export function postgresSearchIndexes(sql: Database): SearchIndexes {
  return {
    async claim({ changes, leaseSeconds }) {
      const none: SearchChanges = { version: 0n, entries: [], claims: [], indexes: [], lapsed: [] };
      const [news] = await sql<[{ isDue: boolean; lapsed: string[] }]>`
        with kept as (
          update search_indexes set kept_until = statement_timestamp() + interval '7 days'
          where kept_until between statement_timestamp() and statement_timestamp() + interval '6 days'
        )
        select exists (select from search_changes where due_at <= statement_timestamp()) as "isDue",
          array(select name from search_indexes where kept_until < statement_timestamp()) as lapsed`;
      if (!news.isDue) return { ...none, lapsed: news.lapsed };
      return await sql.begin(async (tx) => {
        const version = await nextVersion(tx);
        const claimed = await tx<{ id: string; courseId: string; isLatest: boolean }[]>`
          with claimed as (
            update search_changes set due_at = statement_timestamp() + ${leaseSeconds} * interval '1 second'
            where id in (
              select id from search_changes where due_at <= statement_timestamp()
              order by due_at limit ${changes} for update skip locked
            )
            returning id, course_id
          )
          select id::text, course_id as "courseId", id = max(id) over (partition by course_id) as "isLatest"
          from claimed`;
        // One reading answers all changes of a course, so that they do not pile up while the engine is away.
        await tx`
          delete from search_changes
          where id = any (${claimed.filter(({ isLatest }) => !isLatest).map(({ id }) => id)}::bigint[])`;
        const latest = claimed.filter(({ isLatest }) => isLatest);
        const indexes = await tx<{ name: string }[]>`
          select name from search_indexes
          where state <> 'new' and kept_until > statement_timestamp()`;
        const entries = await tx<SearchEntry[]>`
          select ids.id, search_entry(c) as fields
          from unnest(${
          latest.map(({ courseId }) => courseId)
        }::uuid[]) ids(id) left join courses c on c.id = ids.id`;
        return {
          version,
          entries: [...entries],
          claims: latest.map(({ id }) => id),
          indexes: indexes.map(({ name }) => name),
          lapsed: news.lapsed,
        };
      });
    },

    async told(claims) {
      if (claims.length > 0) await sql`delete from search_changes where id = any (${claims}::bigint[])`;
    },

    async postpone(claims, seconds) {
      await sql`
        update search_changes set failures = failures + 1, due_at = statement_timestamp()
          + coalesce(${
        seconds ?? null
      }::float8, least(60, power(2, least(failures, 6)))) * interval '1 second'
        where id = any (${claims}::bigint[])`;
    },

    async begin(name) {
      const [row] = await sql<[{ name: string }]>`
        with next as (select nextval(pg_get_serial_sequence('search_indexes', 'id')) as id)
        insert into search_indexes (id, name) overriding system value
        select id, ${name} || '-' || to_char(statement_timestamp(), 'YYYYMMDDHH24MISS') || '-' || id from next
        returning name`;
      return row.name;
    },

    async open(index) {
      const [{ transaction }] = await sql<[{ transaction: string }]>`
        update search_indexes set state = 'open' where name = ${index}
        returning pg_current_xact_id()::text as transaction`;
      for (const end = Date.now() + OLDER.patience;;) {
        const [{ areOver }] = await sql<[{ areOver: boolean }]>`
          select pg_snapshot_xmin(pg_current_snapshot()) > ${transaction}::text::xid8 as "areOver"`;
        if (areOver) return;
        if (Date.now() > end) {
          throw new DomainError(
            "vendor_unavailable",
            "A transaction of the database has been open for a minute. Start again when it has ended.",
          );
        }
        await new Promise((resolve) => setTimeout(resolve, OLDER.pause));
      }
    },

    async countOnSale() {
      const [row] = await sql<[{ count: number }]>`select course_count as count from catalogue_size`;
      return row.count;
    },

    async page({ after, limit }) {
      return await sql.begin(async (tx) => {
        const version = await nextVersion(tx);
        const entries = await tx<SearchEntry[]>`
          select cut.id, search_entry(c) as fields from (
            select c.id from courses c
            where ${
          onSale(tx)
        } and (${after}::uuid is null or c.id > ${after}::uuid) order by c.id limit ${limit}
          ) cut join courses c on c.id = cut.id order by cut.id`;
        return { version, entries: [...entries] };
      });
    },

    async filled(index) {
      await sql`update search_indexes set state = 'filled' where name = ${index}`;
    },

    async all() {
      return await sql<{ name: string; isFilled: boolean }[]>`
        select name, state = 'filled' as "isFilled" from search_indexes order by id desc`;
    },

    async forget(indexes) {
      if (indexes.length === 0) return;
      await sql`delete from search_indexes where name = any (${indexes})`;
      await sql`delete from search_changes where not exists (select from search_indexes)`;
    },
  };
}

/** Draws a version. Until the transaction ends nobody else can, so that versions are in the order of reading. */
async function nextVersion(tx: DatabaseTransaction): Promise<bigint> {
  const [row] = await tx<[{ latest: bigint }]>`
    update search_version set latest = latest + 1 returning latest`;
  return row.latest;
}
