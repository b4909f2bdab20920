import assert from "node:assert/strict";
import { decimalAmount, parseAmount } from "../../domain/money.ts";

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
