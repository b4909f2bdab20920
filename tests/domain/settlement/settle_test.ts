import assert from "node:assert/strict";
import {
  type Order,
  type OrderState,
  PAYMENT_STATUS,
  type PaymentReason,
  type PaymentStatus,
} from "../../../domain/checkout/ports.ts";
import type { Job } from "../../../domain/jobs.ts";
import type { Alert } from "../../../domain/operations/ports.ts";
import type {
  DisputeEvidence,
  Evidence,
  RefundEvidence,
  RefundStatus,
  SessionEvidence,
  SessionOutcome,
} from "../../../domain/settlement/evidence.ts";
import type {
  Hold,
  OrderFacts,
  RefundFact,
  RefundRequest,
  SessionFact,
} from "../../../domain/settlement/ports.ts";
import { settle, type SettlementStores, settleOrder } from "../../../domain/settlement/settle.ts";
import { evidence, noFacts, NOW, openOrder } from "../../support/memory_shop.ts";

type Known = { order: Order; facts: OrderFacts };

/** The books of orders, and what was written into them, told and begun, in that order. */
function shop(
  known: Known[],
  { competitors = [], dependents = [], moves = {}, asked = [], orphans = [], ended = [], gone = [] }: {
    competitors?: Order[];
    dependents?: Order[];
    moves?: { before?: RefundStatus | string | null; now?: RefundStatus | string };
    /** Keys of refunds that were asked for already. */
    asked?: string[];
    /** Refunds that were heard of before their payment. */
    orphans?: string[];
    ended?: string[];
    /** Orders that can be given up no more. */
    gone?: string[];
  } = {},
) {
  const done: unknown[] = [];
  const jobs: Job[] = [];
  const alerts: Alert[] = [];
  const resolved: string[] = [];
  const requests: RefundRequest[] = [];
  const note = (...entry: unknown[]) => Promise.resolve(void done.push(entry));
  const stores = {
    books: {
      lock: ({ orderId }: { orderId?: string }) =>
        Promise.resolve(
          known.find(({ order }) => orderId === undefined || order.id === orderId)?.order ?? null,
        ),
      facts: ({ id }: Order) => Promise.resolve(known.find(({ order }) => order.id === id)!.facts),
      async recordSession({ sessionId }: SessionEvidence, mismatch: string | null) {
        await note("session", sessionId, mismatch);
        return { refundIds: orphans };
      },
      async recordRefund({ stripeId }: RefundEvidence) {
        await note("refund", stripeId);
        return { id: "refund-1", before: null, now: "pending", ...moves };
      },
      async recordDispute({ disputeId }: DisputeEvidence) {
        await note("dispute", disputeId);
        return { before: null, now: "needs_response", ...moves };
      },
      recordDecline: ({ code }: { code: string }) => note("decline", code),
      async apply({ id }: Order, { state }: { state: OrderState }) {
        await note("apply", id, state);
        return { endedGrantIds: ended };
      },
      competitors: ({ id }: Order) => Promise.resolve(competitors.filter((other) => other.id !== id)),
      dependents: ({ id }: Order) => Promise.resolve(dependents.filter((other) => other.id !== id)),
      requestRefund(request: RefundRequest) {
        if (asked.includes(request.requestKey!)) return Promise.resolve(null);
        return Promise.resolve({ id: `asked-${requests.push(request)}` });
      },
      withdrawRefund: (id: string) => note("withdraw", id),
    },
    orders: {
      async abandon(id: string, why: string) {
        await note("abandon", id, why);
        return !gone.includes(id);
      },
    },
    alerts: {
      raise: (alert: Alert) => Promise.resolve((alerts.push(alert), { times: 1 })),
      resolve: (cause: string) => Promise.resolve((resolved.push(cause), null)),
    },
    jobs: {
      add(job: Job) {
        const isOperators = job.kind === "send_notice" && job.notice.kind === "operator_alert";
        if (!isOperators) jobs.push(job);
        return Promise.resolve();
      },
    },
  } as unknown as SettlementStores;
  return {
    done,
    alerts,
    /** The causes of alerts that are over. */
    resolved,
    requests,
    /** Without the operator's, which `alerts` has. */
    jobs,
    applied: () => done.filter((entry) => (entry as unknown[])[0] === "apply"),
    hear: (news: Evidence, refundsMismatches = true) => settle(stores, { refundsMismatches }, news),
    bring: (order: Order, refundsMismatches = true) => settleOrder(stores, { refundsMismatches }, order),
  };
}

