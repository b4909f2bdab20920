/** Minor units (cents, yen, fils) of an ISO 4217 currency in lower case. */
export type Money = { amount: bigint; currency: string };

// ISO 4217 minor-unit exponents that are not 2.
export const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf".split(" "),
);
export const THREE_DECIMAL: ReadonlySet<string> = new Set("bhd iqd jod kwd lyd omr tnd".split(" "));

/** Returns the currency's number of decimals by ISO 4217. */
export function currencyExponent(currency: string): 0 | 2 | 3 {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/**
 * Returns the minor units of which every charged amount must be a multiple. Card networks have no thousandths, and no
 * fractions of an ariary (https://docs.stripe.com/currencies).
 */
export function chargeUnit(currency: string): bigint {
  if (currency === "mga") return 100n;
  return currencyExponent(currency) === 3 ? 10n : 1n;
}

/** Writes an amount in major units as an exact decimal string: 4999 usd is "49.99", 500 jpy is "500". */
export function decimalAmount({ amount, currency }: Money): string {
  const exponent = currencyExponent(currency);
  if (exponent === 0) return amount.toString();
  const digits = amount.toString().padStart(exponent + 1, "0");
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * Splits an amount in proportion to weights, in units that the currency can charge. The shares add up to it exactly;
 * if it is not a multiple of the unit itself, the rest goes to one share that has room for it. Weights of zero get
 * nothing, and no share exceeds its weight, rounded up to a whole unit, unless the amount exceeds the sum of the
 * weights.
 *
 * Units that remain after division go to the share with the least for its weight (D'Hondt's method). So a larger
 * amount reduces no share, removing a share together with its weight changes no other, and no share reaches its
 * weight before every other is within a unit of its own.
 */
export function allot({ amount, currency }: Money, weights: bigint[]): bigint[] {
  const total = sum(weights);
  if (total === 0n) return weights.map(() => 0n);
  const unit = chargeUnit(currency);
  const whole = amount - amount % unit;
  const shares = weights.map((weight) => whole * weight / total / unit * unit);
  const most = (weight: bigint) => amount > total ? amount : (weight + unit - 1n) / unit * unit;
  const room = (index: number) => most(weights[index]!) - shares[index]!;
  const weighty = weights.map((_, index) => index).filter((index) => weights[index]! > 0n);
  let left = amount - sum(shares);
  while (left >= unit) {
    const open = weighty.filter((index) => room(index) >= unit); // at least one, because together they have room
    const next = open.reduce((best, index) =>
      weights[index]! * (shares[best]! + unit) > weights[best]! * (shares[index]! + unit) ? index : best
    );
    shares[next]! += unit;
    left -= unit;
  }
  // The rest is less than a unit, and any room is at least a unit.
  const widest = weighty.reduce((best, index) => room(index) > room(best) ? index : best);
  shares[widest]! += left;
  return shares;
}

/** Returns the sum of the amounts. */
export function sum(amounts: bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

/**
 * Parses a decimal string of major units, such as "49.9" or "49", into minor units. Returns null if it is not such an
 * amount.
 */
export function parseAmount(text: string, currency: string): bigint | null {
  const match = text.trim().match(/^(\d{1,15})(?:\.(\d*?)0*)?$/);
  const exponent = currencyExponent(currency);
  const decimals = match?.[2] ?? "";
  if (!match || decimals.length > exponent) return null;
  return BigInt(match[1]! + decimals.padEnd(exponent, "0"));
}
