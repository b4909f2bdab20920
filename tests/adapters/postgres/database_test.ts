import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { jobQueue, migrateJobs } from "../../../adapters/pgboss/jobs.ts";
import type { JobHandlers } from "../../../domain/jobs.ts";
import { connect, isConnectionFailure } from "../../../adapters/postgres/connection.ts";
import { migrate } from "../../../adapters/postgres/migrate.ts";
import { startEmbeddedPostgres } from "../../../adapters/sandbox/embedded_postgres.ts";
import { freePort } from "../../support/postgres_cluster.ts";
import { until } from "../../support/shop.ts";
import { databaseTest } from "../../support/test_database.ts";

const log = { error() {} };
/** Does nothing for a job of any kind. */
const idle = new Proxy({}, { get: () => () => Promise.resolve() }) as JobHandlers;

databaseTest(
  "a statement of the application is cancelled if it takes too long; one of a migration is not",
  async ({ url, sql: administrator }) => {
    await migrate(administrator);
    const sql = await connect(url, { max: 1 });
    const [row] = await sql<{ statement_timeout: string }[]>`show statement_timeout`;
    assert.equal(row!.statement_timeout, "15s");
    const directory = await Deno.makeTempDir();
    const script = "create table limits as select current_setting('statement_timeout') as longest";
    await Deno.writeTextFile(`${directory}/9999_limits.sql`, script);
    await migrate(sql, pathToFileURL(`${directory}/`));
    await Deno.remove(directory, { recursive: true });
    const [during] =
      await sql`select longest, current_setting('statement_timeout') as afterwards from limits`;
    assert.deepEqual(during, { longest: "0", afterwards: "15s" });
    await sql.end();
  },
  { on: ["postgres"], isFresh: true },
);

databaseTest(
  "a job exists if its transaction commits, and does not if it rolls back",
  async ({ sql }) => {
    const queue = jobQueue(sql, log);
    let runs = 0;
    const handlers = { ...idle, purge_sessions: () => Promise.resolve(void runs++) };
    await sql.begin((tx) => queue.enqueue(tx, { kind: "purge_sessions" }));
    await assert.rejects(sql.begin(async (tx) => {
      await queue.enqueue(tx, { kind: "purge_sessions" });
      throw new Error("no");
    }));
    assert.equal(await queue.drain(handlers), 1);
    assert.equal(runs, 1);
    await queue.stop();
  },
);

databaseTest("a recurring job runs once per slot, however many processes there are", async ({ sql }) => {
  const recurring = [{ job: { kind: "purge_sessions" as const }, everySeconds: 3600 }];
  const processes = [jobQueue(sql, log, { recurring }), jobQueue(sql, log, { recurring })];
  let runs = 0;
  const handlers = { ...idle, purge_sessions: () => Promise.resolve(void runs++) };
  for (const queue of [...processes, ...processes]) await queue.drain(handlers);
  assert.equal(runs, 1);
  for (const queue of processes) await queue.stop();
});

databaseTest("a failing job is retried later, and becomes a dead letter in the end", async ({ sql }) => {
  const errors: string[] = [];
  const queue = jobQueue(sql, { error: (message) => void errors.push(message) });
  const handlers = {
    ...idle,
    purge_sessions: () => Promise.reject(new Error("the disk is full")),
  };
  await sql.begin((tx) => queue.enqueue(tx, { kind: "purge_sessions" }));
  for (let tries = 0; tries < 9; tries++) {
    assert.equal(await queue.drain(handlers), 1, `try ${tries + 1}`);
    assert.equal(await queue.drain(handlers), 0, "not at once again");
    await sql`update pgboss.job set start_after = now() where name = 'jobs'`;
  }
  assert.equal(await queue.drain(handlers), 0);
  const [dead] = await sql<{ count: number }[]>`
    select count(*)::int as count from pgboss.job where name = 'dead_jobs'`;
  assert.equal(dead!.count, 1);
  assert.deepEqual(new Set(errors), new Set(["job failed"]));
  await queue.stop();
});