const notice = (kind: string, rest: object) => ({ kind: "send_notice", notice: { kind, ...rest } });
const closing = ({ id, attempt, page }: Order) => ({
  kind: "close_page",
  orderId: id,
  attempt,
  sessionId: page?.checkoutSessionId ?? null,
});

function session(outcome: SessionOutcome, changes: Partial<SessionFact> = {}): SessionFact {
  return {
    sessionId: "cs_order-a_1",
    attempt: 1,
    paymentIntentId: "pi_1",
    outcome,
    mismatch: null,
    currency: "usd",
    discount: 0n,
    tax: 0n,
    total: 4999n,
    ...changes,
  };
}

function refund(amount: bigint, changes: Partial<RefundFact> = {}): RefundFact {
  return {
    id: `re_${amount}`,
    paymentIntentId: "pi_1",
    amount,
    status: "succeeded",
    requestKey: null,
    lines: [],
    ...changes,
  };
}

/** An order that its facts have not been brought into yet. */
function known(state: OrderState, facts: Partial<OrderFacts>, changes: Partial<Order> = {}): Known {
  const order = openOrder({ state, ...changes });
  return { order, facts: { ...noFacts(order), ...facts } };
}

/** An order that stands as its payment says, line by line. */
function paid(
  facts: Partial<OrderFacts> = {},
  { state = "paid", hold = null, refunded = 0n, status = 2, reason = null, review = null }: {
    state?: OrderState;
    hold?: Hold | null;
    refunded?: bigint;
    status?: PaymentStatus;
    reason?: PaymentReason | null;
    review?: string | null;
  } = {},
): Known {
  const { order, facts: none } = known(state, {});
  return {
    order,
    facts: {
      ...none,
      sessions: [session("paid")],
      lines: none.lines.map((line) => ({ ...line, paid: 4999n, refunded, grant: { id: "grant-1", hold } })),
      payment: {
        status,
        reason,
        sessionId: "cs_order-a_1",
        paidAmount: 4999n,
        refundedAmount: refunded,
        discountAmount: 0n,
        taxAmount: 0n,
        review,
      },
      ...facts,
    },
  };
}

const told: RefundEvidence = {
  kind: "refund",
  stripeId: "re_stripe",
  refundId: null,
  paymentIntentId: "pi_1",
  amount: { amount: 700n, currency: "usd" },
  status: "succeeded",
  failureReason: null,
};
const disputed: DisputeEvidence = {
  kind: "dispute",
  disputeId: "dp_1",
  paymentIntentId: "pi_1",
  amount: { amount: 4999n, currency: "usd" },
  status: "needs_response",
  reason: "fraudulent",
  evidenceDueAt: new Date("2026-03-20T00:00:00Z"),
  observedAt: NOW,
};
const declined = { kind: "decline", orderId: "order-a", code: "expired_card", declinedAt: NOW } as const;

Deno.test("a payment makes its order paid, confirms it, and ends the other pages for its courses", async () => {
  const { order, facts } = known("open", { sessions: [session("paid")] });
  const others = [openOrder({ id: "order-b", attempt: 3 }), openOrder({ id: "order-c", page: null })];
  const { hear, done, jobs } = shop([{ order, facts }], { competitors: others });
  assert.deepEqual(await hear(evidence(order)), { result: "settled", why: "open -> paid" });
  assert.deepEqual(done, [
    ["session", "cs_order-a_1", null],
    ["apply", "order-a", "paid"],
    ["abandon", "order-b", "needless"],
    ["abandon", "order-c", "needless"],
  ]);
  assert.deepEqual(jobs, [
    ...others.map(closing),
    notice("order_confirmation", { orderId: "order-a" }),
  ]);
});

