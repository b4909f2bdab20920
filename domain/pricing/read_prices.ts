import { DomainError } from "../errors.ts";
import { chargeUnit, currencyExponent, type Money, parseAmount } from "../money.ts";

/** The most that Stripe charges at once: eight digits of minor units (https://docs.stripe.com/currencies). */
const HIGHEST = 99_999_999n;
/** ISO 4217's, in lower case, as far as this runtime knows them. */
const CURRENCIES = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/** Whether there is such a currency, in lower case. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/**
 * Reads amounts in major units, at most one per currency. Throws DomainError `invalid_input` that names each at fault, as
 * `<field>.<index>.price` or `….currency`.
 */
export function readPrices(given: { price: string; currency: string }[], field = "prices"): Money[] {
  const fields: Record<string, string[]> = {};
  const seen = new Set<string>();
  const prices = given.map(({ price, currency: code }, index) => {
    const currency = code.toLowerCase();
    const amount = parseAmount(price, currency);
    const name = `${field}.${index}`;
    if (!isCurrency(currency)) fields[`${name}.currency`] = [`There is no currency ${code}.`];
    else if (seen.has(currency)) fields[`${name}.currency`] = [`There are two amounts in ${code}.`];
    else {
      const fault = amountFault(amount, currency);
      if (fault) fields[`${name}.price`] = [fault];
    }
    seen.add(currency);
    return { amount: amount ?? 0n, currency };
  });
  if (Object.keys(fields).length === 0) return prices;
  throw new DomainError("invalid_input", "Check the amounts named under errors.", { fields });
}

function amountFault(amount: bigint | null, currency: string): string | null {
  if (amount === null) {
    const decimals = currencyExponent(currency);
    return decimals === 0
      ? "Write a number of 0 or more without decimals, such as 500."
      : `Write a number of 0 or more with at most ${decimals} decimals, such as 49.9.`;
  }
  if (amount > HIGHEST) return "This is too much to be charged at once.";
  if (amount % chargeUnit(currency) === 0n) return null;
  return currency === "mga" ? "This must be a whole number." : "The third decimal must be 0.";
}