databaseTest(
  "a tick that has run out of time, or is stopped, starts no more jobs; the next one continues",
  async ({ sql }) => {
    const [queue, other] = [jobQueue(sql, log, { longestSeconds: 0.2 }), jobQueue(sql, log)];
    const done: string[] = [];
    let isOver = false;
    const handlers = {
      ...idle,
      delete_file({ key }: { key: string }) {
        done.push(key);
        if (key === "file-1") isOver = true;
        return key === "file-2" ? new Promise<void>(() => {}) : Promise.resolve(); // cut off when it takes too long
      },
    };
    const keys = Array.from({ length: 5 }, (_, index) => `file-${index}`);
    for (const key of keys) await sql.begin((tx) => queue.enqueue(tx, { kind: "delete_file", key }));
    assert.equal(await queue.drain(handlers, () => isOver), 2);
    assert.equal(await queue.drain(handlers), 3);
    assert.deepEqual(done, keys, "each once, and none lost");
    await sql.begin((tx) => queue.enqueue(tx, { kind: "delete_file", key: "last" }));
    await queue.stop();
    assert.equal(await queue.drain(handlers), 0);
    assert.equal(await other.drain(handlers), 1);
    await other.stop();
  },
);

databaseTest(
  "a burst of jobs is worked without pauses; one that fails or hangs affects no other",
  async ({ sql }) => {
    // It looks for jobs once an hour: whatever it does beyond the first handful, it does because there were more.
    const queue = jobQueue(sql, log, { pollingSeconds: 3600, longestSeconds: 0.2 });
    const done: string[] = [];
    let hang = () => {};
    const hanging = new Promise<void>((resolve) => hang = resolve);
    const handlers = {
      ...idle,
      delete_file({ key }: { key: string }) {
        if (key === "file-5") return Promise.reject(new Error("the store is down"));
        if (key === "file-9") return hanging;
        done.push(key);
        return Promise.resolve();
      },
    };
    const keys = Array.from({ length: 41 }, (_, index) => `file-${index}`);
    await sql.begin((tx) => queue.enqueue(tx, ...keys.map((key) => ({ kind: "delete_file" as const, key }))));
    await queue.work(handlers);
    const states = async () => {
      const rows = await sql<{ state: string; keys: string[] }[]>`
      select state::text, array_agg(data->>'key' order by data->>'key') as keys from pgboss.job where name = 'jobs'
      group by state`;
      return Object.fromEntries(rows.map(({ state, keys }) => [state, keys]));
    };
    const ended = await until(async () => {
      const found = await states();
      return found.completed?.length === 39 && found.retry?.length === 2 && found;
    });
    assert.deepEqual(ended, {
      completed: keys.filter((key) => key !== "file-5" && key !== "file-9").sort(),
      retry: ["file-5", "file-9"],
    });
    assert.deepEqual(done.sort(), ended.completed, "each once");
    const failures = await sql<{ message: string; tries: number }[]>`
    select output->>'message' as message, retry_count as tries from pgboss.job where state = 'retry' order by data->>'key'`;
    assert.deepEqual(failures.map(({ message, tries }) => [message, tries]), [
      ["Error: the store is down", 0],
      ["Error: the job took longer than 0.2 s", 0],
    ]);
    hang();
    await queue.stop();
  },
);

databaseTest("a slow job delays at most one other", async ({ sql }) => {
  const queue = jobQueue(sql, log);
  let finish = () => {};
  const long = new Promise<void>((resolve) => finish = resolve);
  const handlers = {
    ...idle,
    delete_file: ({ key }: { key: string }) => key === "0" ? long : Promise.resolve(),
  };
  const keys = Array.from({ length: 9 }, (_, index) => String(index));
  await sql.begin((tx) => queue.enqueue(tx, ...keys.map((key) => ({ kind: "delete_file" as const, key }))));
  await queue.work(handlers);
  const isDone = async (count: number) => {
    const rows = await sql`select from pgboss.job where name = 'jobs' and state = 'completed'`;
    return rows.length >= count;
  };
  await until(() => isDone(7));
  finish();
  await until(() => isDone(9));
  await queue.stop();
});

