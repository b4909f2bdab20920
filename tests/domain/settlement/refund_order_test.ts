import assert from "node:assert/strict";
import { type Caller, ROLE } from "../../../domain/accounts/ports.ts";
import type { AuditEntry } from "../../../domain/audit/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import type { Job } from "../../../domain/jobs.ts";
import type { KeyedRequest } from "../../../domain/keyed/ports.ts";
import type { LessonUse } from "../../../domain/orders/ports.ts";
import { refundOneself, showSelfRefund } from "../../../domain/orders/refund_oneself.ts";
import type { OrderFacts, Refund, RefundFact, RefundRequest } from "../../../domain/settlement/ports.ts";
import { refundOrder, type RefundStores } from "../../../domain/settlement/refund_order.ts";
import { evidence, noFacts, openOrder, STUDENT } from "../../support/memory_shop.ts";

const NOW = new Date("2026-03-15T12:00:00Z");
const [first] = openOrder().lines;
/** Algebra at 30.00 less 10.00, a free course, and Optics at 20.00: 40.00 were paid. */
const order = openOrder({
  state: "paid",
  lines: [
    { ...first!, id: "a", title: "Algebra", amount: 3000n, discount: 1000n },
    { ...first!, id: "b", title: "Biology", amount: 0n },
    { ...first!, id: "c", title: "Optics", amount: 2000n },
  ],
  subtotal: { amount: 5000n, currency: "usd" },
});
const session = { ...evidence(order, { discount: 1000n, total: 4000n }), mismatch: null, currency: "usd" };

const given = (amount: bigint, lineId: string | null = null, status: RefundFact["status"] = "succeeded") => ({
  id: `re-${amount}-${lineId}`,
  paymentIntentId: "pi_1",
  amount,
  status,
  requestKey: null,
  lines: lineId === null ? [] : [{ lineId, amount }],
});

/** The books of that order, and what was asked, noted and begun. */
function shop(changes: Partial<OrderFacts> = {}, watched: Partial<LessonUse> = {}) {
  const base = noFacts(order);
  const facts: OrderFacts = {
    ...base,
    lines: base.lines.map((line, index) => ({ ...line, discount: order.lines[index]!.discount })),
    sessions: [session],
    ...changes,
  };
  const seen: { requests: RefundRequest[]; audit: AuditEntry[]; jobs: Job[] } = {
    requests: [],
    audit: [],
    jobs: [],
  };
  const reads: string[] = [];
  const keys = new Map<string, string>();
  const refunds = new Map<string, Refund>();
  const lesson = { lengthSeconds: 600, watchedSeconds: 0, ticketAt: null, isOpened: false, ...watched };
  const stores = {
    books: {
      lock({ orderId }: { orderId?: string }) {
        reads.push("locked");
        return Promise.resolve(orderId === order.id ? order : null);
      },
      facts: () => Promise.resolve(facts),
      requestRefund(request: RefundRequest) {
        const refund: Refund = {
          ...request,
          id: `refund-${seen.requests.push(request)}`,
          status: "requested",
          failureReason: null,
          createdAt: NOW,
        };
        refunds.set(refund.id, refund);
        return Promise.resolve(refund);
      },
      refund: (id: string) =>
        Promise.resolve({ ...refunds.get(id), id, status: "failed", failureReason: "why" }),
    },
    audit: { record: (entry: AuditEntry) => Promise.resolve(void seen.audit.push(entry)) },
    jobs: { add: (...jobs: Job[]) => Promise.resolve(void seen.jobs.push(...jobs)) },
    keyedRequests: {
      claim({ key }: KeyedRequest) {
        const answerId = keys.get(key);
        return Promise.resolve(answerId ? { answerId, isSame: true } : "new");
      },
      keep: ({ key }: KeyedRequest, answerId: string) => Promise.resolve(void keys.set(key, answerId)),
    },
    refundableOrders: {
      byId(id: string) {
        reads.push("read");
        return Promise.resolve(
          id !== order.id ? null : {
            order,
            facts,
            paidAt: new Date(NOW.getTime() - 1000),
            use: order.lines.map(({ id }) => ({
              lineId: id,
              lessons: id === "a" ? [lesson] : [],
              soldLessons: 0,
              soldSeconds: 0,
              accessEndsAt: null,
            })),
          },
        );
      },
    },
  } as unknown as
    & RefundStores
    & Parameters<Parameters<Parameters<typeof refundOneself>[0]["transaction"]>[0]>[0];
  const keyed = (key?: string) =>
    key === undefined ? null : { callerId: "x", operation: "x", target: "x", key, content: "" };
  const transaction = <Result>(work: (all: typeof stores) => Promise<Result>) => work(stores);
  return {
    seen,
    /** How the order was come by, in that order. */
    reads,
    refund: (lineIds: string[] = [], { orderId = order.id, key }: { orderId?: string; key?: string } = {}) =>
      refundOrder({ transaction }, {
        orderId,
        lineIds,
        origin: "administrator",
        requestedBy: "admin",
        keyId: null,
        reason: "asked for",
        keyed: keyed(key),
        requestId: "request",
      }),
    show: (id = STUDENT) =>
      showSelfRefund({
        refundableOrders: stores.refundableOrders,
        refundPolicy: { days: 14, watchedPercent: 20 },
        clock: () => NOW,
      }, { caller: { id, role: ROLE.student } as Caller, orderId: order.id }),
    takeBack: (lineIds: string[] = [], { id = STUDENT, key }: { id?: string; key?: string } = {}) =>
      refundOneself({ transaction, refundPolicy: { days: 14, watchedPercent: 20 }, clock: () => NOW }, {
        caller: { id, role: ROLE.student } as Caller,
        orderId: order.id,
        lineIds,
        reason: "not for me",
        keyed: keyed(key),
        requestId: "request",
      }),
  };
}

