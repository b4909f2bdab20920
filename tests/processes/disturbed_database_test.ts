// What becomes of statements and transactions while the database, or a pooler in front of it, ends its connections at
// random moments. DISTURBANCE_SECONDS makes each of them longer than it has to be here.
import assert from "node:assert/strict";
import { connect, isConnectionFailure } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { hasPgbouncer, startPgbouncer } from "../support/daemons.ts";
import { startPostgresCluster } from "../support/postgres_cluster.ts";
import { engines, freshDatabase } from "../support/test_database.ts";

const SECONDS = Number(Deno.env.get("DISTURBANCE_SECONDS") ?? 6);
/** Above the longest that one statement may wait for a connection and an answer. */
const HANGING_MS = 35_000;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

type Tally = {
  disturbed: number;
  done: number;
  failed: number;
  hanging: number;
  uncaught: number;
  torn: number;
  lost: number;
};

/**
 * Twenty write pairs of rows, each pair in a transaction, a third of them with a pause between; eight read, with and without
 * parameters. Meanwhile `disturb` is called again and again; `administrator` stands beside all that.
 */
async function write(sql: Database, administrator: Database, disturb: () => Promise<void>): Promise<Tally> {
  const tally: Tally = { disturbed: 0, done: 0, failed: 0, hanging: 0, uncaught: 0, torn: 0, lost: 0 };
  const note = (event: Event) => {
    event.preventDefault();
    tally.uncaught++;
    console.error((event as ErrorEvent).error ?? (event as PromiseRejectionEvent).reason);
  };
  addEventListener("error", note);
  addEventListener("unhandledrejection", note);
  await administrator`create table pairs (pair uuid, half integer)`;
  const written: string[] = [];
  const until = Date.now() + SECONDS * 1000;
  const underWay = new Set<symbol>();

  async function loop(work: () => Promise<void>) {
    while (Date.now() < until) {
      const token = Symbol();
      underWay.add(token);
      try {
        await work();
        tally.done++;
      } catch (error) {
        if (!isConnectionFailure(error)) throw error;
        tally.failed++;
        await sleep(5);
      } finally {
        underWay.delete(token);
      }
    }
  }
  const pair = (pauses: boolean) => async () => {
    const id = crypto.randomUUID();
    await sql.begin(async (tx) => {
      await tx`insert into pairs values (${id}, 1)`;
      if (pauses) await sleep(20);
      await tx`insert into pairs values (${id}, 2)`;
    });
    written.push(id);
  };
  const reads = [
    async () => void await sql`select pg_sleep(0.001)`,
    async () =>
      assert.deepEqual([...await sql`select ${"a"} as a, ${[1, 2]}::int[] as b`], [{ a: "a", b: [1, 2] }]),
  ];
  const loops = [
    ...Array.from({ length: 20 }, (_, n) => loop(pair(n % 3 === 0))),
    ...Array.from({ length: 8 }, (_, n) => loop(reads[n % 2]!)),
  ];
  // At random moments, however slow the machine is: after some work, and then a little later.
  const disturbing = (async () => {
    while (Date.now() < until) {
      const enough = tally.done + 1 + Math.random() * 60;
      while (tally.done < enough && Date.now() < until) await sleep(5);
      await sleep(Math.random() * 50);
      await disturb();
      tally.disturbed++;
    }
  })();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = await Promise.race([
    Promise.all([...loops, disturbing]).then(() => true),
    new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), SECONDS * 1000 + HANGING_MS)),
  ]);
  clearTimeout(timer);
  if (!ended) tally.hanging = underWay.size;
  // Back by itself, and all that follows is as if nothing had been.
  await patiently(() => sql`select 1`);
  await Promise.all(Array.from({ length: 50 }, (_, n) => pair(n % 3 === 0)()));
  await sleep(100);
  const kept = await patiently(() =>
    administrator<{ pair: string; halves: number }[]>`
      select pair, count(*)::int as halves from pairs group by pair`
  );
  tally.torn = kept.filter(({ halves }) => halves !== 2).length;
  const found = new Set(kept.map(({ pair }) => pair));
  tally.lost = written.filter((id) => !found.has(id)).length;
  removeEventListener("error", note);
  removeEventListener("unhandledrejection", note);
  console.log(`${SECONDS} s: ${JSON.stringify(tally)}`);
  return tally;
}

/** Tries for ten seconds: the server may still be on its way up. */
async function patiently<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let tries = 0;; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries >= 100 || !isConnectionFailure(error)) throw error;
      await sleep(100);
    }
  }
}

function isUnharmed({ disturbed, done, failed, ...harm }: Tally) {
  assert.deepEqual(harm, { hanging: 0, uncaught: 0, torn: 0, lost: 0 });
  assert.ok(done > 0 && failed > 0 && disturbed > 1, "work was disturbed");
}

if (engines.includes("postgres")) {
  Deno.test("while the database cuts connections, no transaction is torn, nothing hangs, and the process survives", async () => {
    const { url, drop } = await freshDatabase("postgres");
    const administrator = await connect(url, { max: 1 });
    const [own] = await administrator<{ pid: number }[]>`select pg_backend_pid() as pid`;
    for (const options of [{}, { prepares: true }]) {
      const sql = await connect(url, options);
      isUnharmed(
        await write(sql, administrator, async () => {
          await administrator`
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> ${own!.pid} and backend_type = 'client backend'`;
        }),
      );
      await sql.end({ timeout: 1 });
      await administrator`drop table pairs`;
    }
    await administrator.end({ timeout: 1 });
    await drop();
  });

  Deno.test("while the database restarts, no transaction is torn, nothing hangs, and the process survives", async () => {
    const cluster = (await startPostgresCluster())!;
    const [administrator, sql] = [await connect(cluster.url, { max: 1 }), await connect(cluster.url)];
    isUnharmed(
      await write(sql, administrator, async () => {
        await cluster.restart();
      }),
    );
    await sql.end({ timeout: 1 });
    await administrator.end({ timeout: 1 });
    await cluster.stop();
  });

  Deno.test({
    name: "behind a transaction pooler that restarts, no transaction is torn, and nothing hangs",
    ignore: !hasPgbouncer,
    async fn() {
      const { url, drop } = await freshDatabase("postgres");
      const pooler = await startPgbouncer(url, 5);
      const [administrator, sql] = [await connect(url, { max: 1 }), await connect(pooler.url)];
      isUnharmed(
        await write(sql, administrator, async () => {
          await pooler.kill();
          await sleep(Math.random() * 200);
          await pooler.start();
        }),
      );
      await sql.end({ timeout: 1 });
      await administrator.end({ timeout: 1 });
      await pooler.stop();
      await drop();
    },
  });
}
