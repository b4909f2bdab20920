import { DomainError } from "../../domain/errors.ts";
import { currencyExponent, type Money } from "../../domain/money.ts";

// https://docs.stripe.com/currencies: currencies whose smallest unit at Stripe differs from ISO 4217.
/** Counted by Stripe in hundredths, though ISO 4217 gives them none. */
const TWO_DECIMALS_AT_STRIPE = new Set(["isk", "ugx"]);
/** Counted by Stripe without decimals, though ISO 4217 gives it two. */
const NO_DECIMALS_AT_STRIPE = new Set(["mga"]);

/**
 * Converts an amount to the unit of Stripe's API. Throws DomainError `invalid_input` for an amount that Stripe cannot
 * charge: a fraction of an ariary, or a three-decimal amount that does not end in 0.
 */
export function toStripeAmount({ amount, currency }: Money): number {
  if (TWO_DECIMALS_AT_STRIPE.has(currency)) return Number(amount * 100n);
  if (NO_DECIMALS_AT_STRIPE.has(currency)) return Number(requireMultiple(amount, 100n, currency) / 100n);
  return Number(currencyExponent(currency) === 3 ? requireMultiple(amount, 10n, currency) : amount);
}

/** Converts an integer amount of Stripe's API to money. */
export function fromStripeAmount(amount: number, currency: string): Money {
  const units = BigInt(amount);
  if (NO_DECIMALS_AT_STRIPE.has(currency)) return { amount: units * 100n, currency };
  // A remainder would be lost. Returning an amount that matches no order prevents that.
  if (TWO_DECIMALS_AT_STRIPE.has(currency)) {
    return { amount: units % 100n === 0n ? units / 100n : -1n, currency };
  }
  return { amount: units, currency };
}

function requireMultiple(amount: bigint, factor: bigint, currency: string): bigint {
  if (amount % factor === 0n) return amount;
  throw new DomainError(
    "invalid_input",
    `This price cannot be paid: amounts in ${currency.toUpperCase()} must be multiples of ${factor} minor units.`,
  );
}