const asked = ({ amount, lines }: Refund) => [
  amount.amount,
  lines.map(({ lineId, amount }) => [lineId, amount]),
];

for (
  const [what, lineIds, refunds, expected] of [
    ["all of an order", [], [], [4000n, []]],
    ["all that goodwill has left of it", [], [given(500n)], [3500n, []]],
    ["the last cent of an order, of the line that has it", [], [given(3999n)], [1n, [["c", 1n]]]],
    ["the last cent of each line", [], [given(3998n)], [2n, []]],
    ["all of it anew when a refund failed", [], [given(4000n, null, "failed")], [4000n, []]],
    ["a line, less its discount", ["a"], [], [2000n, [["a", 2000n]]]],
    ["two lines", ["c", "a"], [], [4000n, [["a", 2000n], ["c", 2000n]]]],
    ["a line named twice, once", ["a", "a"], [], [2000n, [["a", 2000n]]]],
    ["what goodwill has left of a line", ["c"], [given(500n)], [1750n, [["c", 1750n]]]],
    ["the other line after one", [], [given(2000n, "a")], [2000n, [["c", 2000n]]]],
    ["the other line while one is asked for", ["c"], [given(2000n, "a", "requested")], [2000n, [[
      "c",
      2000n,
    ]]]],
    ["a line whose refund was refused", ["a"], [given(2000n, "a", "canceled")], [2000n, [["a", 2000n]]]],
  ] as [string, string[], RefundFact[], unknown[]][]
) {
  Deno.test(`a refund is requested of ${what}`, async () => {
    const { refund, seen } = shop({ refunds });
    const answer = await refund(lineIds);
    assert.deepEqual(asked(answer), expected);
    const { amount, ...request } = seen.requests[0]!;
    assert.equal(amount.currency, "usd");
    assert.deepEqual([request.paymentIntentId, request.origin, request.requestedBy, request.reason], [
      "pi_1",
      "administrator",
      "admin",
      "asked for",
    ]);
    assert.deepEqual(seen.jobs, [{ kind: "submit_refund", refundId: answer.id }]);
    assert.deepEqual(
      seen.audit.map(({ action, subject, after }) => [action, subject, after!.amount]),
      [["order.refund", { type: "order", id: order.id }, String(amount.amount)]],
    );
  });
}

const dispute = (status: string) => [{ id: "dp", paymentIntentId: "pi_1", status }];
for (
  const [what, lineIds, facts, code] of [
    ["of an order that is not paid", [], { sessions: [] }, "not_refundable"],
    ["of an order that is given back", [], { refunds: [given(4000n)] }, "not_refundable"],
    [
      "of an order that is being given back",
      [],
      { refunds: [given(4000n, null, "requested")] },
      "not_refundable",
    ],
    ["of a line that is given back", ["a"], { refunds: [given(2000n, "a")] }, "not_refundable"],
    [
      "of a line that is being given back",
      ["a"],
      { refunds: [given(2000n, "a", "submitted")] },
      "not_refundable",
    ],
    ["of a line that cost nothing", ["b"], {}, "not_refundable"],
    ["of a line of another order", ["a", "x"], {}, "invalid_input"],
    ["while the bank holds the payment", [], { disputes: dispute("needs_response") }, "not_refundable"],
    [
      "of a line while the bank holds the payment, when another line was given back",
      ["c"],
      { disputes: dispute("needs_response"), refunds: [given(2000n, "a")] },
      "not_refundable",
    ],
    ["after the bank has taken the payment", ["a"], { disputes: dispute("lost") }, "not_refundable"],
  ] as [string, string[], Partial<OrderFacts>, string][]
) {
  Deno.test(`no refund is requested ${what}`, async () => {
    const { refund, seen } = shop(facts);
    await assert.rejects(refund(lineIds), { code });
    assert.deepEqual(seen, { requests: [], audit: [], jobs: [] });
  });
}

const byTheShop = (changes: Partial<RefundFact> = {}) => ({
  ...given(4000n, null, "requested"),
  id: "own",
  requestKey: "duplicate:cs_order-a_1:all",
  ...changes,
});
const STATUSES = [
  "requested",
  "submitted",
  "requires_action",
  "pending",
  "succeeded",
  "failed",
  "canceled",
] as const;

