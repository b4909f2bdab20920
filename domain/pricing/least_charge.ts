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

/** The least that can be charged in the currency; nothing where no least is known. */
export function leastCharge(currency: string): Money {
  return { amount: LEAST.find(({ currencies }) => currencies.has(currency))?.amount ?? 0n, currency };
}

/** What is wrong with a price that nobody could pay; null for one that can be paid, and for no price at all. */
export function faultOfPrice({ amount, currency }: Money): string | null {
  const least = leastCharge(currency);
  if (amount === 0n || amount >= least.amount) return null;
  return `The minimum charge is ${inWords(least)}. Raise the price, or make the course free.`;
}

/** Such as `0.50 USD`. */
export const inWords = (money: Money) => `${decimalAmount(money)} ${money.currency.toUpperCase()}`;