Deno.test("no page is closed of another order whose state has changed meanwhile", async () => {
  const { order, facts } = known("open", { sessions: [session("paid")] });
  const others = [openOrder({ id: "order-b" }), openOrder({ id: "order-c" })];
  const { hear, jobs } = shop([{ order, facts }], { competitors: others, gone: ["order-b"] });
  await hear(evidence(order));
  assert.deepEqual(jobs.filter(({ kind }) => kind === "close_page"), [closing(others[1]!)]);
});

for (
  const [from, outcome, closes] of [
    ["open", "awaiting_funds", true],
    ["open", "failed", true],
    ["open", "expired", false],
    ["expired", "paid", true],
    ["processing", "paid", false],
    ["failed", "paid", false],
    ["processing", "failed", false],
  ] as [OrderState, SessionOutcome, boolean][]
) {
  Deno.test(`an order that goes from ${from} on ${outcome} ${closes ? "ends" : "leaves"} other pages`, async () => {
    const { order, facts } = known(from, { sessions: [session(outcome)] });
    const other = openOrder({ id: "order-b" });
    const { hear, done, jobs } = shop([{ order, facts }], { competitors: [other] });
    await hear(evidence(order, { outcome }));
    assert.deepEqual(
      done.filter((entry) => (entry as string[])[0] === "abandon"),
      closes ? [["abandon", "order-b", "needless"]] : [],
    );
    assert.equal(jobs.some(({ kind }) => kind === "close_page"), closes);
  });
}

for (const [amount, state] of [[700n, "partially_refunded"], [4999n, "refunded"]] as const) {
  Deno.test(`an order whose payment is ${state} when it is heard of ends other pages, and once`, async () => {
    const refunds = [refund(amount)];
    const fresh = known("open", { sessions: [session("paid")], refunds });
    const other = openOrder({ id: "order-b" });
    const first = shop([fresh], { competitors: [other] });
    await first.bring(fresh.order);
    assert.deepEqual(first.done, [["apply", "order-a", state], ["abandon", "order-b", "needless"]]);
    const after = paid({ refunds: [] }, { state, refunded: amount });
    const again = shop([after], { competitors: [other] });
    await again.bring(after.order);
    assert.deepEqual(again.done, [["apply", "order-a", "paid"]], "its refund failed since");
  });
}

for (
  const [what, news, recorded] of [
    ["a session", evidence(openOrder({ id: "none" })), []],
    ["a decline", { ...declined, orderId: "none" }, []],
  ] as [string, Evidence, unknown[]][]
) {
  Deno.test(`${what} of an unknown order is ignored, and nothing is written`, async () => {
    const { hear, done } = shop([]);
    assert.deepEqual(await hear(news), { result: "ignored", why: "there is no order none" });
    assert.deepEqual(done, recorded);
  });
}

for (const [news, recorded] of [[told, ["refund", "re_stripe"]], [disputed, ["dispute", "dp_1"]]] as const) {
  Deno.test(`a ${news.kind} of an unknown payment is kept, and no student is notified`, async () => {
    const { hear, done, jobs } = shop([]);
    assert.deepEqual(await hear(news), {
      result: "kept",
      why: "no payment of this shop is known for it so far",
    });
    assert.deepEqual(done, [recorded]);
    assert.deepEqual(jobs, []);
  });
}

Deno.test("refunds reported before their payment are notified with it", async () => {
  const { order, facts } = known("open", { sessions: [session("paid")] });
  const { hear, jobs } = shop([{ order, facts }], { orphans: ["refund-1", "refund-2"] });
  await hear(evidence(order));
  assert.deepEqual(jobs.slice(0, 2), [
    notice("refund", { refundId: "refund-1" }),
    notice("refund", { refundId: "refund-2" }),
  ]);
});

Deno.test("a declined attempt is recorded, and the order stays unchanged", async () => {
  const { order, facts } = known("open", {});
  const { hear, done, jobs } = shop([{ order, facts }]);
  assert.deepEqual(await hear(declined), {
    result: "ignored",
    why: "a try was declined (expired_card); the page can still be paid",
  });
  assert.deepEqual(done, [["decline", "expired_card"]]);
  assert.deepEqual(jobs, []);
});

