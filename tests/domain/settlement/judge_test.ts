import assert from "node:assert/strict";
import type { Order, OrderState } from "../../../domain/checkout/ports.ts";
import { isOwnRequest, judge, mismatchOf, refundable } from "../../../domain/settlement/judge.ts";
import type { RefundStatus, SessionOutcome } from "../../../domain/settlement/evidence.ts";
import type { OrderFacts, RefundFact, SessionFact } from "../../../domain/settlement/ports.ts";
import { evidence, noFacts, openOrder } from "../../support/memory_shop.ts";

const TWO_LINES = openOrder({
  lines: [
    { id: "line-a", courseId: "algebra", courseSlug: "a", title: "Algebra", amount: 3000n, discount: 0n },
    { id: "line-b", courseId: "optics", courseSlug: "b", title: "Optics", amount: 2000n, discount: 0n },
  ],
  subtotal: { amount: 5000n, currency: "usd" },
});

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
  Deno.test(`judge grants a free order, whether its page is ${outcome} or not`, () => {
    const lines = openOrder().lines.map((line) => ({ ...line, discount: line.amount }));
    const order = openOrder({ lines, state: "paid" });
    const facts = { lines: noFacts(order).lines.map((line) => ({ ...line, discount: 4999n })) };
    const page = session(outcome, { total: 0n, discount: 4999n, paymentIntentId: null });
    assert.deepEqual(stands({ ...facts, sessions: [page] }, order), stands(facts, order));
    assert.equal(stands(facts, order).standing.session, null);
  });
}

Deno.test("judge leaves an abandoned order unchanged until its payment arrives or is being processed", () => {
  const order = openOrder({ state: "expired" });
  const given = (outcome: SessionOutcome) =>
    stands({ endedAs: "given_up", sessions: [session(outcome)] }, order);
  assert.deepEqual(
    (["expired", "awaiting_funds", "failed", "paid"] as const).map((outcome) =>
      given(outcome).standing.state
    ),
    ["expired", "processing", "failed", "paid"],
  );
  assert.equal(given("expired").standing.reason, null, "given up is no time-out");
  const afterwards = stands(
    { endedAs: "given_up", sessions: [session("failed")] },
    openOrder({ state: "processing", attempt: 2 }),
  );
  assert.equal(afterwards.standing.state, "expired", "its last page is closed, whatever became of the first");
});

Deno.test("judge keeps a code held until its order has ended and its page is closed, or it was paid within the limit", () => {
  const held = { code: "ONCE", isReleased: false, isBeyondLimit: false };
  const released = { ...held, isReleased: true };
  const beyond = { ...released, isBeyondLimit: true };
  const isReleased = (code: typeof held, changes: Partial<OrderFacts>, state: OrderState = "expired") =>
    stands({ code, endedAs: "given_up", ...changes }, openOrder({ state })).standing.codeIsReleased;
  assert.equal(isReleased(held, {}), false, "its page may still be paid");
  assert.equal(isReleased(held, { pageIsClosed: true }), true);
  assert.equal(isReleased(held, { sessions: [session("expired")] }), true);
  assert.equal(isReleased(held, { sessions: [session("expired", { attempt: 2 })] }), false, "another page");
  assert.equal(isReleased(held, { sessions: [session("failed")] }), true);
  assert.equal(isReleased(held, { sessions: [session("awaiting_funds")] }), false);
  assert.equal(isReleased(held, { endedAs: null, pageIsClosed: true }, "open"), false);
  assert.equal(isReleased(released, { sessions: [session("paid")] }), false, "taken again");
  assert.equal(isReleased(beyond, { sessions: [session("paid")] }), true);
});

Deno.test("judge also flags an order made free by a code beyond its limit, and keeps its access", () => {
  const code = { code: "ONCE", isReleased: false, isBeyondLimit: true };
  const { standing, dueRefunds } = stands({ code, isFree: true });
  assert.deepEqual(standing.review, ["the code ONCE is used beyond its limit"]);
  assert.deepEqual([standing.state, standing.lines.map(({ access }) => access)], ["paid", [{ hold: null }]]);
  assert.deepEqual(dueRefunds, []);
});

