/** Minor units (cents, yen, fils) of an ISO 4217 currency in lower case. */
export type Money = { amount: bigint; currency: string };

// ISO 4217 minor-unit exponents that are not 2.
export const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf".split(" "),
);
export const THREE_DECIMAL: ReadonlySet<string> = new Set("bhd iqd jod kwd lyd omr tnd".split(" "));

/** How many decimals the currency's minor unit stands for, after ISO 4217. */
export function currencyExponent(currency: string): 0 | 2 | 3 {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/**
 * The minor units of which every charged amount is a multiple: card networks know no thousandths, and no part of an ariary
 * (https://docs.stripe.com/currencies).
 */
export function chargeUnit(currency: string): bigint {
  if (currency === "mga") return 100n;
  return currencyExponent(currency) === 3 ? 10n : 1n;
}

/** The amount in major units as a decimal string, exact: 4999 usd is "49.99", 500 jpy is "500". */
export function decimalAmount({ amount, currency }: Money): string {
  const exponent = currencyExponent(currency);
  if (exponent === 0) return amount.toString();
  const digits = amount.toString().padStart(exponent + 1, "0");
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * Splits an amount in proportion to weights, to the last minor unit: the shares add up to it exactly, and what division
 * leaves goes to the largest remainders, the first ones when equal. Weights of nothing get nothing.
 */
export function allot(amount: bigint, weights: bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total === 0n) return weights.map(() => 0n);
  const shares = weights.map((weight) => amount * weight / total);
  const remainder = (index: number) => amount * weights[index]! % total;
  let left = amount - shares.reduce((sum, share) => sum + share, 0n);
  const byRemainder = weights.map((_, index) => index).sort((a, b) =>
    remainder(b) === remainder(a) ? a - b : remainder(b) > remainder(a) ? 1 : -1
  );
  for (const index of byRemainder) {
    if (left-- <= 0n) break;
    shares[index]! += 1n;
  }
  return shares;
}

/** The minor units that a decimal string of major units spells, such as "49.9" or "49"; null when it spells no such amount. */
export function parseAmount(text: string, currency: string): bigint | null {
  const match = text.trim().match(/^(\d{1,15})(?:\.(\d*?)0*)?$/);
  const exponent = currencyExponent(currency);
  const decimals = match?.[2] ?? "";
  if (!match || decimals.length > exponent) return null;
  return BigInt(match[1]! + decimals.padEnd(exponent, "0"));
}
