import { DomainError } from "../errors.ts";
import { readAmount } from "../pricing/read_prices.ts";

/**
 * Parses a price in major units into minor units. Throws DomainError `invalid_input` if it is not a price in the
 * currency.
 */
export function parsePrice(text: string, currency: string): bigint {
  const read = readAmount(text, currency);
  if ("amount" in read) return read.amount;
  throw new DomainError("invalid_input", "Check the price.", { fields: { price: [read.fault] } });
}