for (
  const [what, facts, reason] of [
    [
      "of an account that is gone",
      { account: "gone" },
      "the student's account was gone when the payment came in",
    ],
    [
      "of a deactivated account",
      { account: "deactivated" },
      "the student's account was deactivated when the payment came in",
    ],
    [
      "beyond its code's limit",
      { code: { code: "ONCE", isReleased: true, isBeyondLimit: true } },
      "the code ONCE is used beyond its limit",
    ],
  ] satisfies [string, Partial<OrderFacts>, string][]
) {
  Deno.test(`judge grants nothing for a payment ${what}, flags it and refunds all of it`, () => {
    const sessions = [session("paid", { total: 5400n, tax: 400n })];
    const { standing, dueRefunds } = stands({ sessions, ...facts }, TWO_LINES);
    assert.equal(standing.state, "paid");
    assert.deepEqual(standing.lines.map(({ access }) => access), [
      { noGrantReason: reason },
      { noGrantReason: reason },
    ]);
    assert.deepEqual(standing.review, [reason]);
    assert.deepEqual(
      dueRefunds.map(({ origin, requestKey, amount, lines }) => [origin, requestKey, amount.amount, lines]),
      [
        ["mismatch", "mismatch:cs_1:all", 5400n, []],
      ],
    );
    const refunds = [refund(5400n, { requestKey: "mismatch:cs_1:all" })];
    const after = stands({ sessions, refunds, ...facts }, TWO_LINES);
    assert.deepEqual([after.standing.state, after.standing.review, after.dueRefunds], [
      "refunded",
      [reason],
      [],
    ]);
    const granted = noFacts(TWO_LINES).lines.map((line) => ({ ...line, grant: { id: line.id, hold: null } }));
    const before = stands({ sessions, lines: granted, ...facts }, TWO_LINES);
    assert.deepEqual(before.dueRefunds, [], "what was given stays on the books");
    assert.deepEqual(before.standing.lines.map(({ access }) => access), [{ hold: null }, { hold: null }]);
  });
}

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

Deno.test("judge treats a payment of zero as paid, and never as refunded", () => {
  const free = session("paid", { total: 0n, discount: 4999n, paymentIntentId: null });
  const { standing } = stands({ sessions: [free] });
  assert.equal(standing.state, "paid");
  assert.equal(standing.lines[0]!.discount, 4999n);
});

