import { decimalAmount, type Money } from "../money.ts";

/**
 * The least that Stripe charges, in minor units
 * (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). Stripe publishes none for other
 * currencies, and refuses by itself.
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

/** Returns the minimum charge in the currency; zero if none is known. */
export function leastCharge(currency: string): Money {
  return { amount: LEAST.find(({ currencies }) => currencies.has(currency))?.amount ?? 0n, currency };
}

/** Returns what is wrong with a price that cannot be charged; null for a price that can, and for a free course. */
export function faultOfPrice({ amount, currency }: Money): string | null {
  const least = leastCharge(currency);
  if (amount === 0n || amount >= least.amount) return null;
  return `The minimum charge is ${inWords(least)}. Raise the price, or make the course free.`;
}

/** Formats an amount, such as `0.50 USD`. */
export const inWords = (money: Money) => `${decimalAmount(money)} ${money.currency.toUpperCase()}`;
