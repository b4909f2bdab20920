import { DomainError } from "../errors.ts";
import { inWords, leastCharge } from "../pricing/least_charge.ts";

/** Throws DomainError `invalid_input` if the total of a purchase is above zero but below the minimum charge. */
export function requireChargeable(
  { subtotal, discount, currency }: { subtotal: bigint; discount: bigint; currency: string },
): void {
  const toPay = subtotal - discount;
  const least = leastCharge(currency);
  if (toPay === 0n || toPay >= least.amount) return;
  const message =
    `The minimum charge is ${inWords(least)}; ${discount > 0n ? "with this code " : ""}the total is ` +
    `${inWords({ amount: toPay, currency })}.`;
  throw new DomainError("invalid_input", message, {
    fields: { [discount > 0n ? "promotion_code" : "course_id"]: [message] },
  });
}
