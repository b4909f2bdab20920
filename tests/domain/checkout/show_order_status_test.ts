import assert from "node:assert/strict";
import type { OrderStatus } from "../../../domain/checkout/ports.ts";
import { showOrderStatus } from "../../../domain/checkout/show_order_status.ts";
import { evidence, noFacts, NOW, openOrder, STUDENT } from "../../support/memory_shop.ts";

/** A shop with an open order, of whose page the provider says that it was paid, unless it does not answer. */
function shop({ sessions = ["cs_1"], answers = true, isPaidAlready = false } = {}) {
  const order = openOrder({ state: isPaidAlready ? "paid" : "open" });
  let status: OrderStatus = {
    id: "order-a",
    studentId: STUDENT,
    state: "open",
    page: null,
    status: 1,
    reason: null,
    declineCode: null,
  };
  const claims: unknown[] = [];
  const stores = {
    books: {
      lock: () => Promise.resolve(order),
      facts: () =>
        Promise.resolve({
          ...noFacts(order),
          sessions: isPaidAlready ? [] : [{ ...evidence(order), mismatch: null, currency: "usd" }],
        }),
      recordSession: () => Promise.resolve({ refundIds: [] }),
      apply() {
        status = { ...status, state: "paid" };
        return Promise.resolve({ endedGrantIds: [] });
      },
      dependents: () => Promise.resolve([]),
      competitors: () => Promise.resolve([]),
    },
    jobs: { add: () => Promise.resolve() },
  };
  let looks = 0;
  const deps = {
    transaction: (work: (all: typeof stores) => Promise<unknown>) => work(stores),
    checks: {
      claim: (...all: unknown[]) => Promise.resolve((claims.push(all), sessions)),
    },
    interactiveBooks: {
      session: () => answers ? Promise.resolve(evidence(order)) : Promise.reject(new Error("too slow")),
    },
    settlementPolicy: { refundsMismatches: true },
    clock: () => NOW,
    orderHistory: {
      status: (id: string) => Promise.resolve((looks += 1, ["order-a", "cs_1"].includes(id) ? status : null)),
    },
  } as unknown as Parameters<typeof showOrderStatus>[0];
  return { deps, claims, looks: () => looks };
}

Deno.test("an order is shown in the provider's state, by its own id or its page's", async () => {
  for (const id of ["order-a", "cs_1"]) {
    const { deps, claims, looks } = shop();
    assert.equal((await showOrderStatus(deps, { id, studentId: STUDENT })).state, "paid");
    assert.deepEqual(claims, [[{ orderId: "order-a" }, NOW, new Date(NOW.getTime() - 2000)]]);
    assert.equal(looks(), 2);
  }
});

for (
  const [what, given] of [
    ["the provider does not answer soon", { answers: false }],
    ["it was looked up a moment ago", { sessions: [] }],
  ] as [string, Parameters<typeof shop>[0]][]
) {
  Deno.test(`the last known state of an order is shown when ${what}`, async () => {
    const { deps, looks } = shop(given);
    assert.equal((await showOrderStatus(deps, { id: "order-a", studentId: STUDENT })).state, "open");
    assert.equal(looks(), 1);
  });
}

Deno.test("somebody else's order is not shown, and the provider is not asked about it", async () => {
  const { deps, claims } = shop();
  for (const input of [{ id: "order-a", studentId: "other" }, { id: "none", studentId: STUDENT }]) {
    await assert.rejects(showOrderStatus(deps, input), { code: "not_found" });
  }
  assert.deepEqual(claims, []);
});
