import assert from "node:assert/strict";
import { decimalAmount } from "../../domain/money.ts";

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
