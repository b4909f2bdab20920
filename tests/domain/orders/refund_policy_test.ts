import assert from "node:assert/strict";
import type { LineUse, RefundableOrder } from "../../../domain/orders/ports.ts";
import { judgeSelfRefund } from "../../../domain/orders/refund_policy.ts";
import type { OrderFacts, RefundFact } from "../../../domain/settlement/ports.ts";
import { evidence, noFacts, openOrder } from "../../support/memory_shop.ts";

const NOW = new Date("2026-03-15T12:00:00Z");
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 3600_000);
const policy = { days: 14, watchedPercent: 20 };

/** Ten lessons of ten minutes, of which the first so many were watched by so many seconds. */
function use(watched: number[], changes: Partial<LineUse> = {}): LineUse {
  const lessons = Array.from({ length: 10 }, (_, index) => ({
    lengthSeconds: 600,
    watchedSeconds: watched[index] ?? 0,
    ticketAt: null,
    isOpened: false,
  }));
  return { lineId: "line-a", lessons, soldLessons: 10, soldSeconds: 6000, accessEndsAt: null, ...changes };
}

const given = (changes: Partial<RefundFact> = {}): RefundFact => ({
  id: "re",
  paymentIntentId: "pi_1",
  amount: 4999n,
  status: "succeeded",
  requestKey: null,
  lines: [],
  ...changes,
});

function judge(
  order: Partial<RefundableOrder> = {},
  facts: Partial<OrderFacts> = {},
  used: LineUse = use([600]),
  by = policy,
) {
  const paid = openOrder({ state: "paid" });
  const session = { ...evidence(paid), mismatch: null, currency: "usd" };
  const whole = {
    order: paid,
    facts: { ...noFacts(paid), sessions: [session], ...facts },
    paidAt: daysAgo(3),
    use: [used],
  };
  return judgeSelfRefund({ ...whole, ...order }, by, NOW).lines[0]!;
}

const dispute = { id: "dp", paymentIntentId: "pi_1", status: "needs_response" };
const free = {
  sessions: [{
    ...evidence(openOrder(), { total: 0n, discount: 4999n, paymentIntentId: null }),
    mismatch: null,
    currency: "usd",
  }],
};

for (
  const [what, verdict, percent] of [
    ["within the days and the share", judge(), 10],
    ["with nothing watched", judge({}, {}, use([])), 0],
    ["with just as much watched as is allowed", judge({}, {}, use([600, 600])), 20],
    ["of which a part was given back", judge({}, { refunds: [given({ amount: 1n })] }), 10],
    ["whose refund failed", judge({}, { refunds: [given({ status: "failed" })] }), 10],
    ["an instant before the time is over", judge({ paidAt: new Date(daysAgo(14).getTime() + 1) }), 10],
    [
      "an instant before its access is over",
      judge({}, {}, use([600], { accessEndsAt: new Date(NOW.getTime() + 1) })),
      10,
    ],
    [
      "that gives nothing, because the student has the course from elsewhere",
      judge({}, { lines: noFacts(openOrder()).lines.map((line) => ({ ...line, elsewhere: "given" })) }),
      10,
    ],
    [
      "of a course without lessons",
      judge({}, {}, use([], { lessons: [], soldLessons: 0, soldSeconds: 0 })),
      0,
    ],
  ] as const
) {
  Deno.test(`a student may refund a line ${what}`, () => {
    assert.equal(verdict.isAllowed, true, verdict.why);
    assert.equal(verdict.watchedPercent, percent);
    assert.match(verdict.why, /until/);
  });
}

Deno.test("a student is told until when a line can be refunded: so many days after the payment", () => {
  assert.equal(
    judge().why,
    "Can be taken back until 2026-03-26T12:00:00.000Z: 10 % watched, up to 20 % are allowed.",
  );
});

Deno.test("nothing is left to refund of an unpaid line", () => {
  assert.equal(judge({ paidAt: null }, { sessions: [] }).left, 0n);
});