Deno.test("judge ends the access of a refunded line, and of no other", () => {
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

Deno.test("judge keeps the quoted discount per line if it adds up to the charge", () => {
  const facts = noFacts(TWO_LINES);
  facts.lines[1]!.discount = 499n;
  const { standing } = judge(TWO_LINES, {
    ...facts,
    sessions: [session("paid", { total: 4501n, discount: 499n })],
  });
  assert.deepEqual(standing.lines.map(({ discount }) => discount), [0n, 499n]);
});

Deno.test("judge refunds the second of two payments, in whatever order they were reported", () => {
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

Deno.test("judge counts the second payment for the order if the first was refunded", () => {
  const { standing, dueRefunds } = stands({
    sessions: [session("paid"), session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" })],
    refunds: [refund(4999n)],
  }, openOrder({ attempt: 2 }));
  assert.equal(standing.state, "paid");
  assert.equal(standing.session?.sessionId, "cs_2");
  assert.deepEqual(dueRefunds, []);
});

Deno.test("judge refunds only what is left of a second payment, and nothing of a disputed one", () => {
  const sessions = [
    session("paid"),
    session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" }),
  ];
  const asked = refund(1000n, { paymentIntentId: "pi_2", status: "requested" });
  assert.equal(stands({ sessions, refunds: [asked] }).dueRefunds[0]?.amount.amount, 3999n);
  const disputes = [{ ...dispute("needs_response"), paymentIntentId: "pi_2" }];
  assert.deepEqual(stands({ sessions, disputes }).dueRefunds, []);
});

for (
  const [elsewhere, reason] of [
    ["paid", "Algebra is paid by another order too"],
    ["given", "Algebra had been given before the payment came in"],
  ] as const
) {
  Deno.test(`judge pays back the course that is ${elsewhere} besides, gives no access by it, and no other`, () => {
    const facts = noFacts(TWO_LINES);
    facts.lines[0]!.elsewhere = elsewhere;
    const sessions = [session("paid", { total: 5000n })];
    const { standing, dueRefunds } = judge(TWO_LINES, { ...facts, sessions });
    assert.deepEqual(dueRefunds.map(({ amount, lines }) => [amount.amount, lines]), [
      [3000n, [{ lineId: "line-a", amount: 3000n }]],
    ]);
    assert.deepEqual(standing.lines.map(({ access }) => access), [{ hold: "duplicate" }, { hold: null }]);
    assert.deepEqual(standing.review, [reason]);
    const back = refund(3000n, {
      requestKey: dueRefunds[0]!.requestKey,
      lines: [{ lineId: "line-a", amount: 3000n }],
    });
    const after = judge(TWO_LINES, { ...facts, sessions, refunds: [back] });
    assert.deepEqual(after.dueRefunds, []);
    assert.deepEqual(after.standing.review, [reason], "why it was paid back stays to be seen");
    const whole = facts.lines.map((line) => ({ ...line, elsewhere }));
    const other = judge(TWO_LINES, { ...facts, lines: whole, sessions, refunds: [refund(5000n)] });
    assert.deepEqual([other.standing.review, other.dueRefunds], [[], []], "somebody paid it back already");
    const lost = judge(TWO_LINES, { ...facts, sessions, disputes: [dispute("lost")] });
    assert.deepEqual(lost.dueRefunds, [], "its money is gone");
  });
}

Deno.test("judge flags a repeated purchase while the first is in dispute, and keeps it", () => {
  const facts = noFacts(TWO_LINES);
  facts.lines[1]!.elsewhere = "disputed";
  const { standing, dueRefunds } = judge(TWO_LINES, {
    ...facts,
    sessions: [session("paid", { total: 5000n })],
  });
  assert.deepEqual(dueRefunds, []);
  assert.deepEqual(standing.review, ["Optics is paid by another order too, which is in dispute"]);
  assert.deepEqual(standing.lines.map(({ access }) => access), [{ hold: null }, { hold: null }]);
});

Deno.test("judge also refunds the second payment of an abandoned order if the first refunded the same course", () => {
  const order = openOrder({ attempt: 2 });
  const facts = noFacts(order);
  facts.lines[0]!.elsewhere = "paid";
  const sessions = [
    session("paid"),
    session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" }),
  ];
  const [first] = judge(order, { ...facts, endedAs: "given_up", sessions }).dueRefunds.slice(-1);
  const given = refund(4999n, { requestKey: first!.requestKey });
  const { dueRefunds } = judge(order, { ...facts, endedAs: "given_up", sessions, refunds: [given] });
  assert.deepEqual(dueRefunds.map(({ session }) => session.sessionId), ["cs_2"]);
  assert.notEqual(dueRefunds[0]!.requestKey, first!.requestKey, "asking twice with one key is asking once");
});

Deno.test("judge flags and refunds a mismatched payment, and leaves the order unchanged", () => {
  const { standing, dueRefunds } = stands({ sessions: [session("paid", { mismatch: "of another amount" })] });
  assert.equal(standing.state, "open");
  assert.equal(accessIn({ standing, dueRefunds }), "none");
  assert.deepEqual(standing.review, ["of another amount"]);
  assert.deepEqual(dueRefunds.map(({ requestKey }) => requestKey), ["mismatch:cs_1"]);
});

Deno.test("judge gives no new grant for a student or course that no longer exists, with the reason", () => {
  const facts = noFacts(openOrder());
  const sessions = [session("paid")];
  assert.match(accessIn(stands({ ...facts, sessions, account: "gone" })), /account was gone/);
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
    ["kind of page", { mode: "subscription" }],
  ] as const
) {
  Deno.test(`mismatchOf recognises a ${what} that differs from the order's`, () => {
    const order = openOrder();
    assert.notEqual(mismatchOf(order, evidence(order, change)), null);
    assert.equal(mismatchOf(order, evidence(order)), null);
  });
}

Deno.test("a refund ranks by how final it is, so that late news does not move it back", () => {
  const live: RefundStatus[] = ["requires_action", "pending", "succeeded"];
  for (const status of live) {
    const judgement = stands({ sessions: [session("paid")], refunds: [refund(4999n, { status })] });
    assert.equal(judgement.standing.state, "refunded", status);
  }
});

const SECOND = session("paid", { sessionId: "cs_2", attempt: 2, paymentIntentId: "pi_2" });
const TAKEN = ["lost", "appeal_needs_response", "appeal_under_review"];

for (const status of TAKEN) {
  Deno.test(`judge refunds nothing of a payment whose dispute is ${status}`, () => {
    const disputes = [{ ...dispute(status), paymentIntentId: "pi_2" }];
    const mismatch = { ...SECOND, mismatch: "of another amount" };
    for (const second of [SECOND, mismatch]) {
      assert.deepEqual(stands({ sessions: [session("paid"), second], disputes }).dueRefunds, []);
    }
    const facts = noFacts(openOrder());
    facts.lines[0]!.elsewhere = "paid";
    const lost = { sessions: [session("paid")], disputes: [dispute(status)] };
    assert.deepEqual(stands({ ...facts, ...lost }).dueRefunds, [], "nor what another order pays for");
  });

  Deno.test(`judge gives no access while a dispute is ${status}, and counts another payment for the order`, () => {
    const disputes = [dispute(status)];
    assert.equal(accessIn(stands({ sessions: [session("paid")], disputes })), "dispute_lost");
    const both = stands({ sessions: [session("paid"), SECOND], disputes });
    assert.deepEqual([both.standing.session?.sessionId, accessIn(both)], ["cs_2", "open"]);
    assert.deepEqual(both.dueRefunds, []);
  });
}

Deno.test("judge counts the payment that is not disputed, and refunds nothing of the other meanwhile", () => {
  const judgement = stands({ sessions: [session("paid"), SECOND], disputes: [dispute("needs_response")] });
  assert.deepEqual([judgement.standing.session?.sessionId, accessIn(judgement)], ["cs_2", "open"]);
  assert.deepEqual(judgement.dueRefunds, []);
  const other = stands({
    sessions: [session("paid")],
    disputes: [{ ...dispute("lost"), paymentIntentId: "pi_9" }],
  });
  assert.equal(accessIn(other), "open", "a dispute of another payment");
});

Deno.test("judge keeps the payment of the first page, whatever their ids", () => {
  const first = session("paid", { sessionId: "cs_z" });
  for (const sessions of [[first, SECOND], [SECOND, first]]) {
    const { standing, dueRefunds } = stands({ sessions });
    assert.equal(standing.session?.sessionId, "cs_z");
    assert.deepEqual(dueRefunds.map(({ requestKey }) => requestKey), ["duplicate:cs_2"]);
  }
  const same = [session("paid", { sessionId: "cs_b" }), session("paid", { sessionId: "cs_a" })];
  for (const sessions of [same, same.toReversed()]) {
    assert.equal(stands({ sessions }).standing.session?.sessionId, "cs_a", "of one page's the smaller id's");
  }
});

/** Algebra at 30.00 less 10.00, and Optics at 20.00: 40.00 were paid, and 4.00 of tax. */
const DISCOUNTED = openOrder({
  state: "paid",
  lines: TWO_LINES.lines.map((line, index) => ({ ...line, discount: index === 0 ? 1000n : 0n })),
  subtotal: { amount: 5000n, currency: "usd" },
});
function ofDiscounted(changes: Partial<OrderFacts>, elsewhere: (null | "paid")[] = [null, null], tax = 0n) {
  const facts = noFacts(DISCOUNTED);
  facts.lines.forEach((line, index) => {
    line.discount = DISCOUNTED.lines[index]!.discount;
    line.elsewhere = elsewhere[index]!;
  });
  const paid = session("paid", { total: 4000n + tax, discount: 1000n, tax });
  return judge(DISCOUNTED, { ...facts, sessions: [paid], ...changes });
}

for (
  const [what, refunds, access] of [
    ["all that was paid for it is given back by name", [
      refund(2000n, { lines: [{ lineId: "line-a", amount: 2000n }] }),
    ], [
      "refunded",
      null,
    ]],
    [
      "a part of it is given back by name",
      [refund(1999n, { lines: [{ lineId: "line-a", amount: 1999n }] })],
      [
        null,
        null,
      ],
    ],
    ["a part of the whole order is given back", [refund(3999n)], [null, null]],
    ["the whole order is given back", [refund(4000n)], ["refunded", "refunded"]],
    ["what was given back by name failed after all", [
      refund(2000n, { status: "failed", lines: [{ lineId: "line-a", amount: 2000n }] }),
    ], [null, null]],
  ] as [string, RefundFact[], (string | null)[]][]
) {
  Deno.test(`judge leaves a line with a discount ${access[0] ?? "open"} when ${what}`, () => {
    const { standing } = ofDiscounted({ refunds });
    const holds = standing.lines.map(({ access }) => access && "hold" in access ? access.hold : "none");
    if (what.startsWith("a part of the whole")) assert.equal(holds.filter((hold) => hold === null).length, 1);
    else assert.deepEqual(holds, access);
  });
}

for (
  const [what, changes, elsewhere, tax, due] of [
    ["less its discount", {}, ["paid", null], 0n, [["line-a", 2000n]]],
    ["with its share of the tax", {}, [null, "paid"], 400n, [["line-b", 2200n]]],
    ["less what goodwill gave back of it", { refunds: [refund(400n)] }, ["paid", null], 0n, [[
      "line-a",
      1800n,
    ]]],
    [
      "and nothing of one that a person asked back",
      {
        refunds: [refund(2000n, { status: "requested", lines: [{ lineId: "line-a", amount: 2000n }] })],
      },
      ["paid", null],
      0n,
      [],
    ],
  ] as [string, Partial<OrderFacts>, (null | "paid")[], bigint, unknown[]][]
) {
  Deno.test(`judge refunds a line whose course the student has for another reason, ${what}`, () => {
    const { dueRefunds } = ofDiscounted(changes, elsewhere, tax);
    assert.deepEqual(
      dueRefunds.flatMap(({ lines }) => lines.map(({ lineId, amount }) => [lineId, amount])),
      due,
    );
    for (const { amount, lines } of dueRefunds) {
      assert.equal(amount.amount, lines.reduce((total, line) => total + line.amount, 0n));
    }
  });
}

Deno.test("judge refunds in full, including tax, an order if the student has every course for another reason", () => {
  const { dueRefunds } = ofDiscounted({}, ["paid", "paid"], 400n);
  assert.deepEqual(dueRefunds.map(({ amount, lines, requestKey }) => [amount.amount, lines, requestKey]), [
    [4400n, [], "duplicate:cs_1:all"],
  ]);
});

Deno.test("the refundable amount of a payment excludes its own completed and requested refunds only", () => {
  const left = (changes: Partial<RefundFact>) =>
    refundable(session("paid"), [refund(700n, changes), refund(10n)]);
  for (const status of ["requested", "submitted", "requires_action", "pending", "succeeded"] as const) {
    assert.equal(left({ status }), 4289n, status);
  }
  for (const status of ["failed", "canceled"] as const) assert.equal(left({ status }), 4989n, status);
  assert.equal(left({ paymentIntentId: "pi_2" }), 4989n);
});

Deno.test("judge requests a due refund again, under the same key, after its own request was withdrawn or refused", () => {
  for (const status of ["requested", "canceled", "failed"] as const) {
    const own = refund(4999n, { paymentIntentId: "pi_2", requestKey: "duplicate:cs_2", status });
    const { dueRefunds } = stands({ sessions: [session("paid"), SECOND], refunds: [own] });
    assert.deepEqual(dueRefunds.map(({ requestKey, amount }) => [requestKey, amount.amount]), [
      ["duplicate:cs_2", 4999n],
    ]);
  }
});

Deno.test("judge flags a mismatched delayed payment without waiting for it, and none that ended", () => {
  const mismatch = "of another amount";
  const { standing, dueRefunds } = stands({ sessions: [session("awaiting_funds", { mismatch })] });
  assert.deepEqual([standing.state, standing.review, dueRefunds], ["open", [mismatch], []]);
  for (const outcome of ["failed", "expired"] as const) {
    assert.deepEqual(stands({ sessions: [session(outcome, { mismatch })] }).standing.review, []);
  }
});

Deno.test("judge shows no refund for an unpaid or free order", () => {
  assert.equal(stands({}).standing.refunded, 0n);
  const lines = openOrder().lines.map((line) => ({ ...line, discount: line.amount }));
  const free = stands({}, openOrder({ lines }));
  assert.deepEqual([free.standing.state, free.standing.refunded], ["paid", 0n]);
});

Deno.test("judge reports zero as paid for a free order, and grants it whatever happened to the account", () => {
  const lines = openOrder().lines.map((line) => ({ ...line, discount: line.amount }));
  for (const account of ["stands", "gone"] as const) {
    const free = stands({ account, isFree: true }, openOrder({ lines }));
    assert.deepEqual(free.standing.lines, [
      { id: "line-a", discount: 4999n, paid: 0n, refunded: 0n, access: { hold: null } },
    ]);
    assert.deepEqual([free.standing.review, free.dueRefunds], [[], []]);
  }
  const [offLater] = stands({ isFree: true }).standing.lines;
  assert.equal(offLater!.paid, 0n, "whatever is known of what was taken off");
  const charged = stands({ isFree: true, sessions: [session("paid")] });
  assert.equal(charged.standing.session?.sessionId, "cs_1", "money that a page took all the same counts");
});

Deno.test("judge does not hold an order of nothing to be paid because it is looked at, unless it was created as free", () => {
  const lines = openOrder().lines.map((line) => ({ ...line, amount: 0n }));
  const order = (state: OrderState) =>
    openOrder({ lines, state, subtotal: { amount: 0n, currency: "usd" }, createdAt: new Date(0) });
  for (const state of UNPAID) {
    const looked = stands({ isFree: false }, order(state)).standing.state;
    assert.equal(looked, state === "processing" ? "open" : state);
  }
  for (const state of ["failed", "expired"] as const) {
    const { standing } = stands({ isFree: true }, order(state));
    assert.deepEqual([standing.state, standing.lines.map(({ access }) => access)], [state, [null]]);
  }
  const paid = stands(
    { sessions: [session("paid", { total: 0n, paymentIntentId: null })] },
    order("expired"),
  );
  assert.deepEqual([paid.standing.state, accessIn(paid)], ["paid", "open"], "Stripe says that it is");
});

Deno.test("judge leaves the money of what was paid in the former shop to a person, however it is flagged", () => {
  const sessions = [session("paid")];
  const twice = openOrder().lines.map(({ id }) => ({
    ...noFacts(openOrder()).lines[0]!,
    id,
    elsewhere: "paid" as const,
  }));
  for (const changes of [{ account: "gone" as const }, { lines: twice }]) {
    const former = { isPaid: true, flag: null };
    const ours = stands({ sessions, ...changes });
    const theirs = stands({ sessions, ...changes, former });
    assert.equal(ours.dueRefunds.length, 1);
    assert.deepEqual(theirs, { ...ours, dueRefunds: [] });
  }
});

Deno.test("judge keeps what the import flagged, until the payment is refunded", () => {
  const former = { isPaid: true, flag: "imported: look it up at Stripe" };
  assert.deepEqual(stands({ former }, openOrder({ state: "failed" })).standing.review, [former.flag]);
  assert.deepEqual(stands({ former, sessions: [session("paid")] }).standing.review, [former.flag]);
  const back = stands({ former, sessions: [session("paid")], refunds: [refund(4999n)] });
  assert.deepEqual(back.standing.review, []);
});

Deno.test("judge flags a paid order without courses, and leaves its money to a person", () => {
  const order = openOrder({ lines: [] });
  assert.equal(stands({ isFree: false }, order).standing.state, "open");
  const { standing, dueRefunds } = stands({ isFree: false, sessions: [session("paid")] }, order);
  assert.deepEqual([standing.state, standing.lines, standing.review], ["paid", [], [
    "the order has no courses",
  ]]);
  assert.deepEqual(dueRefunds, []);
  const back = stands({ isFree: false, sessions: [session("paid")], refunds: [refund(4999n)] }, order);
  assert.equal(back.standing.state, "refunded");
});

Deno.test("judge withholds nothing of an order of which one line was already granted", () => {
  for (const given of [0, 1]) {
    const lines = noFacts(TWO_LINES).lines.map((line, index) => ({
      ...line,
      grant: index === given ? { id: "grant", hold: null } : null,
    }));
    const sessions = [session("paid", { total: 5000n })];
    const { standing, dueRefunds } = stands({ account: "gone", lines, sessions }, TWO_LINES);
    assert.deepEqual(standing.lines.map(({ access }) => access), [{ hold: null }, { hold: null }]);
    assert.deepEqual(dueRefunds, []);
  }
});

Deno.test("judge keeps the reason why the shop refunded an order, while its own refund of this payment is in force", () => {
  const facts = noFacts(openOrder());
  facts.lines[0]!.elsewhere = "paid";
  const reason = ["Course algebra is paid by another order too"];
  const own = (amount: bigint, changes: Partial<RefundFact> = {}) =>
    refund(amount, { requestKey: "duplicate:cs_1:all", ...changes });
  const review = (...refunds: RefundFact[]) => {
    const judgement = stands({ ...facts, sessions: [session("paid")], refunds });
    assert.deepEqual([judgement.standing.state, judgement.dueRefunds], ["refunded", []]);
    return judgement.standing.review;
  };
  assert.deepEqual(review(own(4999n)), reason);
  assert.deepEqual(review(own(4000n), refund(999n)), reason, "with a person's");
  assert.deepEqual(review(refund(4999n), own(4999n, { status: "failed" })), []);
  assert.deepEqual(review(refund(4999n), own(4999n, { paymentIntentId: "pi_2" })), [], "another payment's");
});

Deno.test("judge flags a payment that the shop refunded by itself, even when the other order for the course ends", () => {
  const own = (status: RefundStatus, changes: Partial<RefundFact> = {}) =>
    refund(4999n, { requestKey: "duplicate:cs_1:all", status, ...changes });
  const review = (refunds: RefundFact[], changes: Partial<SessionFact> = {}) =>
    stands({ sessions: [session("paid", changes)], refunds }).standing.review;
  const flagged = ["paid back by the shop for a reason that no longer holds"];
  for (const status of ["pending", "requires_action", "succeeded"] as const) {
    assert.deepEqual(review([own(status)]), flagged, status);
  }
  for (const status of ["requested", "failed", "canceled"] as const) {
    assert.deepEqual(review([own(status)]), [], status);
  }
  assert.deepEqual(review([refund(4999n)]), [], "a person's");
  assert.deepEqual(review([own("succeeded")], { mismatch: "of another amount" }), ["of another amount"]);
});

Deno.test("judge refunds nothing more of a payment lost in a dispute after a partial refund", () => {
  const facts = noFacts(openOrder());
  facts.lines[0]!.elsewhere = "paid";
  const { dueRefunds } = stands({
    ...facts,
    sessions: [session("paid")],
    refunds: [refund(1000n, { requestKey: "duplicate:cs_1:all" })],
    disputes: [dispute("lost")],
  });
  assert.deepEqual(dueRefunds, []);
});

Deno.test("judge refunds nothing of a payment without an intent", () => {
  const odd = session("paid", { paymentIntentId: null, mismatch: "of another amount" });
  assert.deepEqual(stands({ sessions: [odd] }).dueRefunds, []);
});

Deno.test("judge lists reasons for review in a fixed order, whichever came first", () => {
  const named = ["b", "a"].map((mismatch) => session("paid", { sessionId: `cs_${mismatch}`, mismatch }));
  for (const sessions of [named, [...named, session("paid")]]) {
    assert.deepEqual(stands({ sessions }).standing.review, ["a", "b"]);
  }
});

Deno.test("judge treats a page as closed if its order has ended and its outcome is known", () => {
  const isClosed = (changes: Partial<OrderFacts>, state: OrderState = "expired") =>
    stands({ endedAs: "given_up", ...changes }, openOrder({ state })).standing.pageIsClosed;
  assert.equal(isClosed({}), false);
  assert.equal(isClosed({ pageIsClosed: true }), true);
  assert.equal(isClosed({ sessions: [session("expired")] }), true);
  assert.equal(isClosed({ sessions: [session("awaiting_funds", { mismatch: "of 1" })] }), false);
  assert.equal(isClosed({ endedAs: null, pageIsClosed: true }, "open"), false);
  const code = { code: "ONCE", isReleased: false, isBeyondLimit: true };
  assert.equal(stands({ code, sessions: [session("paid")] }).standing.codeIsReleased, false, "it is held");
});

Deno.test("a request is the shop's own if its key says why it was due", () => {
  const keys = ["duplicate:cs_1", "mismatch:cs_1", "mine", "mine:duplicate:", null];
  assert.deepEqual(keys.map((requestKey) => isOwnRequest(refund(1n, { requestKey }))), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("judge counts a payment of a cent, its refund, and the cent that is left", () => {
  const cent = [session("paid", { total: 1n })];
  const order = openOrder({ lines: [{ ...openOrder().lines[0]!, amount: 1n }] });
  const judgement = stands({ sessions: cent, refunds: [refund(1n)] }, order);
  assert.deepEqual([judgement.standing.state, accessIn(judgement)], ["refunded", "refunded"]);
  const part = stands({ sessions: [session("paid")], refunds: [refund(700n)] });
  assert.equal(part.standing.refunded, 700n);
  const asked = refund(4998n, { paymentIntentId: "pi_2" });
  const { dueRefunds } = stands({ sessions: [session("paid"), SECOND], refunds: [asked] });
  assert.deepEqual(dueRefunds.map(({ amount }) => amount.amount), [1n]);
});

Deno.test("judge prefers a payment in dispute to an earlier one lost in a dispute", () => {
  const { standing } = stands({
    sessions: [session("paid"), SECOND],
    disputes: [dispute("lost"), { ...dispute("under_review"), id: "dp_2", paymentIntentId: "pi_2" }],
  });
  assert.deepEqual([standing.session?.sessionId, standing.lines[0]!.access], ["cs_2", { hold: "disputed" }]);
  const held = stands({
    sessions: [session("paid"), SECOND],
    refunds: [refund(4999n, { paymentIntentId: "pi_2" })],
    disputes: [dispute("under_review")],
  });
  assert.equal(held.standing.session?.sessionId, "cs_1");
});

/** Three lines: 30.00, one that costs a cent, 20.00; and a free one. */
const FOUR_LINES = openOrder({
  lines: [["a", 3000n], ["b", 1n], ["c", 2000n], ["free", 0n]].map(([id, amount]) => ({
    ...openOrder().lines[0]!,
    id: id as string,
    courseId: id as string,
    amount: amount as bigint,
  })),
  subtotal: { amount: 5001n, currency: "usd" },
});
/** What it is like when the student has some of its courses besides. */
function ofFour(besides: string[], refunds: RefundFact[], disputes: OrderFacts["disputes"] = []) {
  const facts = noFacts(FOUR_LINES);
  for (const line of facts.lines) line.elsewhere = besides.includes(line.id) ? "paid" : null;
  const { standing, dueRefunds } = judge(FOUR_LINES, {
    ...facts,
    sessions: [session("paid", { total: 5001n })],
    refunds,
    disputes,
  });
  return {
    holds: standing.lines.map(({ access }) => access && "hold" in access ? access.hold : "none"),
    due: dueRefunds.map(({ requestKey, amount, lines }) => [
      requestKey,
      amount.amount,
      lines.map(({ lineId, amount }) => `${lineId} ${amount}`).join(),
    ]),
  };
}
const named = (lineId: string, amount: bigint, changes: Partial<RefundFact> = {}) =>
  refund(amount, { id: `re_${lineId}`, lines: [{ lineId, amount }], ...changes });

Deno.test("judge ends the access of a refunded line, and keeps a free line until the whole order is refunded", () => {
  assert.deepEqual(ofFour([], [named("a", 3000n)]).holds, ["refunded", null, null, null]);
  assert.deepEqual(ofFour([], [named("b", 1n)]).holds, [null, "refunded", null, null]);
  assert.deepEqual(ofFour([], [refund(5001n)]).holds, Array(4).fill("refunded"));
  assert.deepEqual(
    ofFour([], [refund(5001n)], [dispute("lost")]).holds,
    Array(4).fill("refunded"),
    "given back counts before lost",
  );
});

for (
  const [what, besides, refunds, due] of [
    ["nothing", [], [], []],
    ["one line", ["a"], [], [["duplicate:cs_1:a", 3000n, "a 3000"]]],
    ["a line of a cent", ["b"], [], [["duplicate:cs_1:b", 1n, "b 1"]]],
    ["a free line", ["free"], [], []],
    ["two lines", ["a", "c", "free"], [], [["duplicate:cs_1:a,c", 5000n, "a 3000,c 2000"]]],
    ["the other line when one is given back", ["a", "c"], [named("a", 3000n)], [
      ["duplicate:cs_1:c", 2000n, "c 2000"],
    ]],
    ["the other line when a person asked for one", ["a", "c"], [named("a", 3000n, { status: "requested" })], [
      ["duplicate:cs_1:a,c", 2000n, "c 2000"],
    ]],
    ["the cent that a person left", ["a"], [named("a", 2999n, { status: "requested" })], [
      ["duplicate:cs_1:a", 1n, "a 1"],
    ]],
    ["all of it, though a request for one line waits to be withdrawn", ["a", "b", "c", "free"], [
      named("a", 3000n, { status: "requested", requestKey: "duplicate:cs_1:a" }),
    ], [["duplicate:cs_1:all", 5001n, ""]]],
    ["the rest, when one for a line was submitted", ["a", "b", "c", "free"], [
      named("a", 3000n, { status: "submitted", requestKey: "duplicate:cs_1:a" }),
    ], [["duplicate:cs_1:all", 2001n, ""]]],
    ["the same as was submitted already, under its key", ["a"], [
      named("a", 3000n, { status: "submitted", requestKey: "duplicate:cs_1:a" }),
    ], [["duplicate:cs_1:a", 3000n, "a 3000"]]],
  ] as [string, string[], RefundFact[], unknown[]][]
) {
  Deno.test(`judge refunds, of four lines, ${what}`, () => {
    assert.deepEqual(ofFour(besides, refunds).due, due);
  });
}

Deno.test("judge ends an order that is no longer needed, and leaves others unchanged until a payment arrives", () => {
  const payment = { ...noFacts(openOrder()).payment, status: -1, reason: 4 } as const;
  const { standing } = stands({ endedAs: "needless", payment });
  assert.deepEqual([standing.state, standing.status, standing.reason], ["expired", -1, null]);
  for (const state of ["created", "open", "failed", "expired"] as const) {
    const left = stands({ payment }, openOrder({ state })).standing;
    assert.deepEqual([left.state, left.status, left.reason], [state, -1, 4]);
  }
});

Deno.test("judge reopens the current page when the awaited payment of an earlier page failed", () => {
  const sessions = [session("failed")];
  const after = (page: Order["page"]) =>
    stands({ sessions }, openOrder({ state: "processing", attempt: 2, page })).standing.state;
  assert.equal(after(openOrder().page), "open");
  assert.equal(after(null), "created");
});
