import assert from "node:assert/strict";
import { faultOfPrice, inWords, leastCharge } from "../../../domain/pricing/least_charge.ts";

/** As Stripe publishes them, in minor units. */
const PUBLISHED = {
  aed: 200n,
  ars: 50n,
  aud: 50n,
  brl: 50n,
  cad: 50n,
  chf: 50n,
  cop: 50n,
  czk: 1500n,
  dkk: 250n,
  eur: 50n,
  gbp: 30n,
  hkd: 400n,
  huf: 17_500n,
  idr: 50n,
  ils: 50n,
  inr: 50n,
  jpy: 50n,
  krw: 50n,
  mxn: 1000n,
  myr: 200n,
  nok: 300n,
  nzd: 50n,
  php: 50n,
  pln: 200n,
  ron: 200n,
  rub: 50n,
  sek: 300n,
  sgd: 50n,
  thb: 1000n,
  usd: 50n,
  zar: 50n,
  kwd: 0n,
};

Deno.test("leastCharge is Stripe's published minimum for each currency, and zero if there is none", () => {
  for (const [currency, amount] of Object.entries(PUBLISHED)) {
    assert.deepEqual(leastCharge(currency), { amount, currency });
  }
});

Deno.test("faultOfPrice refuses prices below the minimum of every currency, and no others", () => {
  for (const [currency, least] of Object.entries(PUBLISHED)) {
    assert.equal(faultOfPrice({ amount: least, currency }), null, currency);
    assert.equal(faultOfPrice({ amount: 0n, currency }), null, currency);
    if (least === 0n) continue;
    const fault = `The minimum charge is ${
      inWords({ amount: least, currency })
    }. Raise the price, or make the course free.`;
    assert.equal(faultOfPrice({ amount: least - 1n, currency }), fault);
    assert.equal(faultOfPrice({ amount: 1n, currency }), fault);
  }
});

Deno.test("an amount in words has its currency's decimals and code", () => {
  assert.equal(inWords({ amount: 50n, currency: "usd" }), "0.50 USD");
  assert.equal(inWords({ amount: 50n, currency: "jpy" }), "50 JPY");
});
