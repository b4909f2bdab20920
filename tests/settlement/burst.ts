import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { postgresViolations } from "../../adapters/postgres/operations/violations.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { sessionEvent, signed, stripeEvent } from "../support/webhook.ts";
import { serverEnvironment } from "../support/environment.ts";

const AT_A_TIME = 12;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Sends so many events, and 30 % of them twice, in no order to some processes of the shop on one migrated, empty
 * database. Throws when something was lost or doubled; returns how long each delivery took, in milliseconds.
 */
export async function runBurst(
  databaseUrl: string,
  events: number,
  processes = 3,
): Promise<{ took: number[]; seconds: number }> {
  const sql = await connect(databaseUrl, { max: 2 });
  const servers = Array.from({ length: processes }, () => startServer(databaseUrl));
  try {
    const orders = await placeOrders(sql, Math.ceil(events / 2));
    const deliveries = burst(orders);
    await Promise.all(servers.map(({ api }) => ready(api)));
    const took: number[] = [];
    const start = performance.now();
    let next = 0;
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
      for (let index = next++; index < deliveries.length; index = next++) {
        took.push(await send(servers[index % processes]!.api, deliveries[index]!));
      }
    }));
    const seconds = (performance.now() - start) / 1000;
    await checkBooks(sql, orders.length);
    return { took, seconds };
  } finally {
    for (const { process } of servers) process.kill("SIGKILL");
    await Promise.all(servers.map(({ process }) => process.status));
    await sql.end({ timeout: 1 });
  }
}

async function send(api: string, event: unknown): Promise<number> {
  const { payload, signature } = await signed(event);
  const began = performance.now();
  const response = await fetch(`${api}/api/payments/stripe/webhook/`, {
    method: "POST",
    headers: { "stripe-signature": signature, "content-type": "application/json" },
    body: payload,
  });
  await response.body?.cancel();
  assert.equal(response.status, 200);
  return performance.now() - began;
}

/** Each order is paid and refunded in part, once. */
async function checkBooks(sql: Database, orders: number): Promise<void> {
  const [row] = await sql`
    select (select count(*)::int from webhook_events) as events,
      (select count(*)::int from webhook_events where outcome not in ('settle', 'keep', 'ignore')) as odd,
      (select count(*)::int from grants) as grants,
      (select count(*)::int from orders where state = 'partially_refunded') as orders,
      (select sum(refunded_amount)::int from payments) as refunded`;
  assert.deepEqual({ ...row }, {
    events: 2 * orders,
    odd: 0,
    grants: orders,
    orders,
    refunded: 100 * orders,
  });
  assert.deepEqual(await postgresViolations(sql).all(), []);
}

type PlacedOrder = { order_id: string; user_id: string; session: string };

function startServer(databaseUrl: string) {
  const port = freePort();
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "main.ts"],
    cwd: ROOT,
    env: serverEnvironment({ port, databaseUrl }),
    stdout: "null",
    stderr: "null",
  }).spawn();
  return { api: `http://127.0.0.1:${port}`, process };
}

async function ready(api: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const isReady = await fetch(`${api}/ready`).then(async (response) => {
      await response.body?.cancel();
      return response.ok;
    }, () => false);
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${api} did not become ready.`);
}

/** As many students, each with an order of one course and its page open. */
async function placeOrders(sql: Database, count: number): Promise<PlacedOrder[]> {
  return await sql<PlacedOrder[]>`
    with course as (
      insert into courses (slug, title, price_amount, is_published) values ('a-course', 'A course', 4900, true)
      returning id
    ), student as (
      insert into users (id, email, password_hash, role)
      select 'student-' || n, 'student-' || n || '@example.com', '', 3 from generate_series(1, ${count}) n
      returning id, email
    ), placed as (
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_id, session_url,
        session_expires_at)
      select id, email, 'open', 4900, 'usd', 'cs_' || id, 'https://pay.example', now() + interval '1 hour' from student
      returning id, student_id, session_id
    ), payment as (
      insert into payments (order_id, student_id, amount, currency, method)
      select id, student_id, 4900, 'usd', 'stripe' from placed
    ), line as (
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
      select p.id, 'open', p.student_id, c.id, 'a-course', 'A course', 4900, 0 from placed p, course c
    )
    select id as order_id, student_id as user_id, session_id as session from placed`;
}

/** For each order its payment and a part refunded; shuffled, with 30 % of all sent once more. */
function burst(orders: PlacedOrder[]) {
  const events = orders.flatMap((order, index) => {
    const intent = `pi_${index}`;
    const object = {
      id: `re_${index}`,
      amount: 100,
      currency: "usd",
      payment_intent: intent,
      status: "succeeded",
    };
    return [
      sessionEvent(`evt_paid_${index}`, order, { payment_intent: intent, amount_total: 4900 }),
      stripeEvent(`evt_refunded_${index}`, "refund.created", { object: "refund", metadata: {}, ...object }),
    ];
  });
  const again = events.filter((_, index) => index % 10 < 3);
  return [...events, ...again].map((event) => ({ event, at: Math.random() }))
    .sort((a, b) => a.at - b.at).map(({ event }) => event);
}