for (
  const [before, now, isTold, fails] of [
    [null, "pending", true, false],
    [null, "succeeded", true, false],
    ["submitted", "pending", true, false],
    ["requires_action", "succeeded", true, false],
    ["pending", "succeeded", false, false],
    ["succeeded", "succeeded", false, false],
    [null, "requires_action", false, false],
    [null, "failed", false, true],
    ["succeeded", "failed", false, true],
    ["failed", "failed", false, false],
    ["submitted", "canceled", false, false],
  ] as [RefundStatus | null, RefundStatus, boolean, boolean][]
) {
  const what = [isTold ? "tells the student" : "", fails ? "alerts the operator" : ""].join("");
  Deno.test(`a refund that was ${before} and is ${now} ${what || "tells nobody"}`, async () => {
    const { hear, jobs, alerts } = shop([paid()], { moves: { before, now } });
    await hear({ ...told, failureReason: "lost_or_stolen_card" });
    assert.deepEqual(jobs, isTold ? [notice("refund", { refundId: "refund-1" })] : []);
    assert.deepEqual(
      alerts.map((
        { key, subject, text },
      ) => [key, subject, /refund-1 \(re_stripe\) failed: lost_or/.test(text)]),
      fails ? [["refund_failed:refund-1", "A refund failed", true]] : [],
    );
  });
}

Deno.test("the alert for a refund that failed without a reason says so, and what to do", async () => {
  const { hear, alerts } = shop([paid()], { moves: { now: "failed" } });
  await hear(told);
  assert.match(alerts[0]!.text, /failed: no reason given\. The money is back .* in another way\.$/);
});

Deno.test("each status of a dispute alerts the operator once, under its own key", async () => {
  for (const [before, now] of [[null, "needs_response"], ["needs_response", "under_review"]] as const) {
    const { hear, alerts } = shop([paid()], { moves: { before, now } });
    await hear(disputed);
    assert.deepEqual(alerts, [{
      key: `dispute:dp_1:${now}`,
      subject: `A payment is disputed: ${now}`,
      text: `Dispute dp_1 (fraudulent) is now ${now}. Evidence is due by 2026-03-20T00:00:00.000Z.`,
    }]);
  }
  const again = shop([paid()], { moves: { before: "lost", now: "lost" } });
  await again.hear(disputed);
  assert.deepEqual(again.alerts, []);
  const bare = shop([paid()], { moves: { now: "lost" } });
  await bare.hear({ ...disputed, reason: "", evidenceDueAt: null });
  assert.equal(bare.alerts[0]!.text, "Dispute dp_1 (no reason given) is now lost.");
});

Deno.test("an order that already matches its facts is ignored: nothing is written, sent or checked", async () => {
  const known = paid();
  const other = openOrder({ id: "order-b" });
  const { hear, done, jobs, alerts } = shop([known, { ...paid(), order: other }], {
    competitors: [other],
    dependents: [other],
  });
  assert.deepEqual(await hear(evidence(known.order)), { result: "ignored", why: "order is already paid" });
  assert.deepEqual(done, [["session", "cs_order-a_1", null]]);
  assert.deepEqual([jobs, alerts], [[], []]);
});

Deno.test("orders that depend on a changed order are settled too", async () => {
  const first = known("open", { sessions: [session("paid")] });
  const second = known("expired", { sessions: [session("paid", { sessionId: "cs_b" })] }, { id: "order-b" });
  const third = known("open", { sessions: [session("paid", { sessionId: "cs_c" })] }, { id: "order-c" });
  const all = shop([first, second, third], { dependents: [second.order, third.order] });
  await all.bring(first.order);
  assert.deepEqual(all.applied(), [
    ["apply", "order-a", "paid"],
    ["apply", "order-b", "paid"],
    ["apply", "order-c", "paid"],
  ]);
});

Deno.test("grants that end are notified once each", async () => {
  const { bring, jobs } = shop([paid({ refunds: [refund(4999n)] })], { ended: ["grant-1", "grant-2"] });
  await bring(openOrder({ state: "paid" }));
  assert.deepEqual(jobs, [
    notice("access_ended", { grantId: "grant-1" }),
    notice("access_ended", { grantId: "grant-2" }),
  ]);
});

