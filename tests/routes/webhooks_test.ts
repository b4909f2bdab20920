import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { shopTest, type TestShop } from "../support/shop.ts";
import { purchase } from "../support/purchases.ts";
import { signUpAs } from "../support/tutors.ts";
import { EVENT_TYPES } from "../../domain/webhooks/ports.ts";

const ENDPOINTS = "/api/webhooks/endpoints/";
const DELIVERIES = "/api/webhooks/deliveries/";

type Heard = { headers: Record<string, string>; body: string };
type Message = { type: string; timestamp: string; data: Record<string, unknown> };

/** An integrator's endpoint on this machine, which answers as told and keeps what it heard. */
function integrator() {
  const heard: Heard[] = [];
  const state = { status: 204, headers: {} as Record<string, string>, hangs: false };
  const hanging = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    heard.push({ headers: Object.fromEntries(request.headers), body: await request.text() });
    if (state.hangs) await hanging.promise;
    return new Response(null, { status: state.status, headers: state.headers });
  });
  const messages = () => heard.map(({ body }) => JSON.parse(body) as Message);
  return {
    url: `http://127.0.0.1:${server.addr.port}/hook?shop=1`,
    heard,
    state,
    messages,
    types: () => messages().map(({ type }) => type).toSorted(),
    async [Symbol.asyncDispose]() {
      hanging.resolve();
      await server.shutdown();
    },
  };
}

async function setUp(shop: TestShop, url: string, events: readonly string[] = EVENT_TYPES) {
  const admin = await signUpAs(shop, "admin");
  const { status, body } = await shop.call("POST", ENDPOINTS, { token: admin.token, body: { url, events } });
  assert.equal(status, 201, JSON.stringify(body));
  const get = async (path: string) => (await shop.call("GET", path, { token: admin.token })).body;
  const post = (path: string, body: object = {}) => shop.call("POST", path, { token: admin.token, body });
  const test = async () => {
    const queued = await post(`${ENDPOINTS}${body.id}/test/`);
    assert.equal(queued.status, 202, JSON.stringify(queued.body));
    return queued.body.id as string;
  };
  const delivery = async (id: string) =>
    (await get(DELIVERIES)).results.find((one: { id: string }) => one.id === id);
  return { admin, endpoint: body as { id: string; secret: string }, get, post, test, delivery };
}

/** Lets the time until the next tries pass at once. */
const letTimePass = (shop: TestShop) =>
  shop
    .sql`update webhook_deliveries set due_at = now() - interval '1 second' where state in ('pending', 'sending')`;

shopTest("what happens in the shop is told to an endpoint, signed, once", async (shop) => {
  await using receiver = integrator();
  const { endpoint } = await setUp(shop, receiver.url);
  const bought = await purchase(shop);
  await shop.drainJobs();
  const { sql } = shop;
  await sql`update courses set is_published = false where id = ${bought.courses[0]!.id}`;
  await sql`update courses set is_published = true where id = ${bought.courses[0]!.id}`;
  await sql`
    insert into refunds (stripe_refund_id, order_id, payment_intent_id, amount, currency, status, origin)
    select 're_1', order_id, payment_intent_id, 100, 'usd', 'succeeded', 'stripe' from payment_sessions`;
  await sql`
    insert into disputes (id, order_id, payment_intent_id, amount, currency, status, reason, observed_at)
    select 'dp_1', order_id, payment_intent_id, 100, 'usd', 'needs_response', '', now() from payment_sessions`;
  for (const status of ["won", "won"]) await sql`update disputes set status = ${status}`;
  await sql`update grants set revoked_at = now()`;
  await sql`
    insert into reviews (student_id, course_id, rating, content)
    select student_id, course_id, 5, 'Good' from enrollments`;
  await sql`
    insert into lesson_progress (student_id, lesson_id, completed_at)
    select ${bought.student.id}, l.id, now() from lessons l join course_parts p on p.id = l.part_id
    where p.course_id = ${bought.courses[0]!.id}`;
  await sql`insert into operator_alerts (key, subject, text) values ('k', 'A refund failed', 'Refund 1 failed')`;
  await shop.drainJobs();
  assert.deepEqual(receiver.types(), EVENT_TYPES.toSorted());
  const told = new Map(receiver.messages().map(({ type, data }) => [type, data]));
  assert.deepEqual(told.get("order.paid"), { order_id: bought.orderId, user_id: bought.student.id });
  assert.deepEqual(told.get("order.refunded")?.amount, 100);
  assert.deepEqual(told.get("dispute.closed")?.status, "won");
  for (const { headers, body } of receiver.heard) {
    new Webhook(endpoint.secret).verify(body, headers); // throws for a wrong signature
    assert.equal(body.includes("@"), false, "ids, and nobody's data");
  }
  assert.throws(() =>
    new Webhook(`whsec_${btoa("another")}`).verify(receiver.heard[0]!.body, receiver.heard[0]!.headers)
  );
});

