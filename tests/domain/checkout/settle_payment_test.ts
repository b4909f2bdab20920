import assert from "node:assert/strict";
import { judge } from "../../../domain/checkout/judge.ts";
import type { OrderState, PaymentEvidence } from "../../../domain/checkout/ports.ts";
import { receiveEvent } from "../../../domain/checkout/receive_event.ts";
import { settlePayment } from "../../../domain/checkout/settle_payment.ts";
import { evidence, memoryShop, openOrder } from "../../support/memory_shop.ts";

type Outcome = PaymentEvidence["outcome"];
const UNPAID: OrderState[] = ["created", "open", "processing", "failed", "expired"];
const SETTLED: OrderState[] = ["paid", "partially_refunded", "refunded"];

/** The state that each state moves to; states that are not named stay as they are. */
const MOVES: Record<Outcome, Partial<Record<OrderState, OrderState>>> = {
  paid: Object.fromEntries(UNPAID.map((state) => [state, "paid"])),
  awaiting_funds: { created: "processing", open: "processing" },
  failed: { created: "failed", open: "failed", processing: "failed" },
  expired: { created: "expired", open: "expired" },
};

for (const outcome of Object.keys(MOVES) as Outcome[]) {
  for (const state of [...UNPAID, ...SETTLED]) {
    const to = MOVES[outcome][state];
    Deno.test(`judge ${to ? `moves an order from ${state} to ${to}` : `leaves ${state}`} on ${outcome}`, () => {
      const order = openOrder({ state });
      const verdict = judge(order, evidence(order, { outcome }));
      assert.equal(verdict.kind === "settle" ? verdict.settlement.state : null, to ?? null);
    });
  }
}

for (
  const [what, change] of [
    ["amount", { subtotal: { amount: 1n, currency: "usd" } }],
    ["currency", { subtotal: { amount: 4999n, currency: "eur" } }],
    ["student", { studentId: "somebody-else" }],
  ] satisfies [string, Partial<PaymentEvidence>][]
) {
  for (const outcome of ["paid", "awaiting_funds"] as const) {
    Deno.test(`settlePayment flags ${outcome} and grants nothing when the ${what} does not match the order`, async () => {
      const order = openOrder();
      const shop = memoryShop({ orders: [order] });
      const verdict = await settlePayment(shop, evidence(order, { ...change, outcome }));
      assert.equal(verdict.kind, "flag");
      assert.equal(shop.state.flags[order.id]?.length, 1);
      assert.deepEqual(shop.state.grants, []);
      assert.equal(shop.state.orders[0]?.state, "open");
    });
  }
}

Deno.test("settlePayment grants access once and confirms once when the same payment is reported twice", async () => {
  const order = openOrder();
  const shop = memoryShop({ orders: [order] });
  await settlePayment(shop, evidence(order));
  const again = await settlePayment(shop, evidence(order));
  assert.deepEqual(again, { kind: "ignore", why: "order is already paid" });
  assert.deepEqual(shop.state.grants, ["line-a"]);
  assert.deepEqual(shop.state.jobs, [{
    kind: "send_notice",
    notice: { kind: "order_confirmation", orderId: order.id },
  }]);
});

Deno.test("settlePayment flags a second payment when another session of a paid order is paid too", async () => {
  const order = openOrder({ state: "paid" });
  const shop = memoryShop({ orders: [order] });
  const verdict = await settlePayment(shop, evidence(order, { sessionId: "cs_other" }));
  assert.equal(verdict.kind, "flag");
  assert.deepEqual(shop.state.grants, []);
});

Deno.test("settlePayment leaves the order open when an earlier attempt fails or expires", async () => {
  const order = openOrder({ attempt: 2 });
  const shop = memoryShop({ orders: [order] });
  for (const outcome of ["failed", "expired"] as const) {
    const verdict = await settlePayment(shop, evidence(order, { outcome, attempt: 1 }));
    assert.equal(verdict.kind, "ignore");
  }
  assert.equal(shop.state.orders[0]?.state, "open");
});

Deno.test("settlePayment ignores evidence for an order that does not exist", async () => {
  const verdict = await settlePayment(memoryShop(), evidence(openOrder()));
  assert.deepEqual(verdict, { kind: "ignore", why: "there is no order order-a" });
});

Deno.test("settlePayment grants nothing while the funds are awaited, and access when they arrive", async () => {
  const order = openOrder();
  const shop = memoryShop({ orders: [order] });
  await settlePayment(shop, evidence(order, { outcome: "awaiting_funds" }));
  assert.deepEqual(shop.state.grants, []);
  await settlePayment(shop, evidence(order));
  assert.deepEqual(shop.state.grants, ["line-a"]);
});

const event = (about: PaymentEvidence | null) => ({
  id: "evt_1",
  type: "checkout.session.completed",
  payload: "{}",
  evidence: about,
  ignoredBecause: null,
});

Deno.test("receiveEvent applies an event once and records what came of it", async () => {
  const order = openOrder();
  const shop = memoryShop({ orders: [order] });
  const delivery = { endpoint: "main", event: event(evidence(order)) };
  assert.deepEqual(await receiveEvent(shop, delivery), { outcome: "settle", why: null });
  assert.deepEqual(await receiveEvent(shop, delivery), { outcome: "duplicate", why: null });
  assert.deepEqual(shop.state.inbox, { "main evt_1": { outcome: "settle", reason: null } });
});

Deno.test("receiveEvent settles once when two endpoints receive the same event", async () => {
  const order = openOrder();
  const shop = memoryShop({ orders: [order] });
  await receiveEvent(shop, { endpoint: "main", event: event(evidence(order)) });
  const second = await receiveEvent(shop, { endpoint: "root", event: event(evidence(order)) });
  assert.equal(second.outcome, "ignore");
  assert.equal(shop.state.jobs.length, 1);
});

Deno.test("receiveEvent records an event that is about nothing of ours as ignored, with the reason", async () => {
  const shop = memoryShop();
  const ignored = { ...event(null), ignoredBecause: "unknown type" };
  await receiveEvent(shop, { endpoint: "main", event: ignored });
  await receiveEvent(shop, { endpoint: "root", event: event(null) });
  assert.deepEqual(shop.state.inbox, {
    "main evt_1": { outcome: "ignore", reason: "unknown type" },
    "root evt_1": { outcome: "ignore", reason: "not about a payment" },
  });
});

Deno.test("receiveEvent forgets the event when applying it fails, so that it can be delivered again", async () => {
  const order = openOrder();
  const shop = memoryShop({ orders: [order] });
  shop.jobs.add = () => Promise.reject(new Error("queue is down"));
  await assert.rejects(
    receiveEvent(shop, { endpoint: "main", event: event(evidence(order)) }),
    /queue is down/,
  );
  assert.deepEqual(shop.state.inbox, {});
  assert.deepEqual(shop.state.grants, []);
});

Deno.test("settlePayment takes a repeated report of the session that paid for what it is, when the order has had a later page", async () => {
  const order = openOrder({ attempt: 2 });
  const shop = memoryShop({ orders: [order] });
  const earlier = evidence(order, { sessionId: "cs_of_the_first_attempt", attempt: 1 });
  assert.equal((await settlePayment(shop, earlier)).kind, "settle");
  assert.deepEqual(await settlePayment(shop, earlier), { kind: "ignore", why: "order is already paid" });
  const later = await settlePayment(shop, evidence(order));
  assert.equal(later.kind, "flag", "that page was paid as well");
});