for (
  const [what, state, facts, notices] of [
    ["is paid", "open", { sessions: [session("paid")] }, ["order_confirmation"]],
    ["is paid after it was awaited", "processing", { sessions: [session("paid")] }, ["order_confirmation"]],
    ["is awaited", "open", { sessions: [session("awaiting_funds")] }, ["payment_processing"]],
    ["fails", "processing", { sessions: [session("failed")] }, ["payment_failed"]],
    ["expires", "open", { sessions: [session("expired")] }, []],
    ["is paid and disputed at once", "open", {
      sessions: [session("paid")],
      disputes: [{ id: "dp", paymentIntentId: "pi_1", status: "under_review" }],
    }, ["order_confirmation"]],
    ["is paid and lost at once", "open", {
      sessions: [session("paid")],
      disputes: [{ id: "dp", paymentIntentId: "pi_1", status: "lost" }],
    }, []],
    ["is paid and given back at once", "open", { sessions: [session("paid")], refunds: [refund(4999n)] }, []],
    ["is paid and given back in part at once", "open", {
      sessions: [session("paid")],
      refunds: [refund(1n)],
    }, ["order_confirmation"]],
    ["is paid by somebody who is gone", "open", { sessions: [session("paid")], account: "gone" }, []],
  ] as [string, OrderState, Partial<OrderFacts>, string[]][]
) {
  Deno.test(`a student is told ${notices.join() || "nothing"} when an order ${what}`, async () => {
    const one = known(state, facts);
    const { bring, jobs } = shop([one]);
    await bring(one.order);
    assert.deepEqual(
      jobs.flatMap((job) => job.kind === "send_notice" ? [job.notice] : []),
      notices.map((kind) => ({ kind, orderId: "order-a" })),
    );
  });
}

for (
  const [what, one, isTold] of [
    ["a part is refunded", paid({ refunds: [refund(1n)] }), false],
    [
      "another part is refunded",
      paid({ refunds: [refund(2n)] }, {
        state: "partially_refunded",
        refunded: 1n,
      }),
      false,
    ],
    [
      "a dispute begins",
      paid({ disputes: [{ id: "d", paymentIntentId: "pi_1", status: "under_review" }] }),
      false,
    ],
    ["a dispute is won", paid({}, { hold: "disputed" }), false],
    ["its refund failed after all", paid({}, { state: "refunded", hold: "refunded", refunded: 4999n }), true],
    ["a loss is won back", paid({}, { hold: "dispute_lost" }), true],
  ] as [string, Known, boolean][]
) {
  Deno.test(`a paid order is ${isTold ? "" : "not "}confirmed anew when ${what}`, async () => {
    const { bring, jobs } = shop([one]);
    assert.equal((await bring(one.order)).result, "settled");
    assert.deepEqual(jobs, isTold ? [notice("order_confirmation", { orderId: "order-a" })] : []);
  });
}

/** A second line of 1.00, besides the first of 49.99. */
const TWO_LINES: Partial<Order> = {
  lines: [
    ...openOrder().lines,
    { id: "line-b", courseId: "optics", courseSlug: "o", title: "Optics", amount: 100n, discount: 0n },
  ],
  subtotal: { amount: 5099n, currency: "usd" },
};

Deno.test("an order of two courses is confirmed when one of them is gone, and not anew when one is given back", async () => {
  const sessions = [session("paid", { total: 5099n })];
  const fresh = known("open", { sessions }, TWO_LINES);
  fresh.facts.lines[0]!.courseExists = false;
  const first = shop([fresh]);
  await first.bring(fresh.order);
  const confirmation = notice("order_confirmation", { orderId: "order-a" });
  assert.deepEqual(first.jobs, [confirmation]);
  const back = refund(4999n, { lines: [{ lineId: "line-a", amount: 4999n }] });
  const half = known("partially_refunded", { sessions, refunds: [back, refund(1n)] }, TWO_LINES);
  half.facts.lines[0]!.grant = { id: "grant-a", hold: "refunded" };
  half.facts.lines[1]!.grant = { id: "grant-b", hold: null };
  const again = shop([half]);
  assert.equal((await again.bring(half.order)).result, "settled");
  assert.deepEqual(again.jobs, []);
});

