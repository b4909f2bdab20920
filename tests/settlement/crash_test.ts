import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import Stripe from "stripe";
import { jobQueue } from "../../adapters/pgboss/jobs.ts";
import type { JobHandlers } from "../../domain/jobs.ts";
import { postgresChecks } from "../../adapters/postgres/settlement/checks.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresTransaction } from "../../adapters/postgres/transaction.ts";
import { postgresViolations } from "../../adapters/postgres/operations/violations.ts";
import { startSandbox } from "../../adapters/sandbox/sandbox.tsx";
import { stripeBooks, stripeRefunds } from "../../adapters/stripe/books.ts";
import { reconcile } from "../../domain/settlement/reconcile.ts";
import { submitRefund } from "../../domain/settlement/submit_refund.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { databaseTest } from "../support/test_database.ts";
import type { Errand } from "./mortal_shop.ts";
import { enqueueIn } from "../../adapters/composition/enqueue.ts";

/** More than checkout, settlement and refund have. */
const MOST_AWAITS = 80;
/**
 * Processes that are killed. Awaits between which one and the same lock is held are fewer, so that each is in another
 * process.
 */
const PROCESSES = 12;

databaseTest(
  "a process killed at any await of checkout, settlement and refund leaves nothing that reconciling does not repair",
  async ({ sql, url }) => {
    const port = freePort();
    const sandbox = await startSandbox({
      state: ":memory:",
      httpPort: port,
      smtpPort: 0,
      apiUrl: "http://127.0.0.1:9", // no event arrives by itself
      appEnv: "test",
      retryDelaysMs: [],
    });
    const stripe = {
      secretKey: sandbox.environment.STRIPE_SECRET_KEY!,
      apiUrl: sandbox.origin,
      livemode: false,
      frontendUrl: "https://shop.example",
    };
    try {
      const [survivor, ...customers] = await placeCustomers(sql);
      const awaits = await runShop({ databaseUrl: url, stripe, customers: [{ ...survivor!, diesAt: null }] });
      assert.ok(awaits! > 30 && awaits! < MOST_AWAITS, `${awaits} awaits were seen`);
      const victims = customers.slice(0, awaits!).map((customer, at) => ({ ...customer, diesAt: at + 1 }));
      await inTurns(2, PROCESSES, async (process) => {
        // The latest await first: whoever is kept from going on at a later one may hold what the others need to come so far.
        const theirs = victims.filter((_, at) => at % PROCESSES === process).reverse();
        await runShop({ databaseUrl: url, stripe, customers: theirs });
      });

      // The shop comes up again: it works the jobs that are left and reconciles, until there is nothing more to do.
      const queue = jobQueue(sql, { error: () => {} });
      const deps = {
        transaction: postgresTransaction(sql, enqueueIn(queue), queue.open),
        checks: postgresChecks(sql),
        providerBooks: stripeBooks(stripe),
        refunds: stripeRefunds(stripe),
        settlementPolicy: { refundsMismatches: true },
        clock: () => new Date(Date.now() + 3 * 3600_000), // by then every page has ended
      };
      await sql`update orders set session_expires_at = now() - interval '1 second' where session_id is null`;
      const known = { submit_refund: (job: { refundId: string }) => submitRefund(deps, job) };
      const handlers = new Proxy(known, {
        get: (jobs, kind) => Reflect.get(jobs, kind) ?? (() => Promise.resolve()),
      }) as unknown as JobHandlers;
      for (let round = 0; round < 4; round++) {
        await reconcile(deps, { dryRun: false });
        await queue.drain(handlers);
      }
      assert.deepEqual((await reconcile(deps, { dryRun: true })).findings, []);
      assert.deepEqual(await postgresViolations(sql).all(), []);
      await compareWithStripe(sql, stripe, [survivor!, ...victims]);
      await queue.stop(1000);
    } finally {
      await sandbox.stop();
    }
  },
  { on: ["postgres"], isFresh: true },
);

type Customer = { studentId: string; courseId: string };

async function placeCustomers(sql: Database): Promise<Customer[]> {
  return await sql<Customer[]>`
    with student as (
      insert into users (id, email, password_hash, role)
      select 'student-' || n, 'student-' || n || '@example.com', '', 3 from generate_series(1, ${
    MOST_AWAITS + 1
  }) n
      returning id
    ), course as (
      insert into courses (slug, title, price_amount, is_published)
      select 'course-' || n, 'Course ' || n, 4900, true from generate_series(1, ${
    MOST_AWAITS + 1
  }) n returning id
    ), students as (select id, row_number() over (order by id) as n from student),
    numbered as (select id, row_number() over (order by id) as n from course)
    select s.id as "studentId", c.id as "courseId" from students s join numbered c using (n)`;
}

/** Runs a shop until it has served its customers or is killed by itself; returns how many awaits it saw if it lived. */
async function runShop(errand: Errand): Promise<number | null> {
  const { signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--quiet", // two that start at the same time tell of waiting for each other
      fileURLToPath(new URL("mortal_shop.ts", import.meta.url)),
      JSON.stringify(errand),
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const mustDie = errand.customers.some(({ diesAt }) => diesAt !== null);
  assert.deepEqual([signal, new TextDecoder().decode(stderr)], [mustDie ? "SIGKILL" : null, ""]);
  return mustDie ? null : (JSON.parse(new TextDecoder().decode(stdout)) as { awaits: number }).awaits;
}

/** Does something for the numbers from 0 on, so many at a time. */
async function inTurns(atOnce: number, count: number, work: (number: number) => Promise<void>) {
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < count) await work(next++);
  }));
}

/** Each student has paid at most once, and has access exactly while Stripe holds the money. */
async function compareWithStripe(
  sql: Database,
  { secretKey, apiUrl }: { secretKey: string; apiUrl: string },
  customers: Customer[],
): Promise<void> {
  const { hostname, port } = new URL(apiUrl);
  const client = new Stripe(secretKey, {
    httpClient: Stripe.createFetchHttpClient(),
    host: hostname,
    port,
    protocol: "http",
  });
  const charges = await client.charges.list({ limit: 100 }).autoPagingToArray({ limit: 1000 });
  const rows = await sql<{ studentId: string; orders: number; access: boolean }[]>`
    select u.id as "studentId", (select count(*)::int from orders o where o.student_id = u.id) as orders,
      exists (
        select from grants g where g.student_id = u.id and g.payment_hold is null and g.revoked_at is null
      ) as access
    from users u where u.id = any(${customers.map(({ studentId }) => studentId)}::text[])`;
  assert.equal(rows.length, customers.length);
  for (const { studentId, orders, access } of rows) {
    const theirs = charges.filter(({ metadata }) => metadata.user_id === studentId);
    assert.ok(
      theirs.length <= 1 && orders <= 1,
      `${studentId} has ${orders} orders and paid ${theirs.length} times`,
    );
    const holdsMoney = theirs.some(({ refunded }) => !refunded);
    assert.equal(access, holdsMoney, `${studentId}: access and money do not agree`);
  }
  assert.ok(charges.some(({ refunded }) => refunded) && charges.some(({ refunded }) => !refunded));
}
