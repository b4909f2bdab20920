import assert from "node:assert/strict";
import { cancelOrder } from "../../../domain/checkout/cancel_order.ts";
import { closePage, closePages, type ClosingDeps } from "../../../domain/checkout/close_page.ts";
import { endSales } from "../../../domain/checkout/end_sales.ts";
import { endNeeds, giveUp } from "../../../domain/checkout/give_up.ts";
import type { MetNeed, Order, OrderState, Payments } from "../../../domain/checkout/ports.ts";
import type { Job } from "../../../domain/jobs.ts";
import type { SessionEvidence } from "../../../domain/settlement/evidence.ts";
import type { OrderFacts } from "../../../domain/settlement/ports.ts";
import type { SettlementStores } from "../../../domain/settlement/settle.ts";
import { evidence, noFacts, openOrder, STUDENT } from "../../support/memory_shop.ts";

/** A shop with orders, and what was written, closed and begun, in that order. */
function shop(orders: Order[], { evidence: told, facts = {}, gone = [] }: {
  /** What the provider says of a page when it is closed. */
  evidence?: SessionEvidence | null;
  facts?: Partial<OrderFacts>;
  /** Orders that can be given up no more. */
  gone?: string[];
} = {}) {
  const done: unknown[] = [];
  const jobs: Job[] = [];
  const note = (...entry: unknown[]) => Promise.resolve(void done.push(entry));
  const byId = (id: string) => Promise.resolve(orders.find((order) => order.id === id) ?? null);
  let underWay = 0;
  const stores = {
    orders: {
      lock: byId,
      async abandon(id: string, why: string) {
        await note("abandon", id, why);
        return !gone.includes(id);
      },
      async lockUnneeded(needs: MetNeed[]) {
        await note("needs", ...needs.map(({ courseId }) => courseId));
        return orders;
      },
    },
    books: {
      lock: ({ orderId }: { orderId: string }) => byId(orderId),
      facts: (order: Order) => Promise.resolve({ ...noFacts(order), ...facts }),
      async apply({ id }: Order, { state, pageIsClosed }: { state: OrderState; pageIsClosed: boolean }) {
        await note("apply", id, state, pageIsClosed);
        return { endedGrantIds: [] };
      },
      async recordSession({ sessionId }: SessionEvidence) {
        await note("session", sessionId);
        return { refundIds: [] };
      },
      notePageClosed: (id: string, attempt: number) => note("closed", id, attempt),
      dependents: () => Promise.resolve([]),
      competitors: () => Promise.resolve([]),
    },
    alerts: { raise: () => Promise.resolve(null), resolve: () => Promise.resolve(null) },
    jobs: { add: (...more: Job[]) => Promise.resolve(void jobs.push(...more)) },
  } as unknown as
    & SettlementStores
    & Parameters<typeof endNeeds>[0]
    & Parameters<
      Parameters<Parameters<typeof cancelOrder>[0]["transaction"]>[0]
    >[0];
  const deps: ClosingDeps & Parameters<typeof cancelOrder>[0] & { mostAtOnce: number } = {
    mostAtOnce: 0,
    transaction: <Result>(work: (all: typeof stores) => Promise<Result>) => work(stores),
    orderHistory: { byId },
    payments: {
      async closePage({ id, attempt, page }: Order) {
        deps.mostAtOnce = Math.max(deps.mostAtOnce, ++underWay);
        await Promise.resolve();
        underWay -= 1;
        await note("close", id, attempt, page && page.checkoutSessionId);
        return told ?? null;
      },
    } as Pick<Payments, "closePage">,
    settlementPolicy: { refundsMismatches: true },
  };
  return { deps, stores, done, jobs };
}

Deno.test("an abandoned order has the page of its attempt closed, with the reason", async () => {
  for (const [changes, why] of [[{ attempt: 3 }, "given_up"], [{ page: null }, "needless"]] as const) {
    const order = openOrder(changes);
    const { stores, done, jobs } = shop([order]);
    assert.equal(why === "given_up" ? await giveUp(stores, order) : await giveUp(stores, order, why), true);
    assert.deepEqual(done, [["abandon", "order-a", why]]);
    assert.deepEqual(jobs, [{
      kind: "close_page",
      orderId: "order-a",
      attempt: order.attempt,
      sessionId: order.page?.checkoutSessionId ?? null,
    }]);
  }
  const moved = shop([openOrder()], { gone: ["order-a"] });
  assert.equal(await giveUp(moved.stores, openOrder()), false);
  assert.deepEqual(moved.jobs, []);
});

Deno.test("orders that are no longer needed are abandoned as needless, unless their state has changed", async () => {
  const orders = ["a", "b", "c"].map((id) => openOrder({ id }));
  const { stores, done, jobs } = shop(orders, { gone: ["b"] });
  const needs = [{ studentId: STUDENT, courseId: "algebra" }, { studentId: STUDENT, courseId: null }];
  assert.deepEqual(await endNeeds(stores, needs), orders);
  assert.deepEqual(done, [
    ["needs", "algebra", null],
    ...["a", "b", "c"].map((id) => ["abandon", id, "needless"]),
  ]);
  assert.deepEqual(jobs.map((job) => job.kind === "close_page" && job.orderId), ["a", "c"]);
});