for (const outcome of ["awaiting_funds", "failed"] as const) {
  Deno.test(`a student whose payment is ${outcome} is not notified again by a repair`, async () => {
    const state = outcome === "failed" ? "failed" : "processing";
    const one = known(state, { sessions: [session(outcome)] });
    const { bring, jobs } = shop([{
      ...one,
      facts: { ...one.facts, payment: { ...one.facts.payment, status: 2 } },
    }]);
    assert.deepEqual(await bring(one.order), { result: "settled", why: "payment" });
    assert.deepEqual(jobs, []);
  });
}

const stale = (change: object) => (one: Known): Known => ({
  ...one,
  facts: { ...one.facts, payment: { ...one.facts.payment, ...change } },
});
const staleLine = (change: object) => (one: Known): Known => ({
  ...one,
  facts: { ...one.facts, lines: one.facts.lines.map((line) => ({ ...line, ...change })) },
});
for (
  const [what, one, why] of [
    ["the status of the payment", stale({ status: 1 })(paid()), "payment"],
    ["its reason", stale({ reason: 10 })(paid()), "payment"],
    ["what was refunded", stale({ refundedAmount: 1n })(paid()), "payment"],
    ["the session that paid", stale({ sessionId: "cs_old" })(paid()), "payment"],
    ["what was paid", stale({ paidAmount: 1n })(paid()), "payment"],
    ["what was taken off", stale({ discountAmount: 1n })(paid()), "payment"],
    ["what of it was tax", stale({ taxAmount: 1n })(paid()), "payment"],
    ["what had to be looked at", stale({ review: "over since" })(paid()), "payment"],
    ["the discount of a line", staleLine({ discount: 1n })(paid({ sessions: [session("paid")] })), "access"],
    ["what was paid for a line", staleLine({ paid: 1n })(paid()), "access"],
    ["what was refunded of a line", staleLine({ refunded: 1n })(paid()), "access"],
    ["that a line has no grant", staleLine({ grant: null })(paid()), "access"],
    ["why a grant is held", staleLine({ grant: { id: "g", hold: "disputed" } })(paid()), "access"],
    [
      "that its page is closed",
      known("expired", {
        sessions: [session("expired")],
        payment: {
          status: -1,
          reason: 4,
          sessionId: null,
          paidAmount: 0n,
          refundedAmount: 0n,
          discountAmount: 0n,
          taxAmount: 0n,
          review: null,
        },
      }),
      "its page is closed",
    ],
    [
      "that its code is free again",
      known("expired", {
        pageIsClosed: true,
        sessions: [session("expired")],
        code: { code: "SPRING", isReleased: false, isBeyondLimit: false },
        payment: {
          status: -1,
          reason: 4,
          sessionId: null,
          paidAmount: 0n,
          refundedAmount: 0n,
          discountAmount: 0n,
          taxAmount: 0n,
          review: null,
        },
      }),
      "its code",
    ],
  ] as [string, Known, string][]
) {
  Deno.test(`records that differ in ${what} are repaired`, async () => {
    const { bring, applied, resolved } = shop([one]);
    assert.deepEqual(await bring(one.order), { result: "settled", why });
    assert.equal(applied().length, 1);
    const needed = what === "what had to be looked at";
    assert.deepEqual(resolved, needed ? [`review:${one.order.id}`] : [], "the alert about it is over");
  });
}

Deno.test("records that lack the grant of one of two lines are repaired", async () => {
  const sessions = [session("paid", { total: 5099n })];
  const { payment: nothing } = noFacts(openOrder());
  const payment = {
    ...nothing,
    status: PAYMENT_STATUS.completed,
    sessionId: "cs_order-a_1",
    paidAmount: 5099n,
  };
  for (const missing of ["line-a", "line-b"]) {
    const one = known("paid", { sessions, payment }, TWO_LINES);
    one.facts.lines.forEach((line, index) => {
      line.paid = one.order.lines[index]!.amount;
      line.grant = line.id === missing ? null : { id: "grant", hold: null };
    });
    const { bring, applied } = shop([one]);
    assert.deepEqual(await bring(one.order), { result: "settled", why: "access" });
    assert.equal(applied().length, 1);
  }
});

