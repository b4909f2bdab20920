import assert from "node:assert/strict";
import Stripe from "stripe";
import { stripeBooks, stripeRefunds } from "../../adapters/stripe/books.ts";
import { stripeEvents } from "../../adapters/stripe/events.ts";
import { stripePayments } from "../../adapters/stripe/payments.ts";
import { KEY, order, type Received, refusal, SECRET, session, withStripe } from "../support/stripe_stand.ts";
import { pay, until } from "../support/shop.ts";

const config = (origin: string) => ({
  secretKey: KEY,
  apiUrl: origin,
  livemode: false,
  frontendUrl: "https://shop.example",
});

/** The types of the events that the shop has received, in their order, once there are as many as expected. */
async function types(received: Received[], count: number): Promise<string[]> {
  await until(() => Promise.resolve(received.length >= count));
  return received.map(({ body }) => (JSON.parse(body) as Stripe.Event).type);
}

Deno.test("the sandbox applies coupons and promotion codes to a session, or refuses them by name", async () => {
  await withStripe(async ({ client }) => {
    const off = await client.coupons.create({ amount_off: 300, currency: "usd" });
    const half = await client.coupons.create({ percent_off: 50, max_redemptions: 1 });
    const code = await client.promotionCodes.create({
      promotion: { type: "coupon", coupon: half.id },
      code: "HALF",
    });
    const first = await client.checkout.sessions.create({ ...session, discounts: [{ coupon: off.id }] });
    assert.deepEqual([first.amount_subtotal, first.amount_total, first.total_details?.amount_discount], [
      1000,
      700,
      300,
    ]);
    const second = await client.checkout.sessions.create({
      ...session,
      discounts: [{ promotion_code: code.id }],
    });
    assert.equal(second.amount_total, 500);
    assert.deepEqual(second.discounts, [{ coupon: half.id, promotion_code: code.id }]);
    assert.equal((await pay(second.url!)).status, 303);
    const over = client.checkout.sessions.create({ ...session, discounts: [{ promotion_code: code.id }] });
    assert.equal((await refusal(over)).code, "coupon_expired");
    await client.promotionCodes.update(code.id, { active: false });
    const inactive = client.checkout.sessions.create({
      ...session,
      discounts: [{ promotion_code: code.id }],
    });
    assert.equal((await refusal(inactive)).code, "promotion_code_expired");
    const none = client.checkout.sessions.create({ ...session, discounts: [{ coupon: "none" }] });
    assert.equal((await refusal(none)).param, "discounts[0][coupon]");
    const { data } = await client.promotionCodes.list({ code: "half" });
    assert.equal(data[0]?.times_redeemed, 1);
  });
});

Deno.test("a code entered on the payment page counts, and a 100 % code needs no payment", async () => {
  await withStripe(async ({ client, received }) => {
    const { id } = await client.coupons.create({ percent_off: 100 });
    await client.promotionCodes.create({ promotion: { type: "coupon", coupon: id }, code: "ALL" });
    const open = await client.checkout.sessions.create({ ...session, allow_promotion_codes: true });
    assert.match((await pay(open.url!, { code: "WRONG" })).page, /This code is invalid/);
    assert.equal((await pay(open.url!, { code: "all" })).status, 303);
    const paid = await client.checkout.sessions.retrieve(open.id);
    assert.deepEqual([paid.payment_status, paid.payment_intent, paid.amount_total], [
      "no_payment_required",
      null,
      0,
    ]);
    assert.deepEqual(await types(received, 1), ["checkout.session.completed"]);
  });
});

Deno.test("the sandbox refunds in parts, up to the amount paid, and notifies the shop", async () => {
  await withStripe(async ({ client, received }) => {
    const { url, id } = await client.checkout.sessions.create(session);
    await pay(url!);
    const { payment_intent } = await client.checkout.sessions.retrieve(id);
    const payment = { payment_intent: payment_intent as string };
    const part = await client.refunds.create({ ...payment, amount: 400, metadata: { refund_id: "r" } });
    assert.equal(part.status, "succeeded");
    assert.equal(
      (await refusal(client.refunds.create({ ...payment, amount: 601 }))).code,
      "amount_too_large",
    );
    await client.refunds.create(payment);
    assert.equal((await refusal(client.refunds.create(payment))).code, "charge_already_refunded");
    const { data } = await client.refunds.list(payment);
    assert.deepEqual(data.map(({ amount }) => amount), [600, 400]);
    const { latest_charge } = await client.paymentIntents.retrieve(payment.payment_intent, {
      expand: ["latest_charge"],
    });
    assert.equal((latest_charge as Stripe.Charge).refunded, true);
    for (const type of ["charge.refunded", "refund.created"]) {
      await until(async () => (await types(received, 0)).filter((heard) => heard === type).length === 2);
    }
  });
});

Deno.test("the sandbox lets a refund fail later, depending on the card", async () => {
  await withStripe(async ({ client, received }) => {
    const { url, id } = await client.checkout.sessions.create(session);
    await pay(url!, { number: "4000 0000 0000 5126" });
    const { payment_intent } = await client.checkout.sessions.retrieve(id);
    const refund = await client.refunds.create({ payment_intent: payment_intent as string });
    assert.equal(refund.status, "succeeded");
    const failed = await until(async () => {
      const { status, failure_reason } = await client.refunds.retrieve(refund.id);
      return status === "failed" && failure_reason;
    });
    assert.equal(failed, "expired_or_canceled_card");
    assert.ok((await types(received, 7)).includes("refund.failed"));
  });
});