databaseTest("setting up the queue again changes nothing", async ({ sql }) => {
  await migrateJobs(sql);
  const queue = jobQueue(sql, log);
  await queue.stop();
});

databaseTest("a lost server is distinguished from a wrong statement", async ({ sql }) => {
  const failure = async (work: Promise<unknown>) => {
    try {
      await work;
    } catch (error) {
      return error;
    }
  };
  assert.equal(isConnectionFailure(await failure(sql`select nonsense`)), false);
  assert.equal(isConnectionFailure(await failure(sql`select pg_terminate_backend(pg_backend_pid())`)), true);
  assert.deepEqual([...await sql`select 1 as a`], [{ a: 1 }], "the pool connects again by itself");
}, { on: ["postgres"], isFresh: true });

Deno.test("connect names the server that does not respond, without the password", async () => {
  const url = `postgres://shop:secret@127.0.0.1:${freePort()}/shop`;
  await assert.rejects(connect(url, { patienceMs: 300 }), (error: Error) => {
    assert.match(error.message, /127\.0\.0\.1:\d+ cannot be reached.*ECONNREFUSED.*Check DATABASE_URL/);
    assert.ok(!error.message.includes("secret"));
    return true;
  });
});

databaseTest(
  "waiting for a result or a connection times out, and the next statement is served",
  async ({ url }) => {
    const sql = await connect(url, { max: 1, deadlines: { answer: 300, free: 200 } });
    const timedOut = (error: unknown) =>
      isConnectionFailure(error) && (error as { code?: string }).code === "CONNECTION_TIMEOUT";
    const slow = sql`select pg_sleep(5)`;
    const waiting = sql`select 1`;
    await Promise.all([assert.rejects(slow, timedOut), assert.rejects(waiting, timedOut)]);
    assert.deepEqual([...await sql`select 1 as a`], [{ a: 1 }]);
    await assert.rejects(
      sql.begin(async (tx) => {
        await tx`create table t (a int)`;
        await tx`select pg_sleep(5)`;
      }),
      timedOut,
    );
    assert.deepEqual([...await sql`select to_regclass('t') as t`], [{ t: null }]);
    await sql.end();
  },
  { on: ["postgres"], isFresh: true },
);

databaseTest("a transaction is applied in full or not at all", async ({ sql }) => {
  await sql`create table t (a int primary key)`;
  const count = async () => (await sql`select from t`).length;
  // What one statement asks for at once is sent one after the other.
  const all = await sql.begin((tx) =>
    Promise.all([1, 2, 3].map((a) => tx`insert into t values (${a}) returning a`))
  );
  assert.deepEqual(all.map(([row]) => row!.a), [1, 2, 3], "what the work answers is answered as it is");
  await assert.rejects(
    sql.begin(async (tx) => {
      await tx`insert into t values (4)`;
      await tx`insert into t values (1)`.catch(() => {}); // it cannot be caught
    }),
    { code: "23505" },
  );
  await assert.rejects(
    sql.begin(async (tx) => {
      await tx`insert into t values (4)`;
      throw new Error("no");
    }),
    /no/,
  );
  let late: typeof sql | undefined;
  await sql.begin((tx) => Promise.resolve(void (late = tx as typeof sql)));
  await assert.rejects(late!`insert into t values (4)`, /transaction is over/);
  assert.equal(await count(), 3);
});