for (
  const [what, one] of [
    ["an order that nothing was paid for", known("open", {})],
    [
      "an order that has lapsed, with its page and its code",
      known("expired", {
        pageIsClosed: true,
        sessions: [session("expired")],
        code: { code: "SPRING", isReleased: true, isBeyondLimit: false },
        payment: {
          status: -1,
          reason: 4,
          sessionId: null,
          paidAmount: 0n,
          refundedAmount: 0n,
          discountAmount: 0n,
          taxAmount: 0n,
          review: null,
        },
      }),
    ],
    [
      "an unpaid order whose session is kept of an earlier state",
      known("open", {
        payment: {
          status: 1,
          reason: null,
          sessionId: "cs_x",
          paidAmount: 7n,
          refundedAmount: 0n,
          discountAmount: 0n,
          taxAmount: 0n,
          review: null,
        },
      }),
    ],
    ["a line of which no grant could be given, as was said", paid({ account: "gone" })],
  ] as [string, Known][]
) {
  Deno.test(`nothing is written for ${what}`, async () => {
    const { bring, applied } = shop([one]);
    assert.equal((await bring(one.order)).result, "ignored");
    assert.deepEqual(applied(), []);
  });
}

Deno.test("the reason why a line has no grant is stored, flagged once, and then unchanged", async () => {
  const one = known("open", { sessions: [session("paid")] });
  one.facts.lines[0]!.courseExists = false;
  const first = shop([one]);
  const settled = await first.bring(one.order);
  assert.deepEqual(settled, { result: "flagged", why: "the course was gone when the payment came in" });
  const after = paid({}, { review: "the course was gone when the payment came in" });
  after.facts.lines = [{
    ...after.facts.lines[0]!,
    grant: null,
    courseExists: false,
    noGrantReason: "the course was gone when the payment came in",
  }];
  const again = shop([after]);
  assert.equal((await again.bring(after.order)).result, "ignored");
  const other = shop([{
    ...after,
    facts: { ...after.facts, lines: [{ ...after.facts.lines[0]!, noGrantReason: "something else" }] },
  }]);
  assert.deepEqual(await other.bring(after.order), { result: "settled", why: "access" });
  assert.deepEqual([again.alerts, other.alerts], [[], []], "what is known needs no second alert");
});

Deno.test("an order that is no longer needed is abandoned, even if nothing else changes", async () => {
  for (const state of ["created", "open"] as const) {
    const one = known(state, { isUnneeded: true });
    const { bring, done, jobs } = shop([one]);
    assert.deepEqual(await bring(one.order), { result: "settled", why: "nobody needs it" });
    assert.deepEqual(done, [["apply", "order-a", state], ["abandon", "order-a", "needless"]]);
    assert.deepEqual(jobs, [closing(one.order)]);
  }
  const needed = known("open", {});
  const { bring, done } = shop([needed]);
  assert.equal((await bring(needed.order)).result, "ignored");
  assert.deepEqual(done, []);
  const awaited = known("open", { isUnneeded: true, sessions: [session("awaiting_funds")] });
  const waiting = shop([awaited]);
  await waiting.bring(awaited.order);
  assert.deepEqual(waiting.done, [["apply", "order-a", "processing"]], "money is on its way");
});

Deno.test("a mismatched payment is stored with the reason, flagged on its order, and refunded", async () => {
  for (const id of ["order-a", "order-b"]) {
    const order = openOrder({ id });
    const mismatch = `session cs_x is for 1 usd, the order for 4999 usd`;
    const sessions = [session("paid", { sessionId: "cs_x", mismatch, total: 1n })];
    const facts = { ...noFacts(order), sessions };
    const { hear, done, alerts, requests, jobs } = shop([{ order, facts }]);
    const news = evidence(order, { sessionId: "cs_x", subtotal: { amount: 1n, currency: "usd" }, total: 1n });
    assert.deepEqual(await hear(news), { result: "flagged", why: mismatch });
    assert.deepEqual(done, [["session", "cs_x", mismatch], ["apply", id, "open"]]);
    assert.deepEqual(alerts, [{
      key: `review:${id}:${mismatch}`,
      subject: "A payment needs a review",
      text: `Order ${id}: ${mismatch}.`,
    }]);
    assert.deepEqual(requests, [{
      orderId: id,
      paymentIntentId: "pi_1",
      amount: { amount: 1n, currency: "usd" },
      origin: "mismatch",
      requestKey: "mismatch:cs_x",
      requestedBy: null,
      reason: mismatch,
      lines: [],
    }]);
    assert.deepEqual(jobs, [{ kind: "submit_refund", refundId: "asked-1" }]);
  }
});

