import assert from "node:assert/strict";
import { PAGE_SECONDS, startCheckout } from "../../../domain/checkout/start_checkout.ts";
import { DomainError } from "../../../domain/errors.ts";
import { memoryShop, NOW, offer, openOrder, STUDENT } from "../../support/memory_shop.ts";

const algebra = offer("algebra");
const buy = (...courseIds: string[]) => ({
  studentId: STUDENT,
  courseIds,
  currency: null,
  promotionCode: null,
});

Deno.test("startCheckout keeps the order with its price before it opens the payment page", async () => {
  const shop = memoryShop({ offers: [algebra] });
  shop.payments.openPage = () => {
    assert.equal(shop.state.orders[0]?.subtotal.amount, 4999n);
    return Promise.reject(new DomainError("vendor_unavailable", "down"));
  };
  await assert.rejects(startCheckout(shop, buy("algebra")), { code: "vendor_unavailable" });
  assert.equal(shop.state.orders[0]?.state, "created");
});

Deno.test("startCheckout repeats exactly the same attempt if the first try failed", async () => {
  const shop = memoryShop({ offers: [algebra] });
  const openPage = shop.payments.openPage;
  shop.payments.openPage = (order) =>
    openPage(order).then(() => Promise.reject(new Error("connection lost")));
  await assert.rejects(startCheckout(shop, buy("algebra")), /connection lost/);
  shop.payments.openPage = openPage;
  await startCheckout(shop, buy("algebra"));
  const [first, second] = shop.openedPages;
  assert.deepEqual(second, first);
});

Deno.test("startCheckout returns the same page when called again", async () => {
  const shop = memoryShop({ offers: [algebra] });
  const first = await startCheckout(shop, buy("algebra"));
  const second = await startCheckout(shop, buy("algebra", "algebra"));
  assert.deepEqual(second.page, first.page);
  assert.equal(shop.state.orders.length, 1);
  assert.equal(shop.openedPages.length, 1);
});

Deno.test("startCheckout fails if no page can be opened for an order that had none", async () => {
  const shop = memoryShop({ offers: [algebra], orders: [openOrder({ state: "created", page: null })] });
  shop.payments.openPage = () => Promise.reject(new DomainError("vendor_unavailable", "down"));
  await assert.rejects(startCheckout(shop, buy("algebra")), { code: "vendor_unavailable" });
  assert.deepEqual(shop.state.orders.map(({ state }) => state), ["created"]);
});

Deno.test("startCheckout starts a new attempt when the page has expired", async () => {
  const order = openOrder({ pageExpiresAt: NOW });
  const shop = memoryShop({ offers: [algebra], orders: [order] });
  const { order: renewed } = await startCheckout(shop, buy("algebra"));
  assert.equal(renewed.id, order.id);
  assert.equal(renewed.attempt, 2);
  assert.deepEqual(renewed.pageExpiresAt, new Date(NOW.getTime() + PAGE_SECONDS * 1000));
});

Deno.test("startCheckout starts a new attempt when a page that was never opened would expire too soon", async () => {
  const soon = new Date(NOW.getTime() + 20 * 60_000);
  const shop = memoryShop({
    offers: [algebra],
    orders: [openOrder({ state: "created", page: null, pageExpiresAt: soon })],
  });
  assert.equal((await startCheckout(shop, buy("algebra"))).order.attempt, 2);
});

for (
  const [what, offers, ids] of [
    ["the price has changed", [offer("algebra", { price: { amount: 100n, currency: "usd" } })], ["algebra"]],
    ["the currency has changed", [offer("algebra", { price: { amount: 4999n, currency: "eur" } })], [
      "algebra",
    ]],
    ["other courses are bought along", [algebra, offer("optics")], ["algebra", "optics"]],
  ] as const
) {
  Deno.test(`startCheckout abandons the open order for a new one when ${what}`, async () => {
    const old = openOrder();
    const shop = memoryShop({ offers: [...offers], orders: [old] });
    const { order } = await startCheckout(shop, buy(...ids));
    assert.notEqual(order.id, old.id);
    assert.equal(shop.state.orders[0]?.state, "expired");
    assert.deepEqual(shop.state.jobs, [
      { kind: "close_page", orderId: old.id, attempt: 1, sessionId: old.page?.checkoutSessionId },
    ]);
  });
}

