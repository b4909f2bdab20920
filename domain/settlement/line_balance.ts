import { allot, type Money, sum } from "../money.ts";

/** The amounts of a line, in minor units of the order's currency. */
export type LineBalance = {
  id: string;
  /** The amount charged: its price minus its discount, plus its share of the tax. */
  paid: bigint;
  /** The amount refunded: by refunds that name it, and its share of refunds of the whole order. */
  refunded: bigint;
  /** The amount that can still be refunded. At zero its access has ended, unless the line was free. */
  left: bigint;
};

type GivenBack = { amount: bigint; lines: { lineId: string; amount: bigint }[] };

/**
 * Computes what was paid for each line of an order, what was refunded, and what is left. No other code computes
 * these. All amounts are in units that the currency can charge: `paid` adds up to the amount charged, and `left` to
 * what remains of the payment after the counted refunds.
 *
 * The result depends on which refunds there are, not on their sequence. A line that is refunded by name is refunded
 * in full, so what its refund leaves is its share of refunds without lines; the rest of those belongs to the other
 * lines, in proportion to what was paid for them. So a refund of one line changes no share of another, and neither
 * does a further one.
 *
 * `net`: a line's price minus its discount.
 */
export function lineBalances(
  lines: { id: string; net: bigint }[],
  charged: Money,
  refunds: GivenBack[],
): LineBalance[] {
  const { currency } = charged;
  const paid = allot(charged, lines.map(({ net }) => net));
  const named = lines.map(({ id }) =>
    sum(
      refunds.flatMap((refund) => refund.lines).filter(({ lineId }) => lineId === id).map(({ amount }) =>
        amount
      ),
    )
  );
  const byName = named.map((amount, index) => min(amount, paid[index]!));
  const unnamed = min(sum(refunds.map(({ amount }) => amount)), sum(paid)) - sum(byName);
  const missing = byName.map((amount, index) => named[index]! > 0n ? paid[index]! - amount : 0n);
  const toNamed = min(unnamed, sum(missing));
  const others = paid.map((amount, index) => named[index]! > 0n ? 0n : amount);
  const partOf = (parts: bigint[], amount: bigint) =>
    amount === sum(parts) ? parts : allot({ amount, currency }, parts);
  const shares = [partOf(missing, toNamed), partOf(others, unnamed - toNamed)];
  return lines.map(({ id }, index) => {
    const refunded = byName[index]! + sum(shares.map((share) => share[index]!));
    return { id, paid: paid[index]!, refunded, left: paid[index]! - refunded };
  });
}

const min = (a: bigint, b: bigint) => a < b ? a : b;
