import assert from "node:assert/strict";
import fc from "fast-check";
import { allot, chargeUnit, decimalAmount, parseAmount } from "../../domain/money.ts";

for (
  const [amount, currency, text] of [
    [4999n, "usd", "49.99"],
    [0n, "usd", "0.00"],
    [5n, "eur", "0.05"],
    [500n, "jpy", "500"],
    [1500n, "kwd", "1.500"],
    [9007199254740993n, "usd", "90071992547409.93"],
  ] as const
) {
  Deno.test(`decimalAmount writes ${amount} minor units of ${currency} as ${text}`, () => {
    assert.equal(decimalAmount({ amount, currency }), text);
  });
}

for (
  const [text, currency, amount] of [
    ["30", "usd", 3000n],
    ["24.5", "usd", 2450n],
    [" 49.99 ", "usd", 4999n],
    ["49.9900", "usd", 4999n],
    ["0.00", "usd", 0n],
    ["500", "jpy", 500n],
    ["500.00", "jpy", 500n],
    ["1.500", "kwd", 1500n],
    ["49.999", "usd", null],
    ["500.5", "jpy", null],
    ["-1", "usd", null],
    ["1e3", "usd", null],
    ["", "usd", null],
    ["NaN", "usd", null],
    ["1,50", "usd", null],
  ] as const
) {
  Deno.test(`parseAmount reads “${text}” of ${currency} as ${amount}`, () => {
    assert.equal(parseAmount(text, currency), amount);
  });
}

for (
  const [what, amount, currency, weights, shares] of [
    ["to the last cent", 100n, "usd", [1n, 1n, 1n], [34n, 33n, 33n]],
    ["by weight", 101n, "usd", [2701n, 1800n], [61n, 40n]],
    ["with nothing for a weight of nothing", 7n, "usd", [0n, 3n], [0n, 7n]],
    ["of which nothing has a weight, to nobody", 7n, "usd", [0n, 0n], [0n, 0n]],
    ["of dinars in tens of fils", 5000n, "kwd", [10_000n, 10_000n, 10_000n], [1670n, 1670n, 1660n]],
    ["of ariary in whole ones", 500n, "mga", [300n, 300n], [300n, 200n]],
    ["that is no multiple itself, with what is over where there is room", 25n, "kwd", [20n, 10n], [20n, 5n]],
    ["of fils to whoever has room for a unit", 30n, "kwd", [...Array(10).fill(1n), 20n], [
      10n,
      ...Array(9).fill(0n),
      20n,
    ]],
    ["of fils first to whoever has the least for its weight", 30n, "kwd", [5n, 25n], [0n, 30n]],
    ["above the weights, of which nothing goes to a weight of nothing", 1005n, "kwd", [0n, 500n, 500n], [
      0n,
      505n,
      500n,
    ]],
    ["that is one fils more than a multiple", 1001n, "kwd", [700n, 700n], [501n, 500n]],
    ["that is no multiple itself, onto a share that is charged", 1005n, "kwd", [0n, 700n, 700n], [
      0n,
      505n,
      500n,
    ]],
  ] as [string, bigint, string, bigint[], bigint[]][]
) {
  Deno.test(`allot splits an amount ${what}`, () => {
    assert.deepEqual(allot({ amount, currency }, weights), shares);
  });
}

Deno.test("allot is exact, within the weights, chargeable, and reduces no share as the amount grows", () => {
  const drawn = fc.record({
    currency: fc.constantFrom("usd", "jpy", "kwd", "bhd", "mga", "isk"),
    units: fc.array(fc.nat(5000), { minLength: 1, maxLength: 6 }),
    share: fc.nat(1000),
    out: fc.nat(5),
  });
  fc.assert(fc.property(drawn, ({ currency, units, share, out }) => {
    const unit = chargeUnit(currency);
    const weights = units.map((each) => BigInt(each) * unit);
    const total = weights.reduce((a, b) => a + b, 0n);
    const amount = total * BigInt(share) / 1000n / unit * unit;
    const shares = allot({ amount, currency }, weights);
    assert.equal(shares.reduce((a, b) => a + b, 0n), amount);
    shares.forEach((each, index) => {
      assert.ok(0n <= each && each <= weights[index]!);
      assert.equal(each % unit, 0n);
      const fair = amount * weights[index]! / (total || 1n);
      assert.ok(each >= fair / unit * unit, "never less than its part");
    });
    if (amount < total) {
      const more = allot({ amount: amount + unit, currency }, weights);
      assert.ok(more.every((each, index) => each >= shares[index]!));
    }
    const taken = out % weights.length;
    const rest = weights.map((weight, index) => index === taken ? 0n : weight);
    const others = allot({ amount: amount - shares[taken]!, currency }, rest);
    assert.deepEqual(others, shares.map((each, index) => index === taken ? 0n : each));
  }));
});