shopTest("an endpoint hears of nothing that it did not ask for, or that was rolled back", async (shop) => {
  await using receiver = integrator();
  await setUp(shop, receiver.url, ["course.published"]);
  await purchase(shop);
  await assert.rejects(shop.sql.begin(async (tx) => {
    await tx`update courses set is_published = false`;
    await tx`update courses set is_published = true`;
    throw new Error("no");
  }));
  await shop.drainJobs();
  assert.deepEqual(receiver.types(), []);
  const [{ messages }] = await shop.sql<[{ messages: number }]>`
    select count(*)::int as messages from webhook_messages`;
  assert.equal(messages, 0);
});

shopTest(
  "what an endpoint does not take is sent again with the same id, later each time, for three days",
  async (shop) => {
    await using receiver = integrator();
    const { test, delivery, endpoint, get, post } = await setUp(shop, receiver.url);
    receiver.state.status = 500;
    const id = await test();
    const waits: number[] = [];
    for (let tries = 1; tries <= 9; tries++) {
      await shop.drainJobs();
      const now = await delivery(id);
      assert.deepEqual([now.state, now.attempts, now.response_status, now.error], [
        "pending",
        tries,
        500,
        "it answered 500",
      ]);
      waits.push((Date.parse(now.next_attempt_at) - Date.now()) / 3600_000);
      await letTimePass(shop);
    }
    assert.ok(waits.every((wait, at) => at === 0 || wait > waits[at - 1]!), String(waits));
    const days = waits.reduce((sum, wait) => sum + wait, 0) / 24;
    assert.ok(days > 3 && days < 3.6, String(days));
    await shop.drainJobs();
    assert.equal((await delivery(id)).state, "failed");
    assert.equal(new Set(receiver.heard.map(({ headers }) => headers["webhook-id"])).size, 1);
    const disabled = await get(`${ENDPOINTS}${endpoint.id}/`);
    assert.equal(disabled.disabled_reason, "it answered 500");
    const alerts = () =>
      shop.sql<{ subject: string; isOver: boolean }[]>`
    select subject, resolved_at is not null as "isOver" from operator_alerts`;
    assert.deepEqual([...await alerts()].map((row) => ({ ...row })), [
      { subject: "A webhook endpoint was disabled", isOver: false },
    ]);

    receiver.state.status = 200;
    receiver.heard.length = 0;
    await purchase(shop);
    await shop.drainJobs();
    assert.deepEqual(receiver.types(), [], "nothing is sent to it");
    await shop.call("PATCH", `${ENDPOINTS}${endpoint.id}/`, {
      token: (await shop.call("POST", "/api/auth/token/", {
        body: { email: "admin@example.com", password: "correct-horse" },
      })).body.access,
      body: { is_enabled: true },
    });
    assert.equal((await alerts())[0]!.isOver, true);
    assert.equal((await post(`${DELIVERIES}${id}/replay/`)).status, 202);
    await shop.drainJobs();
    assert.deepEqual(receiver.types(), ["webhook.test"], "sent again by hand");
    assert.equal((await delivery(id)).state, "delivered");
  },
);

