// What keeps the tests apart that take turns on one PostgreSQL database.
import assert from "node:assert/strict";
import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { seedSample } from "../../adapters/sandbox/sample/seed.ts";
import { until } from "./shop.ts";
import { emptyDatabase, engines, prepared } from "./test_database.ts";
import { wayBack } from "./way_back.ts";

const ignore = !engines.includes("postgres");

/** Gives two users the same database, one after the other. */
async function inTurns(one: (sql: Database, url: string) => Promise<void>, other: typeof one): Promise<void> {
  const urls: string[] = [];
  for (const use of [one, other]) {
    const { url, release } = await emptyDatabase("postgres");
    const sql = await connect(url, { max: 1 });
    try {
      await use(sql, url);
    } finally {
      await sql.end();
      await release();
    }
    urls.push(url);
  }
  assert.equal(urls[1], urls[0]);
}

/** Returns what every table and every sequence holds. */
async function contentOf(sql: Database): Promise<Record<string, string>> {
  const relations = await sql<{ name: string; kind: string }[]>`
    select c.oid::regclass::text as name, relkind as kind from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'S') and nspname in ('public', 'pgboss')`;
  const content: Record<string, string> = {};
  for (const { name, kind } of relations) {
    const row = kind === "S" ? "last_value || ' ' || is_called" : "r::text";
    const [found] = await sql.unsafe<[{ content: string | null }]>(
      `select string_agg(${row}, ' ' order by ${row}) as content from ${name} r`,
    );
    content[name] = found.content ?? "";
  }
  return content;
}

Deno.test({
  name:
    "a test finds every table and every sequence as a new database has them, whatever the one before wrote",
  ignore,
  async fn() {
    let before: Record<string, string> = {};
    await inTurns(
      async (sql) => {
        before = await contentOf(sql);
        await seedSample(sql, {
          files: { put: () => Promise.resolve() },
          hashPassword: () => Promise.resolve(""),
        });
        await sql`insert into pgboss.job (name, data) values ('jobs', '{}')`;
        await sql`update receipt_numbers set last = 7, last_at = now()`;
        await sql`update pgboss.queue set retry_limit = 99 where name = 'jobs'`;
        await sql`delete from schema_migrations`;
        await sql`select nextval(format('%I.%I', schemaname, sequencename)) from pg_sequences`;
        const after = await contentOf(sql);
        const changed = Object.keys(before).filter((name) => after[name] !== before[name]);
        assert.ok(changed.length > 25, `changed: ${changed}`);
      },
      async (sql) => assert.deepEqual(await contentOf(sql), before),
    );
  },
});

Deno.test({
  name: "what a test leaves running is ended before the next one, and its writes are lost",
  ignore,
  async fn() {
    let left: (() => Promise<unknown>)[] = [];
    await inTurns(
      async (sql, url) => {
        const [waiting, working] = [await connect(url, { max: 1 }), await connect(url, { max: 1 })];
        const ended = [
          waiting.begin(async (tx) => {
            await tx`insert into categories (name, slug) values ('Waiting', 'waiting')`;
            await new Promise(() => {});
          }),
          working`
            with written as (insert into categories (name, slug) values ('Working', 'working') returning id)
            select pg_sleep(60) from written`,
        ].map((work) => assert.rejects(work, { code: /57P01|CONNECTION_CLOSED/ }));
        left = [() => Promise.all(ended), () => waiting.end(), () => working.end()];
        await until(async () => {
          const busy = await sql`
            select from pg_stat_activity where datname = current_database()
              and (state = 'idle in transaction' or wait_event = 'PgSleep')`;
          return busy.length === 2;
        });
      },
      async (sql) => {
        for (const end of left) await end();
        assert.deepEqual([...await sql`select from categories`], []);
      },
    );
  },
});

Deno.test({
  name: "a session that a test is given again has nothing of the one before",
  ignore,
  async fn() {
    let pid: number | undefined;
    const state = async (sql: Database) => {
      const [row] = await sql<[{ pid: number }]>`
        select pg_backend_pid() as pid, current_setting('work_mem') as work_mem,
          (select count(*)::integer from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
          (select count(*)::integer from pg_prepared_statements where name = 'remnant') as statements`;
      const { pid: own, ...rest } = row;
      return { pid: own, rest };
    };
    await inTurns(
      async (sql) => {
        await sql`set work_mem = '64kB'`;
        await sql`select pg_advisory_lock(7)`;
        await sql.unsafe("prepare remnant as select 1");
        pid = (await state(sql)).pid;
      },
      async (sql) => {
        const { pid: own, rest } = await state(sql);
        if (await prepared("pooler") !== await prepared("postgres")) assert.equal(own, pid);
        assert.deepEqual(rest, { work_mem: "4MB", locks: 0, statements: 0 });
      },
    );
  },
});

Deno.test({
  name: "a database whose schema or settings were changed is used no more",
  ignore,
  async fn() {
    const { url, release } = await emptyDatabase("postgres");
    const sql = await connect(url, { max: 1 });
    const back = await wayBack(sql);
    for (
      const change of [
        "create table notes (text text)",
        "alter table courses add column motto text",
        "alter table courses disable trigger all",
        "create or replace function no_op() returns integer language sql as 'select 1'",
        "drop table course_updates cascade",
        "drop index courses_newest",
        "comment on table courses is 'Another one.'",
        "alter role current_user in database :database set work_mem = '64kB'",
      ]
    ) {
      await assert.rejects(
        sql.begin(async (tx) => {
          const [{ name }] = await tx<[{ name: string }]>`select current_database() as name`;
          await tx.unsafe(change.replace(":database", name));
          await tx.unsafe(back);
        }),
        /The schema was changed/,
        change,
      );
    }
    await sql.unsafe(back);
    await sql`create table notes (text text)`;
    await sql.end();
    await release();
    const next = await emptyDatabase("postgres");
    await next.release();
    assert.notEqual(next.url, url);
  },
});
