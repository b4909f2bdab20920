import assert from "node:assert/strict";
import { addCourse, shopTest, signUp, type TestShop } from "../../support/shop.ts";
import {
  deliver,
  type OpenOrder,
  SECRET,
  type SessionChange,
  sessionEvent,
  signed,
} from "../../support/webhook.ts";

async function openOrder(shop: TestShop): Promise<OpenOrder> {
  const course = await addCourse(shop.sql);
  const { token, id } = await signUp(shop);
  const { body } = await shop.call("POST", "/api/payments/payments/", {
    token,
    body: { course_id: course.id },
  });
  return { order_id: body.order_id, user_id: id, session: body.checkout_session_id };
}

async function counts(shop: TestShop) {
  const [row] = await shop.sql<{ grants: number; enrollments: number; events: number }[]>`
    select (select count(*)::int from grants) as grants, (select count(*)::int from enrollments) as enrollments,
      (select count(*)::int from webhook_events) as events`;
  return row;
}

shopTest("an event that is delivered again, or to the other URL, has one effect", async (shop) => {
  const order = await openOrder(shop);
  const event = await signed(sessionEvent("evt_1", order));
  assert.deepEqual(await deliver(shop, event), { status: 200, body: { outcome: "settle" } });
  assert.deepEqual(await deliver(shop, event), { status: 200, body: { outcome: "duplicate" } });
  assert.deepEqual(await deliver(shop, event, "/webhook/"), { status: 200, body: { outcome: "ignore" } });
  assert.deepEqual(await counts(shop), { grants: 1, enrollments: 1, events: 2 });
});

shopTest("twenty simultaneous deliveries of one event enroll once", async (shop) => {
  const order = await openOrder(shop);
  const event = await signed(sessionEvent("evt_1", order));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => deliver(shop, event, n % 2 ? "/webhook/" : undefined)),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(answers.filter(({ body }) => body.outcome === "settle").length, 1);
  assert.deepEqual(await counts(shop), { grants: 1, enrollments: 1, events: 2 });
});

shopTest("twenty simultaneous checkouts of one course share one order and one page", async (shop) => {
  const course = await addCourse(shop.sql);
  const { token } = await signUp(shop);
  const answers = await Promise.all(
    Array.from(
      { length: 20 },
      () => shop.call("POST", "/api/payments/payments/", { token, body: { course_id: course.id } }),
    ),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  assert.equal(new Set(answers.map(({ body }) => body.checkout_session_id)).size, 1);
  const [orders] = await shop.sql<{ count: number }[]>`select count(*)::int as count from orders`;
  assert.equal(orders!.count, 1);
});

shopTest(
  "a signature that is missing, wrong, old or over another body is refused and leaves nothing",
  async (shop) => {
    const order = await openOrder(shop);
    const event = sessionEvent("evt_1", order);
    const good = await signed(event);
    const old = Math.floor(Date.now() / 1000) - 301;
    const cases = {
      "missing": { ...good, signature: "" },
      "of another secret": await signed(event, "whsec_other"),
      "older than 300 s": await signed(event, SECRET, old),
      "over the body before it was serialised again": { ...good, payload: JSON.stringify(event) },
      "of scheme v0 only": { ...good, signature: good.signature.replace("v1=", "v0=") },
    };
    for (const [name, delivery] of Object.entries(cases)) {
      const { status, body } = await deliver(shop, delivery);
      assert.equal(status, 400, name);
      assert.equal(body.code, "bad_signature", name);
    }
    assert.deepEqual(await counts(shop), { grants: 0, enrollments: 0, events: 0 });
  },
);

shopTest("the previous secret is still accepted while secrets are rotated", async (shop) => {
  const order = await openOrder(shop);
  const event = await signed(sessionEvent("evt_1", order), "whsec_previous");
  assert.deepEqual(await deliver(shop, event), { status: 200, body: { outcome: "settle" } });
}, { environment: { STRIPE_WEBHOOK_SECRET_PREVIOUS: "whsec_previous" } });

shopTest("events that are not about a payment of this shop are received and ignored", async (shop) => {
  const order = await openOrder(shop);
  const events = [
    {
      id: "evt_1",
      object: "event",
      type: "customer.created",
      livemode: false,
      data: { object: { id: "cus_1" } },
    },
    { id: "evt_2", object: "v2.core.event", type: "v2.core.account.closed", livemode: false },
    { ...sessionEvent("evt_3", order), livemode: true },
    sessionEvent("evt_4", order, { metadata: {} }),
    sessionEvent("evt_5", order, { metadata: { ...order, order_id: "1 or 1=1", attempt: "1" } }),
    sessionEvent("evt_6", { ...order, order_id: crypto.randomUUID() }),
  ];
  for (const event of events) {
    const answer = await deliver(shop, await signed(event));
    assert.deepEqual(answer, { status: 200, body: { outcome: "ignore" } }, event.id);
  }
  assert.deepEqual(await counts(shop), { grants: 0, enrollments: 0, events: events.length });
});

shopTest("an unpaid session grants nothing", async (shop) => {
  const order = await openOrder(shop);
  const event = await signed(sessionEvent("evt_1", order, { payment_status: "unpaid" }));
  assert.equal((await deliver(shop, event)).status, 200);
  assert.equal((await counts(shop))!.grants, 0);
});

shopTest(
  "a payment with a different amount, currency or person grants nothing and is kept for review",
  async (shop) => {
    const order = await openOrder(shop);
    const changes: SessionChange[] = [
      { amount_subtotal: 1 },
      { currency: "jpy" },
      { metadata: { ...order, user_id: "someone-else", attempt: "1" } },
    ];
    for (const [index, change] of changes.entries()) {
      const answer = await deliver(
        shop,
        await signed(sessionEvent(`evt_${index}`, { ...order, session: `cs_${index}` }, change)),
      );
      assert.deepEqual(answer, { status: 200, body: { outcome: "flag" } });
    }
    assert.equal((await counts(shop))!.grants, 0);
    const [payment] = await shop.sql<{ reason: string }[]>`select review_reason as reason from payments`;
    assert.match(payment!.reason, /for 1 usd.*for 4900 jpy.*someone-else/s);
  },
);