Deno.test("without a met need, no order is read or locked", async () => {
  const { stores, done } = shop([openOrder()]);
  assert.deepEqual(await endNeeds(stores, []), []);
  assert.deepEqual(done, []);
});

for (
  const [state, gone, code, message] of [
    ["open", [], null, null],
    ["created", [], null, null],
    ["failed", ["order-a"], null, null],
    ["expired", ["order-a"], null, null],
    ["processing", ["order-a"], "payment_processing", /being processed/],
    ["paid", ["order-a"], "already_settled", /Ask for a refund/],
    ["partially_refunded", ["order-a"], "already_settled", /Ask for a refund/],
    ["refunded", ["order-a"], "already_settled", /Ask for a refund/],
  ] as [OrderState, string[], string | null, RegExp | null][]
) {
  Deno.test(`cancelling an order that is ${state} ${code ? `is refused as ${code}` : "is done, or was"}`, async () => {
    const { deps, jobs } = shop([openOrder({ state })], { gone });
    const cancelled = cancelOrder(deps, { orderId: "order-a", studentId: STUDENT });
    if (code) await assert.rejects(cancelled, { code, message: message! });
    else await cancelled;
    assert.equal(jobs.length, gone.length === 0 ? 1 : 0);
  });
}

Deno.test("cancelling somebody else's or an unknown order is refused", async () => {
  const { deps, done } = shop([openOrder()]);
  await assert.rejects(cancelOrder(deps, { orderId: "order-a", studentId: "somebody" }), {
    code: "not_found",
  });
  await assert.rejects(cancelOrder(deps, { orderId: "order-b", studentId: STUDENT }), { code: "not_found" });
  assert.deepEqual(done, []);
});

Deno.test("a page that expires unpaid is recorded as closed, and its order settled", async () => {
  const order = openOrder({ state: "expired", attempt: 2 });
  const { deps, done } = shop([order], { facts: { endedAs: "given_up", pageIsClosed: true } });
  await closePage(deps, { orderId: "order-a", attempt: 1, sessionId: "cs_old" });
  assert.deepEqual(done, [
    ["close", "order-a", 1, "cs_old"],
    ["closed", "order-a", 1],
    ["apply", "order-a", "expired", true],
  ]);
});

Deno.test("a page with an unknown id is closed without it", async () => {
  const { deps, done } = shop([openOrder()]);
  await closePage(deps, { orderId: "order-a", attempt: 1, sessionId: null });
  assert.deepEqual(done[0], ["close", "order-a", 1, null]);
});

Deno.test("the provider's result of closing a page is settled, even if it was paid", async () => {
  const order = openOrder({ state: "expired" });
  const { deps, done } = shop([order], {
    evidence: evidence(order),
    facts: { sessions: [{ ...evidence(order), mismatch: null, currency: "usd" }] },
  });
  await closePage(deps, { orderId: "order-a", attempt: 1, sessionId: "cs_order-a_1" });
  assert.deepEqual(done.slice(1), [
    ["session", "cs_order-a_1"],
    ["apply", "order-a", "paid", false],
  ]);
});

Deno.test("nothing is closed or written for an order that does not exist, or disappears meanwhile", async () => {
  const none = shop([]);
  await closePage(none.deps, { orderId: "order-a", attempt: 1, sessionId: null });
  assert.deepEqual(none.done, []);
  const orders = [openOrder()];
  const { deps, done } = shop(orders);
  const { closePage: close } = deps.payments;
  deps.payments.closePage = (order) => (orders.pop(), close(order));
  await closePage(deps, { orderId: "order-a", attempt: 1, sessionId: null });
  assert.deepEqual(done, [["close", "order-a", 1, null]]);
});

Deno.test("several pages are closed concurrently, at most five at a time", async () => {
  const orders = Array.from(
    { length: 11 },
    (_, index) =>
      openOrder({ id: `order-${index}`, attempt: index + 1, ...(index === 7 ? { page: null } : {}) }),
  );
  const { deps, done } = shop(orders);
  await closePages(deps, orders);
  const closed = done.filter((entry) => (entry as string[])[0] === "close");
  assert.deepEqual(
    closed.map((entry) => (entry as unknown[]).slice(1)).toSorted(),
    orders.map(({ id, attempt, page }) => [id, attempt, page?.checkoutSessionId ?? null]).toSorted(),
  );
  assert.equal(deps.mostAtOnce, 5);
});

Deno.test("orders for courses that are no longer sold are abandoned, until none is left", async () => {
  const orders = Array.from({ length: 130 }, (_, index) => openOrder({ id: `order-${index}` }));
  const { deps, jobs } = shop(orders.filter(({ id }) => id !== "order-7"));
  const waiting = orders.map(({ id }) => id);
  const asked: number[] = [];
  const waitingInVain = (limit: number) => Promise.resolve((asked.push(limit), waiting.splice(0, limit)));
  await endSales({ ...deps, orderHistory: { waitingInVain } });
  assert.deepEqual(asked, [100, 100]);
  assert.equal(jobs.length, 129, "one was gone when its turn came");
});
