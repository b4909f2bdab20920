import assert from "node:assert/strict";
import type { RefundableLine, RefundableOrder } from "../../../domain/orders/ports.ts";
import { judgeSelfRefund } from "../../../domain/orders/refund_policy.ts";

const NOW = new Date("2026-03-15T12:00:00Z");
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 3600_000);
const policy = { days: 14, watchedPercent: 20 };

function judge(order: Partial<RefundableOrder> = {}, line: Partial<RefundableLine> = {}, given = policy) {
  const lines = [{
    id: "line",
    title: "Algebra",
    left: 4900n,
    isRefunding: false,
    hold: null,
    watchedSeconds: 600,
    durationSeconds: 6000,
    openedLessons: 1,
    lessons: 10,
    ...line,
  }];
  const whole: RefundableOrder = {
    id: "order",
    studentId: "ada",
    state: "paid",
    currency: "usd",
    paidAt: daysAgo(3),
    paid: 4900n,
    lines,
    ...order,
  };
  return judgeSelfRefund(whole, given, NOW)[0]!;
}

for (
  const [what, verdict, percent] of [
    ["within the days and the share", judge(), 10],
    ["with nothing watched", judge({}, { watchedSeconds: 0 }), 0],
    ["with just as much watched as is allowed", judge({}, { watchedSeconds: 1200 }), 20],
    ["of a partly refunded order", judge({ state: "partially_refunded" }), 10],
    ["an instant before the time is over", judge({ paidAt: new Date(daysAgo(14).getTime() + 1) }), 10],
    ["of a course of unknown length, by lessons", judge({}, { durationSeconds: 0 }), 10],
    ["of a course without lessons", judge({}, { durationSeconds: 0, lessons: 0, openedLessons: 0 }), 0],
  ] as const
) {
  Deno.test(`a student may take back a line ${what}`, () => {
    assert.equal(verdict.isAllowed, true, verdict.why);
    assert.equal(verdict.watchedPercent, percent);
    assert.match(verdict.why, /until/);
  });
}

for (
  const [what, verdict, why] of [
    ["when the shop has no such policy", judge({}, {}, { ...policy, days: 0 }), /administrators only/],
    ["when the order is not paid", judge({ state: "open", paidAt: null }), /not paid/],
    ["when the order is refunded", judge({ state: "refunded" }), /refunded already/],
    ["when nothing was paid", judge({ paid: 0n }), /Nothing was paid/],
    ["when the time is over", judge({ paidAt: daysAgo(14) }), /more than 14 days old/],
    ["when a second more was watched", judge({}, { watchedSeconds: 1201 }), /21 % of the course are watched/],
    ["when more was watched than there is", judge({}, { watchedSeconds: 9999 }), /100 %/],
    ["when it is being refunded", judge({}, { isRefunding: true }), /under way/],
    ["when the line is refunded", judge({}, { left: 0n }), /nothing to give back/],
    ["while the bank disputes the payment", judge({}, { hold: "disputed" }), /dispute/],
    [
      "when most lessons were opened and no length is known",
      judge({}, { durationSeconds: 0, openedLessons: 3 }),
      /30 %/,
    ],
  ] as const
) {
  Deno.test(`a student may not take back a line ${what}`, () => {
    assert.equal(verdict.isAllowed, false);
    assert.match(verdict.why, why);
  });
}