Deno.test("startCheckout abandons an order that never had a page for a new one", async () => {
  const old = openOrder({ state: "created", page: null });
  const shop = memoryShop({ offers: [algebra, offer("optics")], orders: [old] });
  await startCheckout(shop, buy("algebra", "optics"));
  assert.deepEqual(shop.state.jobs, [{ kind: "close_page", orderId: old.id, attempt: 1, sessionId: null }]);
});

Deno.test("startCheckout adds up several courses in the requested order", async () => {
  const shop = memoryShop({ offers: [algebra, offer("optics", { price: { amount: 1n, currency: "usd" } })] });
  const { order } = await startCheckout(shop, buy("optics", "algebra"));
  assert.deepEqual(order.lines.map((line) => line.courseId), ["optics", "algebra"]);
  assert.deepEqual(order.subtotal, { amount: 5000n, currency: "usd" });
});

for (
  const [what, offers, ids, code] of [
    ["no course", [], [], "invalid_input"],
    ["an unknown course", [algebra], ["algebra", "nothing"], "not_found"],
    ["a draft", [offer("algebra", { isPublished: false })], ["algebra"], "not_found"],
    ["a course the student owns", [offer("algebra", { isOwned: true })], ["algebra"], "already_enrolled"],
    [
      "a course the student teaches",
      [offer("algebra"), offer("logic", { isTaught: true })],
      ["algebra", "logic"],
      "already_enrolled",
    ],
    [
      "courses in two currencies without a common one",
      [algebra, offer("optics", { price: { amount: 1n, currency: "eur" } })],
      ["algebra", "optics"],
      "invalid_input",
    ],
  ] as const
) {
  Deno.test(`startCheckout refuses ${what} as ${code} and keeps no order`, async () => {
    const shop = memoryShop({ offers: [...offers] });
    await assert.rejects(startCheckout(shop, buy(...ids)), { code });
    assert.equal(shop.state.orders.length, 0);
    assert.equal(shop.openedPages.length, 0);
  });
}

Deno.test("startCheckout refuses a second purchase while a delayed payment is being processed", async () => {
  const shop = memoryShop({ offers: [algebra], orders: [openOrder({ state: "processing" })] });
  await assert.rejects(startCheckout(shop, buy("algebra")), { code: "payment_processing" });
});

Deno.test("startCheckout refuses a student whose account no longer exists", async () => {
  const shop = memoryShop({ offers: [algebra] });
  const input = { ...buy("algebra"), studentId: "deleted" };
  await assert.rejects(startCheckout(shop, input), { code: "not_authenticated" });
});

for (
  const [what, fails] of [["and has a page that only leads on", false], [
    "also where the page cannot be had",
    true,
  ]] as const
) {
  Deno.test(`startCheckout enrolls at once when the course is free, ${what}`, async () => {
    const shop = memoryShop({ offers: [offer("algebra", { price: { amount: 0n, currency: "usd" } })] });
    const down = new DomainError("vendor_unavailable", "down");
    const { openPage } = shop.payments;
    shop.payments.openPage = (order) => {
      assert.equal(shop.state.grants.length, 1, "the page is asked for once access is given");
      return fails ? Promise.reject(down) : openPage(order);
    };
    const checkout = await startCheckout(shop, buy("algebra"));
    assert.equal(checkout.order.state, "paid");
    assert.equal(shop.state.orders[0]?.state, "paid");
    assert.equal(shop.state.grants.length, 1);
    assert.deepEqual(shop.state.jobs, [{
      kind: "send_notice",
      notice: { kind: "order_confirmation", orderId: checkout.order.id },
    }]);
    if (fails) assert.deepEqual({ ...checkout, order: null }, { order: null, page: null, failure: down });
    else assert.ok(checkout.page?.url);
  });
}