Deno.test("the sandbox opens disputes depending on the card, accepts evidence and decides by it", async () => {
  await withStripe(async ({ client, received }) => {
    for (const [text, status] of [["winning_evidence", "won"], ["losing_evidence", "lost"]] as const) {
      const { url } = await client.checkout.sessions.create(session);
      await pay(url!, { number: "4000 0000 0000 0259" });
      const [dispute] = (await client.disputes.list()).data;
      assert.equal(dispute!.status, "needs_response");
      const kept = await client.disputes.update(dispute!.id, {
        evidence: { product_description: "A course" },
      });
      assert.equal(kept.status, "needs_response");
      const closed = await client.disputes.update(dispute!.id, {
        evidence: { uncategorized_text: text },
        submit: true,
      });
      assert.equal(closed.status, status);
      assert.equal((await refusal(client.disputes.close(dispute!.id))).code, "dispute_closed");
    }
    const heard = await types(received, 17);
    assert.ok(heard.includes("charge.dispute.created") && heard.includes("charge.dispute.funds_reinstated"));
  });
});

Deno.test("the ledger's page refunds and disputes by hand", async () => {
  await withStripe(async ({ client, origin }) => {
    const { url } = await client.checkout.sessions.create(session);
    await pay(url!);
    const [charge] = (await client.charges.list()).data;
    const press = async (path: string, fields: Record<string, string> = {}) => {
      const response = await fetch(`${origin}/sandbox/stripe/${path}`, {
        method: "POST",
        body: new URLSearchParams(fields),
        redirect: "manual",
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await press(`charges/${charge!.id}/refund`, { amount: "100" }), 303);
    assert.equal(await press(`charges/${charge!.id}/refund`, { amount: "10000" }), 400);
    assert.equal(await press(`charges/${charge!.id}/dispute`), 303);
    const [dispute] = (await client.disputes.list()).data;
    assert.equal(await press(`disputes/${dispute!.id}/won`), 303);
    const page = await (await fetch(`${origin}/sandbox/stripe`)).text();
    assert.match(page, /refunded \$1\.00[\s\S]*fraudulent[\s\S]*won/);
  });
});

Deno.test("stripeBooks returns a session's current state: open, awaited, failed, paid, expired", async () => {
  await withStripe(async ({ origin, client, received }) => {
    const books = stripeBooks(config(origin));
    const payments = stripePayments(config(origin));
    const outcomeOf = async (id: string) => (await books.session(id))?.outcome ?? null;
    const { checkoutSessionId, url } = await payments.openPage(order);
    assert.equal(await outcomeOf(checkoutSessionId), null);
    await pay(url, { method: "debit_fails" });
    assert.equal(await outcomeOf(checkoutSessionId), "awaiting_funds");
    await until(async () => await outcomeOf(checkoutSessionId) === "failed");
    const second = await payments.openPage({ ...order, attempt: 2 });
    await pay(second.url);
    const paid = await books.session(second.checkoutSessionId);
    assert.deepEqual([paid?.outcome, paid?.total, paid?.attempt], ["paid", 4900n, 2]);
    const third = { ...order, attempt: 3 };
    await payments.closePage(third); // its id was never learnt
    await payments.closePage({ ...third, page: second });
    assert.equal(await outcomeOf((await payments.openPage(third)).checkoutSessionId), "expired");
    assert.equal(await books.session("cs_test_none"), null);
    assert.equal(await books.session((await client.checkout.sessions.create(session)).id), null);

    const refunds = stripeRefunds(config(origin));
    const asked = {
      id: crypto.randomUUID(),
      orderId: order.id,
      paymentIntentId: paid!.paymentIntentId!,
      amount: { amount: 900n, currency: "usd" },
      status: "submitted" as const,
      origin: "administrator" as const,
      reason: "",
      failureReason: null,
      lines: [],
      createdAt: new Date(),
    };
    const one = await refunds.submit(asked);
    assert.deepEqual(await refunds.submit(asked), one);
    assert.ok(typeof one !== "string");
    assert.equal(one.refundId, asked.id);
    const tooMuch = { ...asked, id: crypto.randomUUID(), amount: { amount: 4001n, currency: "usd" } };
    assert.match(String(await refunds.submit(tooMuch)), /greater than unrefunded amount/);
    assert.deepEqual(await books.refunds(paid!.paymentIntentId!), [one]);
    assert.deepEqual(await books.recentRefunds(new Date(Date.now() - 60_000), null), {
      items: [one],
      next: null,
    });
    assert.equal((await books.recentDisputes(new Date(0), null)).items.length, 0);
    assert.equal(await books.dispute("du_none"), null);

    const events = stripeEvents({ webhookSecrets: [SECRET], livemode: false });
    const readings = await Promise.all(
      received.map(async ({ body, signature }) => (await events.verify(body, signature)).reading.kind),
    );
    assert.ok(readings.includes("evidence") && readings.includes("nothing"));
  });
});

Deno.test("stripeBooks lists the events that the shop has not received, page by page, newest first", async () => {
  await withStripe(async ({ origin, client, failNext }) => {
    failNext(1000);
    const ids: string[] = [];
    for (let n = 0; n < 101; n++) {
      const { id } = await client.checkout.sessions.create(session);
      await client.checkout.sessions.expire(id);
      ids.unshift(id);
    }
    const books = stripeBooks(config(origin));
    const aMinuteAgo = new Date(Date.now() - 60_000);
    const first = await books.undeliveredEvents(aMinuteAgo, null);
    const last = await books.undeliveredEvents(aMinuteAgo, first.next);
    assert.deepEqual([first.items.length, last.items.length, last.next], [100, 1, null]);
    [...first.items, ...last.items].forEach(({ type, payload }, index) => {
      assert.equal(type, "checkout.session.expired");
      assert.ok(payload.includes(ids[index]!), `event ${index}`);
    });
  });
});
