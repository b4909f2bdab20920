import { allot, chargeUnit, decimalAmount, type Money } from "../money.ts";
import type { Promotion, Redemptions } from "./ports.ts";

/** The discount of each line, in order; or the reason, for the buyer, why there is none. */
export type Discount = { perLine: bigint[] } | { refusedBecause: string };

/** Decides whether a promotion can be used for lines in a currency at `now`, and computes their discounts. */
export function discountOf(
  { promotion, redemptions }: { promotion: Promotion; redemptions: Redemptions },
  lines: { courseId: string; amount: bigint }[],
  currency: string,
  now: Date,
): Discount {
  const closed = closedBecause(promotion, redemptions, now);
  if (closed) return { refusedBecause: closed };
  const { discount, courseIds, minimums } = promotion;
  const weights = lines.map(({ courseId, amount }) =>
    courseIds.length === 0 || courseIds.includes(courseId) ? amount : 0n
  );
  const eligible = weights.reduce((sum, amount) => sum + amount, 0n);
  if (eligible === 0n) return { refusedBecause: "This code is not for these courses." };
  const inCurrency = (amounts: Money[]) => amounts.find((money) => money.currency === currency)?.amount;
  const wrongCurrency = { refusedBecause: `This code is not for orders in ${currency.toUpperCase()}.` };
  if (minimums.length > 0) {
    const minimum = inCurrency(minimums);
    if (minimum === undefined) return wrongCurrency;
    if (eligible < minimum) {
      const price = `${decimalAmount({ amount: minimum, currency })} ${currency.toUpperCase()}`;
      return { refusedBecause: `This code is for courses of ${price} or more.` };
    }
  }
  const split = (amount: bigint) => ({
    perLine: allot({ amount: roundDown(amount, currency), currency }, weights),
  });
  if ("percent" in discount) {
    return split(eligible * BigInt(discount.percent) / 100n);
  }
  const amount = inCurrency(discount.amounts);
  if (amount === undefined) return wrongCurrency;
  return split(amount < eligible ? amount : eligible);
}

function closedBecause(promotion: Promotion, redemptions: Redemptions, now: Date): string | null {
  const { validFrom, validUntil, maxRedemptions, perStudentLimit } = promotion;
  if (!promotion.isActive) return "This code is no longer valid.";
  if (validFrom && now < validFrom) return "This code is not valid yet.";
  if (validUntil && now >= validUntil) return "This code has expired.";
  if (maxRedemptions !== null && redemptions.all >= maxRedemptions) return "This code has been used up.";
  if (perStudentLimit !== null && redemptions.byStudent >= perStudentLimit) {
    return "You have used this code already.";
  }
  return null;
}

/** Rounds an amount down to a multiple of the unit that can be charged. */
function roundDown(amount: bigint, currency: string): bigint {
  return amount - amount % chargeUnit(currency);
}
