import { DomainError } from "../errors.ts";
import { currencyExponent, parseAmount } from "../money.ts";

/** The most that Stripe charges at once: eight digits of minor units (https://docs.stripe.com/currencies). */
const HIGHEST = 99_999_999n;

/** Minor units of a price in major units. Throws DomainError `invalid_input` for what is no price in the currency. */
export function parsePrice(text: string, currency: string): bigint {
  const amount = parseAmount(text, currency);
  if (amount !== null && amount <= HIGHEST) return amount;
  const decimals = currencyExponent(currency);
  const message = amount === null
    ? `Write the price as a number of 0 or more with at most ${decimals} decimals, such as ${
      decimals ? "49.99" : "500"
    }.`
    : "This price is too high to be charged at once.";
  throw new DomainError("invalid_input", "Check the price.", { fields: { price: [message] } });
}
