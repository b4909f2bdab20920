import assert from "node:assert/strict";
import { ROLE } from "../../domain/accounts/ports.ts";
import { mayWatch, type Person, person, purchase, startPurchase, stateOf } from "../support/purchases.ts";
import { shopTest, type TestShop, until } from "../support/shop.ts";
import { dashboard, sessionEvent, stripeEvent, tell } from "../support/webhook.ts";

async function refund(shop: TestShop, by: Person, orderId: string, body: object, key?: string) {
  const response = await shop.fetch(`${shop.api}/api/payments/orders/${orderId}/refunds/`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${by.token}`,
      "content-type": "application/json",
      ...(key ? { "idempotency-key": key } : {}),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

shopTest("an administrator refunds", async (shop, t) => {
  const administrator = await person(shop, ROLE.admin);
  const stripe = dashboard(shop);

  await t.step("a whole order: once per key, audited, submitted by a job, and access ends", async () => {
    const bought = await purchase(shop);
    const ask = () => refund(shop, administrator, bought.orderId, { reason: "asked for it" }, "key-1");
    const [first, second] = [await ask(), await ask()];
    assert.deepEqual([first.status, first.body.status, first.body.amount], [201, "requested", "49.00"]);
    assert.equal(second.body.id, first.body.id);
    const other = await refund(shop, administrator, bought.orderId, { reason: "again" });
    assert.deepEqual([other.status, other.body.code], [409, "not_refundable"]);
    await shop.drainJobs();
    assert.equal(await stateOf(shop, bought.orderId), "refunded");
    assert.equal(await mayWatch(shop, bought), false);
    const { data } = await stripe.refunds.list({ payment_intent: bought.intent });
    assert.deepEqual(data.map(({ amount, metadata }) => [amount, metadata!.refund_id]), [[
      4900,
      first.body.id,
    ]]);
    const [entry] = await shop.sql`
      select actor_id, reason from audit_log where action = 'order.refund' and subject_id = ${bought.orderId}`;
    assert.deepEqual({ ...entry }, { actor_id: administrator.id, reason: "asked for it" });
    const list = await shop.call("GET", `/api/payments/orders/${bought.orderId}/refunds/`, {
      token: bought.student.token,
    });
    assert.deepEqual(list.body.results.map(({ status }: { status: string }) => status), ["succeeded"]);
  });

  await t.step("a line: its access ends, the other's stays; then the rest of the order", async () => {
    const bought = await purchase(shop, 2);
    const lines = await shop.sql<{ id: string }[]>`
      select id from order_lines where order_id = ${bought.orderId} order by position`;
    const body = { reason: "wrong course", line_ids: [lines[1]!.id] };
    const one = await refund(shop, administrator, bought.orderId, body);
    assert.deepEqual(one.body.lines, [{ line_id: lines[1]!.id, amount: "49.00" }]);
    assert.equal((await refund(shop, administrator, bought.orderId, body)).body.code, "not_refundable");
    await shop.drainJobs();
    assert.deepEqual([await mayWatch(shop, bought, 0), await mayWatch(shop, bought, 1)], [true, false]);
    assert.equal(await stateOf(shop, bought.orderId), "partially_refunded");
    const rest = await refund(shop, administrator, bought.orderId, { reason: "all of it" });
    assert.equal(rest.body.amount, "49.00");
    await shop.drainJobs();
    assert.equal(await stateOf(shop, bought.orderId), "refunded");
  });

  await t.step(
    "no refund of an unpaid or unknown order, another order's line, or a disputed payment",
    async () => {
      const open = await startPurchase(shop);
      const reason = { reason: "why not" };
      assert.equal((await refund(shop, administrator, open.orderId, reason)).body.code, "not_refundable");
      for (const id of [crypto.randomUUID(), "nonsense"]) {
        assert.equal((await refund(shop, administrator, id, reason)).status, 404);
      }
      const bought = await purchase(shop);
      const foreign = await refund(shop, administrator, bought.orderId, {
        ...reason,
        line_ids: ["nonsense"],
      });
      assert.deepEqual([foreign.status, Object.keys(foreign.body.errors)], [400, ["line_ids"]]);
      assert.equal((await refund(shop, administrator, bought.orderId, {})).status, 400);
      const disputed = await purchase(shop, 1, { number: "4000 0000 0000 0259" });
      await until(async () => !(await mayWatch(shop, disputed)));
      assert.match((await refund(shop, administrator, disputed.orderId, reason)).body.detail, /dispute/);
    },
  );

  await t.step("a refund that Stripe refuses fails with its reason and alerts", async () => {
    const bought = await purchase(shop);
    const asked = await refund(shop, administrator, bought.orderId, { reason: "asked for it" });
    await stripe.refunds.create({ payment_intent: bought.intent }); // somebody was faster, at Stripe
    await until(async () => await stateOf(shop, bought.orderId) === "refunded");
    await shop.drainJobs();
    const [row] = await shop.sql`select status, failure_reason from refunds where id = ${asked.body.id}`;
    assert.deepEqual([row!.status, /already been refunded/.test(row!.failure_reason)], ["failed", true]);
    const [alert] = await shop.sql`select text from operator_alerts where key = ${
      "refund_refused:" + asked.body.id
    }`;
    assert.match(alert!.text, /already been refunded/);
  });
});

shopTest("the webhook desk lists events with their outcome, shows one, and replays one", async (shop) => {
  const administrator = await person(shop, ROLE.admin);
  const call = (method: string, path: string) => shop.call(method, path, { token: administrator.token });
  const { order, orderId } = await startPurchase(shop);
  await tell(shop, stripeEvent("evt_other", "customer.created", { id: "cus_1" }));
  await tell(shop, sessionEvent("evt_paid", order));

  const all = await call("GET", "/api/payments/events/");
  assert.deepEqual(all.body.results.map((event: { event_id: string }) => event.event_id), [
    "evt_paid",
    "evt_other",
  ]);
  for (
    const [filter, found] of [
      ["outcome=ignore", ["evt_other"]],
      ["type=checkout.session.completed", ["evt_paid"]],
      ["event_id=evt_paid", ["evt_paid"]],
      ["outcome=dead", []],
    ] as const
  ) {
    const { body } = await call("GET", `/api/payments/events/?${filter}`);
    assert.deepEqual(body.results.map((event: { event_id: string }) => event.event_id), found, filter);
  }
  assert.equal((await call("GET", "/api/payments/events/?outcome=nonsense")).status, 400);
  const { id } = all.body.results[0];
  const one = await call("GET", `/api/payments/events/${id}/`);
  assert.equal(one.body.payload.data.object.id, order.session);
  assert.equal((await call("GET", `/api/payments/events/${crypto.randomUUID()}/`)).status, 404);
  assert.equal((await call("GET", "/api/payments/events/nonsense/")).status, 404);

  const replayed = await call("POST", `/api/payments/events/${id}/replay/`);
  assert.deepEqual([replayed.status, replayed.body.outcome, replayed.body.result], [
    200,
    "ignore",
    "ignored",
  ]);
  await shop.sql`delete from grants`;
  assert.equal((await call("POST", `/api/payments/events/${id}/replay/`)).body.outcome, "settle");
  const [row] = await shop.sql`
    select (select count(*)::int from grants) as grants,
      (select count(*)::int from audit_log where action = 'payment_event.replay') as audited`;
  assert.deepEqual({ ...row }, { grants: 1, audited: 2 });
  assert.equal(await stateOf(shop, orderId), "paid");
});

shopTest("a dead letter is listed, and replayed once its cause is fixed", async (shop) => {
  const administrator = await person(shop, ROLE.admin);
  const { order, orderId } = await startPurchase(shop);
  const event = sessionEvent("evt_dead", order);
  await shop.sql`
    insert into webhook_events (endpoint, event_id, type, payload, outcome, reason, attempts)
    values ('main', 'evt_dead', ${event.type}, ${
    JSON.stringify(event)
  }::text::jsonb, 'dead', 'disk is full', 8)`;
  await shop.sql`
    insert into operator_alerts (key, subject, text)
    values ('dead_letter:main:evt_dead', 'An event from Stripe could not be applied', ''),
      ('dead_letter:main:evt_dead_too', 'An event from Stripe could not be applied', '')`;
  const list = await shop.call("GET", "/api/payments/events/?outcome=dead", { token: administrator.token });
  assert.deepEqual([list.body.count, list.body.results[0].reason], [1, "disk is full"]);
  const replayed = await shop.call("POST", `/api/payments/events/${list.body.results[0].id}/replay/`, {
    token: administrator.token,
  });
  assert.deepEqual([replayed.body.outcome, replayed.body.result], ["settle", "settled"]);
  assert.equal(await stateOf(shop, orderId), "paid");
  const resolved = await shop.sql<{ key: string }[]>`
    select key from operator_alerts where resolved_at is not null`;
  assert.deepEqual(resolved.map(({ key }) => key), ["dead_letter:main:evt_dead"], "its alert is over");
});