for (const status of STATUSES) {
  const isLive = status !== "failed" && status !== "canceled";
  Deno.test(`an administrator who refunds all that the shop gives back itself, ${status}, is answered ${isLive ? "that" : "anew"}`, async () => {
    const { refund, seen } = shop({ refunds: [given(1n, null, "failed"), byTheShop({ status })] });
    assert.equal((await refund()).id, isLive ? "own" : "refund-1");
    assert.deepEqual(
      [seen.requests.length, seen.audit.length, seen.jobs.length],
      Array(3).fill(isLive ? 0 : 1),
    );
  });
}

Deno.test("the shop's own refund is not returned for a line, a student or another payment, nor if it is partial", async () => {
  const whole = { refunds: [byTheShop()] };
  await assert.rejects(shop(whole).refund(["a"]), { code: "not_refundable" });
  await assert.rejects(shop(whole).takeBack(), { code: "not_refundable" });
  const persons = { refunds: [byTheShop({ requestKey: "mine" })] };
  await assert.rejects(shop(persons).refund(), { code: "not_refundable" });
  const part = shop({ refunds: [byTheShop({ ...given(2000n, "a"), requestKey: "duplicate:cs:a" })] });
  assert.deepEqual(asked(await part.refund()), [2000n, [["c", 2000n]]]);
  const other = shop({ refunds: [byTheShop({ paymentIntentId: "pi_2" })] });
  assert.deepEqual(asked(await other.refund()), [4000n, []]);
});

Deno.test("an unknown order is not refunded", async () => {
  await assert.rejects(shop().refund([], { orderId: "other" }), {
    code: "not_found",
    message: "There is no such order.",
  });
});

Deno.test("a repeated request with the same key returns the refund as it was requested", async () => {
  const { refund, takeBack, seen } = shop();
  const answer = await refund([], { key: "k" });
  assert.deepEqual(await refund([], { key: "k" }), answer);
  assert.deepEqual(await takeBack([], { key: "k" }), answer, "before the policy is asked");
  assert.equal(seen.requests.length, 1);
});

for (
  const [what, lineIds, refunds, expected] of [
    ["all of an order beside a course that cost nothing", [], [], [4000n, []]],
    ["all that is left beside a line that is given back", [], [given(2000n, "a")], [2000n, [["c", 2000n]]]],
    ["a line", ["c"], [], [2000n, [["c", 2000n]]]],
    ["the last cent of an order", [], [given(3999n)], [1n, [["c", 1n]]]],
  ] as [string, string[], RefundFact[], unknown[]][]
) {
  Deno.test(`a student refunds ${what}`, async () => {
    const { takeBack, seen, reads } = shop({ refunds });
    assert.deepEqual(asked(await takeBack(lineIds)), expected);
    assert.deepEqual(reads, ["locked", "read"], "nobody else refunds it meanwhile");
    assert.deepEqual([seen.requests[0]!.origin, seen.requests[0]!.requestedBy], ["student", STUDENT]);
  });
}

Deno.test("a student cannot refund somebody else's order", async () => {
  await assert.rejects(shop().takeBack([], { id: "somebody else" }), {
    code: "not_found",
    message: "There is no such order.",
  });
  await assert.rejects(shop().show("somebody else"), {
    code: "not_found",
    message: "There is no such order.",
  });
});

Deno.test("a student cannot refund a line that was watched too far, or its whole order, but can refund the other line", async () => {
  const watched = { watchedSeconds: 300 };
  for (const lineIds of [[], ["a"], ["a", "c"]]) {
    await assert.rejects(shop({}, watched).takeBack(lineIds), {
      code: "not_refundable",
      message: "Algebra: 50 % of the course are watched; up to 20 % are allowed.",
    });
  }
  assert.deepEqual(asked(await shop({}, watched).takeBack(["c"])), [2000n, [["c", 2000n]]]);
  const given_ = [given(2000n, "a", "requested")];
  assert.deepEqual(asked(await shop({ refunds: given_ }, watched).takeBack()), [2000n, [["c", 2000n]]]);
});

Deno.test("a student is told why nothing is left to refund", async () => {
  await assert.rejects(shop({ refunds: [given(4000n, null, "submitted")] }).takeBack(), {
    message:
      /Algebra: The refund is in progress\. Biology: There is nothing to give back\. Optics: The refund/,
  });
});

Deno.test("a student is shown the refundable amount of each line, and whether the whole order is refundable", async () => {
  const { order: shown, lines, isAllowed } = await shop({ refunds: [given(2000n, "a")] }).show();
  assert.deepEqual([shown.order.id, isAllowed, lines.map(({ left }) => left)], [order.id, true, [
    0n,
    0n,
    2000n,
  ]]);
});

Deno.test("a line of another order is named in the refusal", async () => {
  await assert.rejects(shop().refund(["x", "a", "y"]), (error) => {
    const { fields } = (error as DomainError).details;
    assert.deepEqual(fields, { line_ids: ["These lines do not belong to this order: x, y."] });
    return true;
  });
});