databaseTest(
  "values are stored and read back unchanged, also in nested fragments and lists",
  async ({ sql }) => {
    const moment = new Date("2026-03-01T12:00:00.123Z");
    const piece = sql`${2n}::bigint as big, ${sql.unsafe("'x'")} as word`;
    const [row] = await sql`
    select ${piece}, ${["a", 'q"\\', "{,}", "null", "NULL", ""]}::text[] as texts, ${[
      1,
      null,
    ]}::int[] as numbers, array[2::bigint] as bigs,
      array[true, false] as flags,
      array['2026-03-01 12:00:00.123+00'::timestamptz] as moments, ${moment}::timestamptz as moment,
      ${["6f0b4a8e-2a51-4a0e-9d6b-0a4c1a2b3c4d"]}::uuid[] as ids, ${[]}::text[] as none, ${
      sql.json({ a: [1] })
    } as json,
      array_agg(n.n) as counted from generate_series(1, 2) as n`;
    assert.deepEqual({ ...row }, {
      big: 2n,
      word: "x",
      texts: ["a", 'q"\\', "{,}", "null", "NULL", ""],
      numbers: [1, null],
      bigs: [2n],
      flags: [true, false],
      moments: [moment],
      moment,
      ids: ["6f0b4a8e-2a51-4a0e-9d6b-0a4c1a2b3c4d"],
      none: [],
      json: { a: [1] },
      counted: [1, 2],
    });
  },
);

databaseTest(
  "a session uses UTC and ISO 8601, whatever the database's settings",
  async ({ url, sql }) => {
    const [{ name }] = await sql<[{ name: string }]>`select current_database() as name`;
    for (const setting of ["DateStyle = 'German'", "TimeZone = 'America/St_Johns'"]) {
      await sql.unsafe(`alter database ${name} set ${setting}`);
    }
    const fresh = await connect(url, { max: 1 });
    const [row] = await fresh`
      select '2026-03-01'::date at time zone 'utc' as day, '2026-03-01 12:00+00'::timestamptz as noon`;
    assert.deepEqual({ ...row }, {
      day: new Date("2026-03-01T00:00:00Z"),
      noon: new Date("2026-03-01T12:00:00Z"),
    });
    await fresh.end();
  },
  { on: ["postgres"], isFresh: true },
);

databaseTest(
  "connections that share the embedded database never run each other's statements",
  async ({ url }) => {
    const connections = await Promise.all(Array.from({ length: 8 }, () => connect(url, { max: 1 })));
    const answers = await Promise.all(
      connections.flatMap((sql, n) =>
        Array.from({ length: 20 }, async (_, m) => {
          const value = n * 100 + m;
          const [row] = m % 2 === 0
            ? await sql<{ value: number }[]>`select ${value}::int as value`
            : await sql.begin((tx) => tx<{ value: number }[]>`select ${value}::int as value, ${m}::text`);
          return row!.value === value;
        })
      ),
    );
    assert.ok(answers.every(Boolean));
    await Promise.all(connections.map((sql) => sql.end()));
  },
  { on: ["pglite"] },
);

databaseTest(
  "a client of the embedded database that disconnects in a transaction leaves nothing behind",
  async ({ url, sql }) => {
    await sql`create table t (a int)`;
    const other = await connect(url, { max: 1 });
    const hanging = other.begin(async (tx) => {
      await tx`insert into t values (1)`;
      await new Promise(() => {});
    }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.end({ timeout: 0 });
    await hanging;
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from t`;
    assert.equal(row!.count, 0);
  },
  { on: ["pglite"] },
);

Deno.test("only one process at a time opens an embedded database, and the next one sees what it committed", async () => {
  const directory = await Deno.makeTempDir();
  const first = await startEmbeddedPostgres({ directory });
  await assert.rejects(startEmbeddedPostgres({ directory }), /Another server uses the database/);
  const sql = await connect(first.url, { max: 1 });
  await sql`create table t as select 7 as a`;
  await sql.end();
  await first.stop();
  const second = await startEmbeddedPostgres({ directory });
  const again = await connect(second.url, { max: 1 });
  assert.deepEqual([...await again`select a from t`], [{ a: 7 }]);
  await again.end();
  await second.stop();
  await Deno.remove(directory, { recursive: true });
});