for (
  const [what, verdict, why] of [
    [
      "when the shop has no such policy",
      judge({}, {}, use([]), { ...policy, days: 0 }),
      /administrators only/,
    ],
    ["when the order is not paid", judge({ paidAt: null }, { sessions: [] }), /not paid/],
    [
      "when the order is not paid, though it says since when",
      judge({ order: openOrder() }, { sessions: [] }),
      /not paid/,
    ],
    ["when the order is refunded", judge({}, { refunds: [given()] }), /refunded already/],
    ["when nothing was paid", judge({}, free), /Nothing was paid/],
    ["when the time is over", judge({ paidAt: daysAgo(14) }), /more than 14 days old/],
    [
      "when the one day is over",
      judge({ paidAt: daysAgo(1) }, {}, use([]), { ...policy, days: 1 }),
      /more than a day old/,
    ],
    [
      "when a second more was watched",
      judge({}, {}, use([600, 600, 1])),
      /21 % of the course are watched/,
    ],
    [
      "when more was watched than there is",
      judge({}, {}, use(Array.from({ length: 10 }, () => 9999))),
      /100 %/,
    ],
    ["when it is being refunded", judge({}, { refunds: [given({ status: "submitted" })] }), /in progress/],
    ["while the bank disputes the payment", judge({}, { disputes: [dispute] }), /dispute/],
    [
      "when its access is used up",
      judge({}, {}, use([], { accessEndsAt: NOW })),
      /used up: it ended on 2026/,
    ],
  ] as const
) {
  Deno.test(`a student may not refund a line ${what}`, () => {
    assert.equal(verdict.isAllowed, false);
    assert.match(verdict.why, why);
  });
}

/** An order of three lines: 30.00, a free one, and 20.00. */
function bundle(facts: Partial<OrderFacts>, watched: number[] = []) {
  const [first] = openOrder().lines;
  const order = openOrder({
    state: "paid",
    lines: [
      { ...first!, id: "a", amount: 3000n },
      { ...first!, id: "b", amount: 0n },
      { ...first!, id: "c", amount: 2000n },
    ],
    subtotal: { amount: 5000n, currency: "usd" },
  });
  const session = { ...evidence(order), mismatch: null, currency: "usd" };
  return judgeSelfRefund(
    {
      order,
      facts: { ...noFacts(order), sessions: [session], ...facts },
      paidAt: daysAgo(3),
      use: order.lines.map(({ id }) => use(id === "c" ? watched : [], { lineId: id })),
    },
    policy,
    NOW,
  );
}

Deno.test("the whole order may be refunded if every line with an amount left may be", () => {
  const lines = [{ lineId: "a", amount: 3000n }];
  for (
    const [what, facts, left] of [
      ["beside a free line", {}, [3000n, 0n, 2000n]],
      ["beside a line that is given back", { refunds: [given({ amount: 3000n, lines })] }, [0n, 0n, 2000n]],
      [
        "beside a line that is being given back",
        { refunds: [given({ amount: 3000n, lines, status: "requested" as const })] },
        [0n, 0n, 2000n],
      ],
      ["of which a cent is left", { refunds: [given({ amount: 4999n })] }, [0n, 0n, 1n]],
      ["with less left after goodwill", { refunds: [given({ amount: 500n })] }, [2700n, 0n, 1800n]],
    ] as const
  ) {
    const judged = bundle(facts as Partial<OrderFacts>);
    assert.deepEqual(judged.lines.map((line) => line.left), left, what);
    assert.equal(judged.isAllowed, true, what);
  }
  const { lines: [back, free] } = bundle({ refunds: [given({ amount: 3000n, lines })] });
  assert.deepEqual([back!.why, free!.why], Array(2).fill("There is nothing to give back."));
  assert.equal(bundle({}, [600, 600, 600]).isAllowed, false, "one line was watched too far");
  assert.equal(bundle({ refunds: [given({ amount: 5000n })] }).isAllowed, false, "nothing is left");
});
