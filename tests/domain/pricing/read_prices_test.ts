import assert from "node:assert/strict";
import { DomainError } from "../../../domain/errors.ts";
import { readPrices } from "../../../domain/pricing/read_prices.ts";

Deno.test("readPrices reads each currency with its own decimals, exactly", () => {
  const prices = readPrices([
    { price: "19.99", currency: "USD" },
    { price: "500", currency: "jpy" },
    { price: "4.510", currency: "kwd" },
    { price: "0", currency: "eur" },
  ]);
  assert.deepEqual(prices, [
    { amount: 1999n, currency: "usd" },
    { amount: 500n, currency: "jpy" },
    { amount: 4510n, currency: "kwd" },
    { amount: 0n, currency: "eur" },
  ]);
});

for (
  const [price, currency, field, message] of [
    ["19.999", "usd", "price", /at most 2 decimals/],
    ["5.5", "jpy", "price", /without decimals/],
    ["4.511", "kwd", "price", /third decimal must be 0/],
    ["4.50", "mga", "price", /whole number/],
    ["-1", "usd", "price", /0 or more/],
    ["1e3", "usd", "price", /0 or more/],
    ["NaN", "usd", "price", /0 or more/],
    ["1000000", "usd", "price", /more than can be charged/],
    ["1", "zzz", "currency", /no currency zzz/],
  ] as const
) {
  Deno.test(`readPrices refuses ${price} ${currency}`, () => {
    assert.throws(() => readPrices([{ price, currency }]), (error) => {
      assert.ok(error instanceof DomainError);
      assert.match(error.details.fields![`prices.0.${field}`]![0]!, message);
      return true;
    });
  });
}

Deno.test("readPrices accepts the highest price that can be charged at once", () => {
  assert.deepEqual(readPrices([{ price: "999999.99", currency: "usd" }]), [{
    amount: 99_999_999n,
    currency: "usd",
  }]);
});

Deno.test("readPrices refuses two amounts in one currency", () => {
  const twice = [{ price: "1", currency: "usd" }, { price: "2", currency: "USD" }];
  assert.throws(() => readPrices(twice, "amounts"), (error) => {
    assert.deepEqual((error as DomainError).details.fields, {
      "amounts.1.currency": ["There are two amounts in USD."],
    });
    return true;
  });
});
