import assert from "node:assert/strict";
import { completionHits, saleHits } from "../../../domain/analytics/due_hits.ts";
import type { MeasuredEvent, SaleFigures } from "../../../domain/analytics/ports.ts";

const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
/** Two courses, of 90.00 and 10.00 after discounts, with 20 % tax. */
const ORDER: SaleFigures = {
  orderId: "o",
  currency: "usd",
  coupon: "SPRING",
  tax: 2000n,
  begunAt: at(1),
  boughtAt: null,
  refundedAt: null,
  lines: [
    { courseId: "a", title: "Algebra", net: 9000n, paid: 0n, refunded: 0n },
    { courseId: "b", title: "Botany", net: 1000n, paid: 0n, refunded: 0n },
  ],
  stored: [],
};
const PAID: SaleFigures = {
  ...ORDER,
  boughtAt: at(2),
  lines: [{ ...ORDER.lines[0]!, paid: 10800n }, { ...ORDER.lines[1]!, paid: 1200n }],
};
const refunded = (...amounts: bigint[]): SaleFigures => ({
  ...PAID,
  refundedAt: at(3),
  lines: PAID.lines.map((line, n) => ({ ...line, refunded: amounts[n]! })),
});
const names = (figures: SaleFigures, isBought: boolean) =>
  saleHits(figures, { isBought }).map(({ key }) => key);

Deno.test("an order begins once, and is a purchase once it has given access", () => {
  assert.deepEqual(names(ORDER, false), ["begin_checkout"]);
  assert.deepEqual(names(PAID, false), ["begin_checkout"], "a payment that gave nothing is none");
  const [begun, bought] = saleHits(PAID, { isBought: true });
  const items = [{ courseId: "a", title: "Algebra", amount: 9000n }, {
    courseId: "b",
    title: "Botany",
    amount: 1000n,
  }];
  assert.deepEqual(begun, {
    key: "begin_checkout",
    happenedAt: at(1),
    event: { name: "begin_checkout", currency: "usd", coupon: "SPRING", items },
  });
  assert.deepEqual(bought, {
    key: "purchase",
    happenedAt: at(2),
    event: { name: "purchase", orderId: "o", currency: "usd", coupon: "SPRING", tax: 2000n, items },
  });
});

Deno.test("what is refunded adds up to the purchase without its tax, line by line, in whatever parts", () => {
  const stored: MeasuredEvent[] = saleHits(PAID, { isBought: true }).map(({ event }) => event);
  const shares: [string, bigint][][] = [];
  for (const amounts of [[1n, 0n], [5400n, 0n], [5400n, 1200n], [10800n, 1200n]]) {
    const hits = saleHits({ ...refunded(...amounts), stored }, { isBought: false });
    const [refund, ...more] = hits.filter(({ event }) => event.name === "refund");
    assert.deepEqual(more, []);
    if (!refund) {
      shares.push([]);
      continue;
    }
    const { event, happenedAt } = refund;
    assert.ok(event.name === "refund" && event.orderId === "o" && happenedAt.getTime() === at(3).getTime());
    shares.push(event.items.map(({ courseId, amount }) => [courseId, amount]));
    stored.push(event);
  }
  assert.deepEqual(shares, [[], [["a", 4500n]], [["b", 1000n]], [["a", 4500n]]]);
});

Deno.test("a refund that failed and is made again counts once", () => {
  const stored = saleHits(refunded(10800n, 0n), { isBought: true }).map(({ event }) => event);
  assert.equal(stored.length, 3);
  assert.deepEqual(
    saleHits({ ...refunded(0n, 0n), stored }, { isBought: true }).map(({ key }) => key),
    ["begin_checkout", "purchase"],
  );
  const again = saleHits({ ...refunded(10800n, 0n), stored }, { isBought: true });
  assert.deepEqual(again.map(({ key }) => key), ["begin_checkout", "purchase"]);
});

Deno.test("a refund that is heard of before its purchase follows it, and never comes alone", () => {
  assert.deepEqual(names(refunded(5400n, 0n), false), ["begin_checkout"]);
  assert.deepEqual(names(refunded(5400n, 0n), true), ["begin_checkout", "purchase", "refund:4500"]);
});

Deno.test("the last lesson completes the course too", () => {
  const figures = { lessonId: "l", courseId: "c", courseTitle: "Algebra", completedAt: at(1) };
  const keys = (courseCompletedAt: Date | null) =>
    completionHits({ ...figures, courseCompletedAt }).map(({ key, happenedAt }) => [key, happenedAt]);
  assert.deepEqual(keys(null), [["lesson_completed:l", at(1)]]);
  assert.deepEqual(keys(at(2)), [["lesson_completed:l", at(1)], ["course_completed:c", at(2)]]);
});