const TWICE = {
  sessions: [
    session("paid"),
    session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2", total: 5099n }),
    session("paid", { sessionId: "cs_3", paymentIntentId: "pi_3", total: 1n, mismatch: "of 1" }),
  ],
};

Deno.test("a shop that reviews mismatched payments refunds only second payments", async () => {
  for (
    const [refundsMismatches, keys] of [
      [true, ["mismatch:cs_3", "duplicate:cs_2"]],
      [false, ["duplicate:cs_2"]],
    ] as const
  ) {
    const one = paid(TWICE);
    const { bring, requests, jobs } = shop([one]);
    await bring(one.order, refundsMismatches);
    assert.deepEqual(requests.map(({ requestKey }) => requestKey), keys);
    assert.equal(requests.at(-1)!.paymentIntentId, "pi_2");
    assert.deepEqual(
      jobs,
      keys.map((_, index) => ({ kind: "submit_refund", refundId: `asked-${index + 1}` })),
    );
  }
});

Deno.test("a requested refund is not requested again, and nothing else changes", async () => {
  const one = paid({ ...TWICE }, { review: "of 1; paid a second time by session cs_2" });
  const { bring, requests, jobs, done } = shop([one], { asked: ["mismatch:cs_3", "duplicate:cs_2"] });
  assert.equal((await bring(one.order)).result, "ignored");
  assert.deepEqual([requests, jobs, done], [[], [], []]);
  const half = shop([one], { asked: ["mismatch:cs_3"] });
  assert.deepEqual(await half.bring(one.order), { result: "settled", why: "refunds" });
  assert.deepEqual(half.requests.map(({ requestKey }) => requestKey), ["duplicate:cs_2"]);
});

Deno.test("a refund request of the shop that is no longer due is withdrawn before it is submitted, and no other", async () => {
  const kinds: [Partial<RefundFact>, boolean][] = [
    [{ id: "w1", status: "requested", requestKey: "duplicate:cs_2" }, true],
    [{ id: "w2", status: "requested", requestKey: "mismatch:cs_9" }, true],
    [{ id: "submitted", status: "submitted", requestKey: "duplicate:cs_2" }, false],
    [{ id: "asked for by a person", status: "requested", requestKey: null }, false],
    [{ id: "keyed by a person", status: "requested", requestKey: "mine:duplicate:" }, false],
  ];
  for (const [changes, isWithdrawn] of kinds) {
    const one = paid({ refunds: [refund(10n, { paymentIntentId: "pi_9", ...changes })] });
    const { bring, done } = shop([one]);
    const settled = await bring(one.order);
    assert.deepEqual(
      done,
      isWithdrawn ? [["withdraw", changes.id], ["apply", "order-a", "paid"]] : [],
    );
    assert.equal(settled.why, isWithdrawn ? "refunds" : "order is already paid");
  }
  const due = paid({
    ...TWICE,
    refunds: [refund(5099n, { paymentIntentId: "pi_2", status: "requested", requestKey: "duplicate:cs_2" })],
  });
  const { bring, done } = shop([due], { asked: ["duplicate:cs_2"] });
  await bring(due.order);
  assert.deepEqual(done.filter((entry) => (entry as string[])[0] === "withdraw"), [], "what is due stays");
});

Deno.test("a refund alone settles the orders that depend on its order", async () => {
  const one = paid(TWICE, { review: "of 1; paid a second time by session cs_2" });
  const other = known("open", { sessions: [session("paid", { sessionId: "cs_b" })] }, { id: "order-b" });
  const { bring, applied } = shop([one, other], { dependents: [other.order] });
  await bring(one.order);
  assert.deepEqual(applied(), [["apply", "order-a", "paid"], ["apply", "order-b", "paid"]]);
});
