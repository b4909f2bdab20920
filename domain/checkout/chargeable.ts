import { DomainError } from "../errors.ts";
import { decimalAmount, type Money } from "../money.ts";

/**
 * The least that Stripe charges, in minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
 * For other currencies none is published: there Stripe's own refusal counts.
 */
const LEAST = ([
  [30n, "gbp"],
  [50n, "ars aud brl cad chf cop eur idr ils inr jpy krw nzd php rub sgd usd zar"],
  [200n, "aed myr pln ron"],
  [250n, "dkk"],
  [300n, "nok sek"],
  [400n, "hkd"],
  [1000n, "mxn thb"],
  [1500n, "czk"],
  [17500n, "huf"],
] as const).map(([amount, currencies]) => ({ amount, currencies: new Set(currencies.split(" ")) }));

/** Throws DomainError `invalid_input` when a purchase comes to more than nothing, and to less than can be charged. */
export function requireChargeable(
  { subtotal, discount, currency }: { subtotal: bigint; discount: bigint; currency: string },
): void {
  const toPay = subtotal - discount;
  const least = LEAST.find(({ currencies }) => currencies.has(currency))?.amount ?? 0n;
  if (toPay === 0n || toPay >= least) return;
  const message = `Nothing under ${write({ amount: least, currency })} can be paid, and this comes to ` +
    `${write({ amount: toPay, currency })}${discount > 0n ? " with the code" : ""}.`;
  throw new DomainError("invalid_input", message, {
    fields: { [discount > 0n ? "promotion_code" : "course_id"]: [message] },
  });
}

const write = (money: Money) => `${decimalAmount(money)} ${money.currency.toUpperCase()}`;
