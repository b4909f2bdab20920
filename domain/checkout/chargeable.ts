import { DomainError } from "../errors.ts";
import { inWords, leastCharge } from "../pricing/least_charge.ts";

/** Throws DomainError `invalid_input` when a purchase comes to more than nothing, and to less than can be charged. */
export function requireChargeable(
  { subtotal, discount, currency }: { subtotal: bigint; discount: bigint; currency: string },
): void {
  const toPay = subtotal - discount;
  const least = leastCharge(currency);
  if (toPay === 0n || toPay >= least.amount) return;
  const message = `Nothing under ${inWords(least)} can be paid, and this comes to ` +
    `${inWords({ amount: toPay, currency })}${discount > 0n ? " with the code" : ""}.`;
  throw new DomainError("invalid_input", message, {
    fields: { [discount > 0n ? "promotion_code" : "course_id"]: [message] },
  });
}
