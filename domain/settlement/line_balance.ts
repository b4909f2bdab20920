import { allot, type Money, sum } from "../money.ts";

/** How a line stands, in minor units of the order's currency. */
export type LineBalance = {
  id: string;
  /** What was charged for it: its price less its discount, with its share of the tax. */
  paid: bigint;
  /** What was given back of it: by name, and its share of what was given back for the whole order. */
  refunded: bigint;
  /** What can be given back of it yet. At nothing, the access that it gave is over; unless it cost nothing. */
  left: bigint;
};

type GivenBack = { amount: bigint; lines: { lineId: string; amount: bigint }[] };

/**
 * The only reckoning of what each line of an order was paid with, what of that was given back, and what is left, all in units
 * that the currency can charge: `paid` adds up to what was charged, and `left` to what the payment still holds after the
 * refunds, whichever of them are counted.
 *
 * It depends on which refunds there are, not on their order. A line that is refunded by name is refunded in full, so what
 * its refund leaves of it is the share that it had of refunds without lines; the rest of those is the other lines', in
 * proportion to what was paid for them. Thus a refund of one line moves no share of another, nor does a further one.
 *
 * `net`: a line's price less its discount.
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
