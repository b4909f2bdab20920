import { DomainError } from "../errors.ts";
import { chargeUnit, currencyExponent, type Money, parseAmount } from "../money.ts";

/** The maximum amount of a charge at Stripe: eight digits of minor units (https://docs.stripe.com/currencies). */
const HIGHEST = 99_999_999n;
/** The ISO 4217 currencies that the runtime knows, in lower case. */
const CURRENCIES = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/**
 * Parses an amount in major units that can be charged in the currency into minor units, or returns what is wrong with
 * it.
 */
export function readAmount(text: string, currency: string): { amount: bigint } | { fault: string } {
  const amount = parseAmount(text, currency);
  if (amount === null) {
    const decimals = currencyExponent(currency);
    return {
      fault: decimals === 0
        ? "Write a number of 0 or more without decimals, such as 500."
        : `Write a number of 0 or more with at most ${decimals} decimals, such as 49.9.`,
    };
  }
  if (amount > HIGHEST) return { fault: "This is more than can be charged at once." };
  if (amount % chargeUnit(currency) === 0n) return { amount };
  return { fault: currency === "mga" ? "This must be a whole number." : "The third decimal must be 0." };
}

/**
 * Reads amounts in major units, at most one per currency. Throws DomainError `invalid_input` naming each faulty one
 * as `<field>.<index>.price` or `….currency`.
 */
export function readPrices(given: { price: string; currency: string }[], field = "prices"): Money[] {
  const fields: Record<string, string[]> = {};
  const seen = new Set<string>();
  const prices = given.flatMap(({ price, currency: code }, index): Money[] => {
    const currency = code.toLowerCase();
    const name = `${field}.${index}`;
    if (!CURRENCIES.has(currency)) fields[`${name}.currency`] = [`There is no currency ${code}.`];
    if (seen.has(currency)) fields[`${name}.currency`] = [`There are two amounts in ${code}.`];
    seen.add(currency);
    const read = readAmount(price, currency);
    if ("amount" in read) return [{ amount: read.amount, currency }];
    fields[`${name}.price`] = [read.fault];
    return [];
  });
  if (Object.keys(fields).length === 0) return prices;
  throw new DomainError("invalid_input", "Check the amounts named under errors.", { fields });
}
