import assert from "node:assert/strict";
import fc from "fast-check";
import { chargeUnit } from "../../../domain/money.ts";
import { discountOf } from "../../../domain/promotions/discount.ts";
import type { Promotion } from "../../../domain/promotions/ports.ts";

const NOW = new Date("2026-03-01T12:00:00Z");
const EARLIER = new Date("2026-02-01T12:00:00Z");
const LATER = new Date("2026-04-01T12:00:00Z");
const lines = [{ courseId: "algebra", amount: 4999n }, { courseId: "optics", amount: 2001n }];

function promotion(given: Partial<Promotion> = {}): Promotion {
  return {
    id: "promotion",
    code: "SPRING",
    createdBy: "admin",
    discount: { percent: 25 },
    minimums: [],
    courseIds: [],
    validFrom: null,
    validUntil: null,
    maxRedemptions: null,
    perStudentLimit: null,
    isActive: true,
    createdAt: EARLIER,
    ...given,
  };
}

function discount(
  given: Partial<Promotion>,
  { currency = "usd", all = 0, byStudent = 0 } = {},
): bigint[] | string {
  const found = { promotion: promotion(given), redemptions: { all, byStudent } };
  const result = discountOf(found, lines, currency, NOW);
  return "perLine" in result ? result.perLine : result.refusedBecause;
}

for (
  const [what, given, expected] of [
    ["a percentage is rounded down in all, and split to the last cent", {}, [1250n, 500n]],
    ["a hundred percent takes everything", { discount: { percent: 100 } }, [4999n, 2001n]],
    ["one percent of little may be nothing", { discount: { percent: 1 }, courseIds: ["optics"] }, [0n, 20n]],
    ["other courses stay as they are", { courseIds: ["optics"] }, [0n, 500n]],
    ["an amount is split in proportion", {
      discount: { amounts: [{ amount: 1000n, currency: "usd" }] },
    }, [714n, 286n]],
    ["an amount takes no more than there is", {
      discount: { amounts: [{ amount: 9900n, currency: "usd" }] },
    }, [4999n, 2001n]],
    ["the minimum is reached exactly", { minimums: [{ amount: 7000n, currency: "usd" }] }, [1250n, 500n]],
    ["it is valid from its first moment on", { validFrom: NOW, validUntil: LATER }, [1250n, 500n]],
  ] as [string, Partial<Promotion>, bigint[]][]
) {
  Deno.test(`discountOf: ${what}`, () => assert.deepEqual(discount(given), expected));
}

Deno.test("discountOf: a code may be used until its limits are reached", () => {
  const limits = { maxRedemptions: 3, perStudentLimit: 2 };
  assert.deepEqual(discount(limits, { all: 2, byStudent: 1 }), [1250n, 500n]);
});

for (
  const [what, given, context, why] of [
    ["it was ended", { isActive: false }, {}, /no longer valid/],
    ["it has not begun", { validFrom: LATER }, {}, /not valid yet/],
    ["it ends this moment", { validUntil: NOW }, {}, /has expired/],
    ["it is used up", { maxRedemptions: 3 }, { all: 3 }, /used up/],
    [
      "the student has used it as often as one may",
      { perStudentLimit: 1 },
      { byStudent: 1 },
      /used this code already/,
    ],
    ["it is for other courses", { courseIds: ["mechanics"] }, {}, /not for these courses/],
    [
      "the courses it is for cost too little",
      {
        minimums: [{ amount: 5000n, currency: "usd" }],
        courseIds: ["algebra"],
      },
      {},
      /of 50\.00 USD or more/,
    ],
    [
      "its minimum is in another currency",
      { minimums: [{ amount: 1n, currency: "eur" }] },
      {},
      /not for orders in USD/,
    ],
    [
      "its amounts are in other currencies",
      {
        discount: { amounts: [{ amount: 1n, currency: "eur" }] },
      },
      {},
      /not for orders in USD/,
    ],
  ] as [string, Partial<Promotion>, { all?: number; byStudent?: number }, RegExp][]
) {
  Deno.test(`discountOf refuses a code when ${what}`, () => {
    const answer = discount(given, context);
    assert.equal(typeof answer, "string");
    assert.match(answer as string, why);
  });
}

Deno.test("discountOf never exceeds a line's price or splits a chargeable unit, in any currency", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 0, max: 99_999 }), { minLength: 1, maxLength: 20 }),
    fc.constantFrom("usd", "jpy", "kwd", "isk", "mga"),
    fc.oneof(
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ amount: fc.integer({ min: 1, max: 2_000_000 }) }),
    ),
    (amounts, currency, given) => {
      const unit = chargeUnit(currency);
      const priced = amounts.map((amount, index) => ({
        courseId: `${index}`,
        amount: BigInt(amount) * unit,
      }));
      const takes = "percent" in given
        ? { percent: given.percent }
        : { amounts: [{ amount: BigInt(given.amount) * unit, currency }] };
      const found = { promotion: promotion({ discount: takes }), redemptions: { all: 0, byStudent: 0 } };
      const result = discountOf(found, priced, currency, NOW);
      const subtotal = priced.reduce((sum, { amount }) => sum + amount, 0n);
      if (subtotal === 0n) return "refusedBecause" in result;
      assert.ok("perLine" in result);
      const total = result.perLine.reduce((sum, amount) => sum + amount, 0n);
      assert.ok(result.perLine.every((amount, index) => amount >= 0n && amount <= priced[index]!.amount));
      assert.equal((subtotal - total) % unit, 0n);
      if (given && "percent" in given) assert.ok(total <= subtotal * BigInt(given.percent) / 100n);
      if (given && "percent" in given && given.percent === 100) assert.equal(total, subtotal);
    },
  ));
});