shopTest("an endpoint that is gone is disabled at once, and one that asks for time gets it", async (shop) => {
  await using receiver = integrator();
  const { test, delivery, endpoint, get } = await setUp(shop, receiver.url);
  Object.assign(receiver.state, { status: 429, headers: { "retry-after": "7200" } });
  const patient = await test();
  await shop.drainJobs();
  const wait = (Date.parse((await delivery(patient)).next_attempt_at) - Date.now()) / 1000;
  assert.ok(wait > 7100 && wait < 8000, String(wait));
  Object.assign(receiver.state, { status: 301, headers: { location: receiver.url } });
  const redirected = await test();
  receiver.heard.length = 0;
  await shop.drainJobs();
  assert.equal(receiver.heard.length, 1, "a redirect is not followed");
  assert.equal((await delivery(redirected)).state, "pending");
  receiver.state.status = 410;
  const gone = await test();
  await shop.drainJobs();
  assert.equal((await delivery(gone)).state, "failed");
  assert.ok((await get(`${ENDPOINTS}${endpoint.id}/`)).disabled_at);
});

shopTest("an endpoint that is gone is disabled, also if it took another event since", async (shop) => {
  await using receiver = integrator();
  const { admin, test, endpoint, get } = await setUp(shop, receiver.url);
  receiver.state.status = 500;
  await test();
  await shop.drainJobs();
  receiver.state.status = 204;
  await test();
  await shop.drainJobs();
  receiver.state.status = 410;
  await letTimePass(shop);
  await shop.drainJobs();
  assert.equal((await get(`${ENDPOINTS}${endpoint.id}/`)).disabled_reason, "it answered 410 Gone");
  await shop.call("DELETE", `${ENDPOINTS}${endpoint.id}/`, { token: admin.token });
  const alerts = await shop.sql`select from operator_alerts where resolved_at is null`;
  assert.equal(alerts.length, 0, "what was removed alerts nobody any more");
});

shopTest("while a secret is replaced messages are signed with both", async (shop) => {
  await using receiver = integrator();
  const { endpoint, post, test } = await setUp(shop, receiver.url);
  const { body: { secret } } = await post(`${ENDPOINTS}${endpoint.id}/rotate/`);
  assert.notEqual(secret, endpoint.secret);
  await test();
  await shop.drainJobs();
  for (const one of [secret, endpoint.secret]) {
    new Webhook(one).verify(receiver.heard[0]!.body, receiver.heard[0]!.headers);
  }
  await post(`${ENDPOINTS}${endpoint.id}/rotate/`, { overlap_seconds: 0 });
  await test();
  await shop.drainJobs();
  assert.throws(() => new Webhook(secret).verify(receiver.heard[1]!.body, receiver.heard[1]!.headers));
});

shopTest("an endpoint that hangs holds up no other, and no stop", async (shop) => {
  await using slow = integrator();
  await using quick = integrator();
  slow.state.hangs = true;
  const { admin, test } = await setUp(shop, slow.url);
  for (let count = 0; count < 5; count++) await test();
  const body = { url: quick.url, events: ["course.published"] };
  await shop.call("POST", ENDPOINTS, { token: admin.token, body });
  const { body: course } = await shop.call("POST", "/api/courses/courses/", {
    token: admin.token,
    body: { title: "Quick", price: "1.00" },
  });
  await shop.sql`update courses set is_published = true where id = ${course.id}`;
  const since = performance.now();
  while (quick.heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(performance.now() - since < 5000);
  assert.ok(slow.heard.length <= 2, "only so many at a time go to one endpoint");
}, { worksJobs: true });
