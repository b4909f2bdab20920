import assert from "node:assert/strict";
import type { Order, OrderState } from "../../../domain/checkout/ports.ts";
import { judge, mismatchOf } from "../../../domain/settlement/judge.ts";
import type {
  OrderFacts,
  RefundFact,
  RefundStatus,
  SessionFact,
  SessionOutcome,
} from "../../../domain/settlement/ports.ts";
import { evidence, noFacts, openOrder } from "../../support/memory_shop.ts";

const UNPAID: OrderState[] = ["created", "open", "processing", "failed", "expired"];

/** The state that each state moves to; states that are not named stay as they are. */
const MOVES: Record<SessionOutcome, Partial<Record<OrderState, OrderState>>> = {
  paid: Object.fromEntries(UNPAID.map((state) => [state, "paid"])),
  awaiting_funds: Object.fromEntries(UNPAID.map((state) => [state, "processing"])),
  failed: Object.fromEntries(UNPAID.map((state) => [state, "failed"])),
  expired: Object.fromEntries(UNPAID.map((state) => [state, "expired"])),
};

function session(outcome: SessionOutcome, changes: Partial<SessionFact> = {}): SessionFact {
  return {
    sessionId: "cs_1",
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

function stands(changes: Partial<OrderFacts>, order: Order = openOrder()) {
  return judge(order, { ...noFacts(order), ...changes });
}

/** How the first line's access stands; `none` while it is not paid. */
function accessIn({ standing }: ReturnType<typeof stands>): string {
  const access = standing.lines[0]!.access;
  if (access === null) return "none";
  return "hold" in access ? access.hold ?? "open" : access.noGrantReason;
}

for (const outcome of Object.keys(MOVES) as SessionOutcome[]) {
  for (const state of UNPAID) {
    const to = MOVES[outcome][state];
    Deno.test(`judge moves an order from ${state} to ${to} on ${outcome}`, () => {
      const order = openOrder({ state });
      assert.equal(stands({ sessions: [session(outcome)] }, order).standing.state, to);
    });
  }
}

Deno.test("judge leaves the order open when an earlier attempt fails or expires", () => {
  const order = openOrder({ attempt: 2 });
  for (const outcome of ["failed", "expired"] as const) {
    assert.equal(stands({ sessions: [session(outcome)] }, order).standing.state, "open");
  }
});

for (const outcome of ["paid", "expired"] as const) {
  Deno.test(`judge gives what cost nothing, whether its page is ${outcome} or not`, () => {
    const lines = openOrder().lines.map((line) => ({ ...line, discount: line.amount }));
    const order = openOrder({ lines, state: "paid" });
    const facts = { lines: noFacts(order).lines.map((line) => ({ ...line, discount: 4999n })) };
    const page = session(outcome, { total: 0n, discount: 4999n, paymentIntentId: null });
    assert.deepEqual(stands({ ...facts, sessions: [page] }, order), stands(facts, order));
    assert.equal(stands(facts, order).standing.session, null);
  });
}

Deno.test("judge keeps an order that was given up as it is, until its money comes", () => {
  const order = openOrder({ state: "expired" });
  const facts = { isAbandoned: true };
  assert.equal(stands({ ...facts, sessions: [session("awaiting_funds")] }, order).standing.state, "expired");
  assert.equal(stands({ ...facts, sessions: [session("paid")] }, order).standing.state, "paid");
});

Deno.test("judge does not wait for funds of an ended order while another one of its courses is under way", () => {
  const facts = { otherIsUnderWay: true, sessions: [session("awaiting_funds")] };
  assert.equal(stands(facts, openOrder({ state: "expired" })).standing.state, "expired");
  assert.equal(stands(facts, openOrder({ state: "open" })).standing.state, "processing");
});

for (
  const [what, facts, state, access] of [
    ["nothing", {}, "paid", "open"],
    ["a part refunded", { refunds: [refund(1n)] }, "partially_refunded", "open"],
    ["all refunded in parts", { refunds: [refund(4000n), refund(999n)] }, "refunded", "refunded"],
    [
      "a refund that failed later",
      { refunds: [refund(4999n, { status: "failed" })] },
      "paid",
      "open",
    ],
    [
      "a refund that is only asked for",
      { refunds: [refund(4999n, { status: "submitted" })] },
      "paid",
      "open",
    ],
    ["an open dispute", { disputes: [dispute("needs_response")] }, "paid", "disputed"],
    ["a dispute under review", { disputes: [dispute("under_review")] }, "paid", "disputed"],
    ["a dispute won", { disputes: [dispute("won")] }, "paid", "open"],
    ["a dispute lost", { disputes: [dispute("lost")] }, "paid", "dispute_lost"],
    ["an appeal after a loss", { disputes: [dispute("appeal_under_review")] }, "paid", "dispute_lost"],
    ["a warning", { disputes: [dispute("warning_needs_response")] }, "paid", "open"],
    ["a status that is not known", { disputes: [dispute("from_the_future")] }, "paid", "open"],
  ] satisfies [string, Partial<OrderFacts>, OrderState, string][]
) {
  Deno.test(`judge leaves access ${access} and the order ${state} on a payment with ${what}`, () => {
    const judgement = stands({ sessions: [session("paid")], ...facts });
    assert.equal(judgement.standing.state, state);
    assert.equal(accessIn(judgement), access);
  });
}

function dispute(status: string) {
  return { id: "dp_1", paymentIntentId: "pi_1", status };
}

Deno.test("judge takes a payment of nothing as paid, and never as refunded", () => {
  const free = session("paid", { total: 0n, discount: 4999n, paymentIntentId: null });
  const { standing } = stands({ sessions: [free] });
  assert.equal(standing.state, "paid");
  assert.equal(standing.lines[0]!.discount, 4999n);
});

const TWO_LINES = openOrder({
  lines: [
    { id: "line-a", courseId: "algebra", courseSlug: "a", title: "Algebra", amount: 3000n, discount: 0n },
    { id: "line-b", courseId: "optics", courseSlug: "b", title: "Optics", amount: 2000n, discount: 0n },
  ],
  total: { amount: 5000n, currency: "usd" },
});

Deno.test("judge ends the access of the line that a refund is for, and of no other", () => {
  const lines = [{ lineId: "line-b", amount: 2000n }];
  const { standing } = stands({
    sessions: [session("paid", { total: 5000n })],
    refunds: [refund(2000n, { lines })],
  }, TWO_LINES);
  assert.equal(standing.state, "partially_refunded");
  assert.deepEqual(standing.lines.map(({ refunded, access }) => [refunded, access]), [
    [0n, { hold: null }],
    [2000n, { hold: "refunded" }],
  ]);
});

Deno.test("judge spreads a refund of the whole order, and a discount, over its lines to the last cent", () => {
  const { standing } = stands({
    sessions: [session("paid", { total: 4501n, discount: 499n })],
    refunds: [refund(101n)],
  }, TWO_LINES);
  assert.deepEqual(standing.lines.map(({ discount }) => discount), [300n, 199n]);
  assert.deepEqual(standing.lines.map(({ refunded }) => refunded), [61n, 40n]);
});

Deno.test("judge keeps the discount per line as it was quoted, when it adds up to what was charged", () => {
  const facts = noFacts(TWO_LINES);
  facts.lines[1]!.discount = 499n;
  const { standing } = judge(TWO_LINES, {
    ...facts,
    sessions: [session("paid", { total: 4501n, discount: 499n })],
  });
  assert.deepEqual(standing.lines.map(({ discount }) => discount), [0n, 499n]);
});

Deno.test("judge pays back the second of two payments, whichever came first", () => {
  const first = session("paid");
  const second = session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" });
  for (const sessions of [[first, second], [second, first]]) {
    const { standing, dueRefunds } = stands({ sessions }, openOrder({ attempt: 2 }));
    assert.equal(standing.state, "paid");
    assert.equal(standing.session?.sessionId, "cs_1");
    assert.deepEqual(dueRefunds.map(({ requestKey, amount }) => [requestKey, amount.amount]), [
      ["duplicate:cs_2", 4999n],
    ]);
    assert.deepEqual(standing.review, ["paid a second time by session cs_2"]);
  }
});

Deno.test("judge lets the second payment carry the order when the first was refunded", () => {
  const { standing, dueRefunds } = stands({
    sessions: [session("paid"), session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" })],
    refunds: [refund(4999n)],
  }, openOrder({ attempt: 2 }));
  assert.equal(standing.state, "paid");
  assert.equal(standing.session?.sessionId, "cs_2");
  assert.deepEqual(dueRefunds, []);
});

Deno.test("judge asks back only what is left of a second payment, and nothing of one in dispute", () => {
  const sessions = [
    session("paid"),
    session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" }),
  ];
  const asked = refund(1000n, { paymentIntentId: "pi_2", status: "requested" });
  assert.equal(stands({ sessions, refunds: [asked] }).dueRefunds[0]?.amount.amount, 3999n);
  const disputes = [{ ...dispute("needs_response"), paymentIntentId: "pi_2" }];
  assert.deepEqual(stands({ sessions, disputes }).dueRefunds, []);
});

Deno.test("judge pays back the courses of a given-up order that another order has paid too, and no others", () => {
  const facts = noFacts(TWO_LINES);
  facts.lines[0]!.isCoveredElsewhere = true;
  const { standing, dueRefunds } = judge(TWO_LINES, {
    ...facts,
    isAbandoned: true,
    sessions: [session("paid", { total: 5000n })],
  });
  assert.deepEqual(dueRefunds.map(({ amount, lines }) => [amount.amount, lines]), [
    [3000n, [{ lineId: "line-a", amount: 3000n }]],
  ]);
  assert.match(standing.review.join(), /Algebra is paid by another order too/);
});

Deno.test("judge pays back the second payment of a given-up order too, when the first gave back the same course", () => {
  const order = openOrder({ attempt: 2 });
  const facts = noFacts(order);
  facts.lines[0]!.isCoveredElsewhere = true;
  const sessions = [
    session("paid"),
    session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" }),
  ];
  const [first] = judge(order, { ...facts, isAbandoned: true, sessions }).dueRefunds.slice(-1);
  const given = refund(4999n, { requestKey: first!.requestKey });
  const { dueRefunds } = judge(order, { ...facts, isAbandoned: true, sessions, refunds: [given] });
  assert.deepEqual(dueRefunds.map(({ session }) => session.sessionId), ["cs_2"]);
  assert.notEqual(dueRefunds[0]!.requestKey, first!.requestKey, "asking twice with one key is asking once");
});

Deno.test("judge flags a payment that does not fit and pays it back, and the order stays as it is", () => {
  const { standing, dueRefunds } = stands({ sessions: [session("paid", { mismatch: "of another amount" })] });
  assert.equal(standing.state, "open");
  assert.equal(accessIn({ standing, dueRefunds }), "none");
  assert.deepEqual(standing.review, ["of another amount"]);
  assert.deepEqual(dueRefunds.map(({ requestKey }) => requestKey), ["mismatch:cs_1"]);
});

Deno.test("judge gives no new grant for a student or a course that is gone, and says why", () => {
  const facts = noFacts(openOrder());
  const sessions = [session("paid")];
  assert.match(accessIn(stands({ ...facts, sessions, studentExists: false })), /account was gone/);
  const gone = facts.lines.map((line) => ({ ...line, courseExists: false }));
  const judgement = stands({ ...facts, sessions, lines: gone });
  assert.match(accessIn(judgement), /course was gone/);
  assert.match(judgement.standing.review.join(), /course was gone/);
  const granted = gone.map((line) => ({ ...line, grant: { id: "g", hold: null } }));
  assert.equal(accessIn(stands({ ...facts, sessions, lines: granted })), "open");
});

for (
  const [what, change] of [
    ["amount", { subtotal: { amount: 1n, currency: "usd" } }],
    ["currency", { subtotal: { amount: 4999n, currency: "eur" } }],
    ["student", { studentId: "somebody-else" }],
  ] as const
) {
  Deno.test(`mismatchOf names another ${what} than the order's`, () => {
    const order = openOrder();
    assert.notEqual(mismatchOf(order, evidence(order, change)), null);
    assert.equal(mismatchOf(order, evidence(order)), null);
  });
}

Deno.test("a refund ranks by how far it went, so that late news does not take it back", () => {
  const live: RefundStatus[] = ["requires_action", "pending", "succeeded"];
  for (const status of live) {
    const judgement = stands({ sessions: [session("paid")], refunds: [refund(4999n, { status })] });
    assert.equal(judgement.standing.state, "refunded", status);
  }
});
