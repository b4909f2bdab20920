import assert from "node:assert/strict";
import { ROLE } from "../../domain/accounts/ports.ts";
import { type Person, person, purchase, stateOf } from "../support/purchases.ts";
import { shopTest, type TestShop, until } from "../support/shop.ts";

/** One thing that an operation with a key is asked for: who asks, for what, and with another content. */
type Occasion = { by: Person; path: string; body: object; otherBody: object };

/** How to come to ask for each operation that takes an Idempotency-Key. A new one fails the first test until it is here. */
const OCCASIONS: Record<string, (shop: TestShop) => Promise<Occasion>> = {
  async createRefund(shop) {
    const { orderId } = await purchase(shop);
    const by = await person(shop, ROLE.admin);
    const path = `/api/payments/orders/${orderId}/refunds/`;
    return { by, path, body: { reason: "asked for" }, otherBody: { reason: "another" } };
  },
  async refundOneself(shop) {
    const { orderId, student } = await purchase(shop);
    const path = `/api/payments/orders/${orderId}/self-refund/`;
    return { by: student, path, body: { reason: "not for me" }, otherBody: {} };
  },
};

async function ask(shop: TestShop, by: Person, path: string, body: object, key: string) {
  const response = await shop.fetch(`${shop.api}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${by.token}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

Deno.test("every operation that accepts an Idempotency-Key is called twice below", async () => {
  const file = new URL("../../openapi/generated/server/openapi.json", import.meta.url);
  const document = JSON.parse(await Deno.readTextFile(file));
  const items = Object.values(document.paths) as Record<string, { operationId: string }>[];
  const keyed = items.flatMap((item) => Object.values(item))
    .filter((operation) =>
      JSON.stringify(operation).toLowerCase().includes("parameters/idempotencykey") ||
      /"name":"idempotency-key"/.test(JSON.stringify(operation))
    )
    .map(({ operationId }) => operationId);
  assert.deepEqual(keyed.sort(), Object.keys(OCCASIONS).sort());
});

shopTest("a request with an Idempotency-Key has one effect, whatever has happened since", async (shop, t) => {
  for (const [operation, occasion] of Object.entries(OCCASIONS)) {
    await t.step(operation, async () => {
      const { by, path, body, otherBody } = await occasion(shop);
      const orderId = path.split("/")[4]!;
      for (const key of ["", "x".repeat(256), "\u00e4"]) {
        const refused = await ask(shop, by, path, body, key);
        assert.equal(refused.status, 400, key);
        assert.ok(refused.body.errors["idempotency-key"], key);
      }
      // Refused, since the bank holds the payment; then tried again with the same key.
      const key = "k".repeat(255);
      await shop.sql`
        insert into disputes (id, payment_intent_id, amount, currency, status, observed_at)
        select 'dp_' || order_id, payment_intent_id, amount, currency, 'needs_response', now() from payments
        where order_id = ${orderId}`;
      assert.equal((await ask(shop, by, path, body, key)).status, 409);
      await shop.sql`update disputes set status = 'won'`;

      const [one, two] = await Promise.all([ask(shop, by, path, body, key), ask(shop, by, path, body, key)]);
      assert.deepEqual([one.status, two.status], [201, 201]);
      assert.deepEqual(one.body, two.body, "two at once are answered alike");
      await shop.drainJobs();
      await until(async () => await stateOf(shop, orderId) === "refunded");
      assert.deepEqual(await ask(shop, by, path, body, key), one, "and after it was settled");
      const inCapitals = path.replace(orderId, orderId.toUpperCase());
      assert.deepEqual(await ask(shop, by, inCapitals, body, key), one, "the order's id in capitals");
      const other = await ask(shop, by, path, otherBody, key);
      assert.deepEqual([other.status, other.body.code], [409, "idempotency_key_reused"]);
      const anew = await ask(shop, by, path, body, "another");
      assert.deepEqual([anew.status, anew.body.code], [409, "not_refundable"]);
      const [row] = await shop.sql`select count(*)::int as count from refunds where order_id = ${orderId}`;
      assert.equal(row!.count, 1);

      const elsewhere = await occasion(shop);
      const theirs = await ask(shop, elsewhere.by, elsewhere.path, elsewhere.body, key);
      assert.equal(theirs.status, 201, "one key for two orders are two");
      assert.notEqual(theirs.body.id, one.body.id);
    });
  }
});
