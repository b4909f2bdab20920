import assert from "node:assert/strict";
import { requireChargeable } from "../../../domain/checkout/chargeable.ts";

for (
  const [subtotal, discount, currency, refusal] of [
    [50n, 0n, "usd", null],
    [49n, 0n, "usd", "The minimum charge is 0.50 USD; the total is 0.49 USD."],
    [4900n, 4870n, "gbp", null],
    [4900n, 4871n, "gbp", "The minimum charge is 0.30 GBP; with this code the total is 0.29 GBP."],
    [50n, 1n, "usd", "The minimum charge is 0.50 USD; with this code the total is 0.49 USD."],
    [49n, 0n, "jpy", "The minimum charge is 50 JPY; the total is 49 JPY."],
    [17_499n, 0n, "huf", "The minimum charge is 175.00 HUF; the total is 174.99 HUF."],
    [4900n, 4900n, "usd", null],
    [0n, 0n, "usd", null],
    [10n, 0n, "kwd", null],
  ] as const
) {
  Deno.test(`${subtotal} less ${discount} ${currency} ${refusal ? "cannot" : "can"} be charged`, () => {
    const attempt = () => requireChargeable({ subtotal, discount, currency });
    if (refusal === null) return attempt();
    const field = discount > 0n ? "promotion_code" : "course_id";
    assert.throws(attempt, {
      code: "invalid_input",
      message: refusal,
      details: { fields: { [field]: [refusal] } },
    });
  });
}
