import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import Stripe from "stripe";
import { fromStripeAmount, toStripeAmount } from "../../adapters/stripe/currency.ts";
import { stripeEvents } from "../../adapters/stripe/events.ts";
import { stripePayments } from "../../adapters/stripe/payments.ts";
import { DomainError } from "../../domain/errors.ts";
import { pay, until } from "../support/shop.ts";
import { KEY, order, refusal, SECRET, session as parameters, withStripe } from "../support/stripe_stand.ts";

Deno.test("openPage opens one page per order and attempt, however often it is called", async () => {
  await withStripe(async ({ origin, client }) => {
    const payments = stripePayments({ secretKey: KEY, apiUrl: origin, frontendUrl: "https://shop.example" });
    const [one, two] = await Promise.all([payments.openPage(order), payments.openPage(order)]);
    assert.deepEqual(one, two);
    const next = await payments.openPage({ ...order, attempt: 2 });
    assert.notEqual(next.checkoutSessionId, one.checkoutSessionId);
    const session = await client.checkout.sessions.retrieve(one.checkoutSessionId);
    assert.equal(session.amount_subtotal, 4900);
    assert.deepEqual(session.metadata, { order_id: order.id, user_id: "student-1", attempt: "1" });
    assert.equal(
      session.success_url,
      "https://shop.example/dashboard/payment-success?course-slug=algebra&session_id={CHECKOUT_SESSION_ID}",
    );
    const intent = await client.paymentIntents.retrieve(session.payment_intent as string);
    assert.deepEqual(intent.metadata, session.metadata);
  });
});

Deno.test("openPage opens a page without a payment for a free order, which leads to the course either way", async () => {
  await withStripe(async ({ origin, client }) => {
    const payments = stripePayments({ secretKey: KEY, apiUrl: origin, frontendUrl: "https://shop.example" });
    for (const [amount, discount] of [[0n, 0n], [4900n, 4900n]] as const) {
      const lines = order.lines.map((line) => ({ ...line, amount, discount }));
      const free = { ...order, id: crypto.randomUUID(), lines, subtotal: { amount, currency: "usd" } };
      const session = await client.checkout.sessions.retrieve(
        (await payments.openPage(free)).checkoutSessionId,
      );
      assert.deepEqual([session.amount_subtotal, session.amount_total], [Number(amount), 0]);
      assert.deepEqual([session.payment_status, session.payment_intent], ["no_payment_required", null]);
      assert.ok(session.success_url!.includes("/dashboard/payment-success?course-slug=algebra"));
      assert.equal(session.cancel_url, "https://shop.example/courses/algebra");
    }
  });
});

Deno.test("openPage throws vendor_unavailable if Stripe refuses the key, is unreachable, or does not respond", async () => {
  const config = {
    secretKey: "sk_test_wrong",
    apiUrl: "http://127.0.0.1:9",
    frontendUrl: "https://shop.example",
  };
  const isUnavailable = (error: unknown) =>
    error instanceof DomainError && error.code === "vendor_unavailable";
  await assert.rejects(stripePayments(config).openPage(order), isUnavailable);
  await withStripe(async ({ origin }) => {
    await assert.rejects(stripePayments({ ...config, apiUrl: origin }).openPage(order), isUnavailable);
  });
  const silence = new AbortController();
  const silent = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: silence.signal, onListen() {} },
    () => new Promise(() => {}),
  );
  const slow = stripePayments({ ...config, apiUrl: `http://127.0.0.1:${silent.addr.port}`, tryMs: 50 });
  await assert.rejects(slow.openPage(order), isUnavailable);
  silence.abort();
  await silent.finished;
});

Deno.test("openPage tells the buyer which amounts Stripe cannot charge, and closePage then finds no page", async () => {
  const message = "Amount must convert to at least 50 cents. 1.00 SEK converts to approximately $0.10.";
  const stripe = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    await request.text();
    const error = { type: "invalid_request_error", code: "amount_too_small", message };
    return Response.json({ error }, { status: 400 });
  });
  const payments = stripePayments({
    secretKey: KEY,
    apiUrl: `http://127.0.0.1:${stripe.addr.port}`,
    frontendUrl: "https://shop.example",
  });
  try {
    await assert.rejects(payments.openPage(order), { code: "invalid_input", message });
    await payments.closePage(order);
    const uneven = {
      ...order,
      subtotal: { amount: 4901n, currency: "kwd" },
      lines: [{ ...order.lines[0]!, amount: 4901n }],
    };
    await assert.rejects(payments.openPage(uneven), { code: "invalid_input" });
    await payments.closePage(uneven);
  } finally {
    await stripe.shutdown();
  }
});

Deno.test("what is paid on the page arrives as evidence that the adapter verifies", async () => {
  await withStripe(async ({ origin, received }) => {
    const payments = stripePayments({ secretKey: KEY, apiUrl: origin, frontendUrl: "https://shop.example" });
    const { checkoutSessionId, url } = await payments.openPage(order);
    assert.equal((await pay(url)).status, 303);
    const completed = await until(() =>
      Promise.resolve(received.find(({ body }) => body.includes("session.completed")))
    );
    const events = stripeEvents({ webhookSecrets: ["whsec_new", SECRET], livemode: false });
    const { reading } = await events.verify(completed.body, completed.signature);
    assert.ok(reading.kind === "evidence" && reading.evidence.kind === "session");
    const { evidence } = reading;
    assert.equal(evidence.outcome, "paid");
    assert.equal(evidence.sessionId, checkoutSessionId);
    assert.equal(evidence.attempt, 1);
    assert.deepEqual(evidence.subtotal, { amount: 4900n, currency: "usd" });
    await assert.rejects(events.verify(completed.body + " ", completed.signature), /valid signature/);
  });
});

Deno.test("amounts are counted as Stripe counts them", () => {
  const cases: [bigint, string, number][] = [
    [4999n, "usd", 4999],
    [500n, "jpy", 500],
    [1990n, "kwd", 1990],
    [500n, "isk", 50000],
    [500n, "ugx", 50000],
    [500n, "mga", 5],
  ];
  for (const [amount, currency, atStripe] of cases) {
    assert.equal(toStripeAmount({ amount, currency }), atStripe, currency);
    assert.deepEqual(fromStripeAmount(atStripe, currency), { amount, currency });
  }
  assert.throws(() => toStripeAmount({ amount: 1999n, currency: "kwd" }), /multiples of 10/);
  assert.notEqual(fromStripeAmount(50001, "isk").amount, 500n);
});

Deno.test("the sandbox refuses what Stripe refuses, in Stripe's format", async () => {
  await withStripe(async ({ client, origin }) => {
    const create = (change: object) => refusal(client.checkout.sessions.create({ ...parameters, ...change }));
    const unknown = await create({ payment_method_types: ["card"] });
    assert.deepEqual([unknown.statusCode, unknown.code, unknown.param], [
      400,
      "parameter_unknown",
      "payment_method_types",
    ]);
    assert.equal((await create({ ui_mode: "hosted" })).code, "parameter_unknown");
    assert.equal((await create({ success_url: undefined })).code, "parameter_missing");
    assert.equal((await create({ expires_at: Math.floor(Date.now() / 1000) + 60 })).param, "expires_at");
    const nested = await create({
      line_items: [{ quantity: 1, price_data: { currency: "usd", unit_amount: 1, colour: "red" } }],
    });
    assert.equal(nested.statusCode, 400);
    const stranger = new Stripe("sk_test_wrong", {
      httpClient: Stripe.createFetchHttpClient(),
      host: "127.0.0.1",
      port: Number(new URL(origin).port),
      protocol: "http",
      maxNetworkRetries: 0,
    });
    assert.equal((await refusal(stranger.events.list())).statusCode, 401);
    assert.equal((await refusal(client.checkout.sessions.retrieve("cs_test_none"))).statusCode, 404);
  });
});

Deno.test("the sandbox performs a request once per idempotency key, and refuses other parameters", async () => {
  await withStripe(async ({ client }) => {
    const options = { idempotencyKey: "k" };
    const first = await client.checkout.sessions.create(parameters, options);
    const second = await client.checkout.sessions.create(parameters, options);
    assert.equal(second.id, first.id);
    const other = await refusal(
      client.checkout.sessions.create({ ...parameters, customer_email: "b@example.com" }, options),
    );
    assert.equal(other.rawType, "idempotency_error");
  });
});

Deno.test("the sandbox delivers an event again until the shop accepts it", async () => {
  await withStripe(async ({ client, received, failNext }) => {
    const session = await client.checkout.sessions.create(parameters);
    failNext(3);
    await client.checkout.sessions.expire(session.id);
    const event = await until(() => Promise.resolve(received[0]));
    const { type } = await Stripe.webhooks.constructEventAsync(event.body, event.signature, SECRET);
    assert.equal(type, "checkout.session.expired");
    const { data } = await until(async () => {
      const events = await client.events.list({ delivery_success: true });
      return events.data.length > 0 && events;
    });
    assert.equal(data.length, 1);
  });
});

Deno.test("the sandbox delivers after a restart what it had not delivered before", async () => {
  const state = new DatabaseSync(":memory:");
  await withStripe(async ({ client, failNext, received }) => {
    failNext(1000);
    const session = await client.checkout.sessions.create(parameters);
    await client.checkout.sessions.expire(session.id);
    assert.equal(received.length, 0);
  }, state);
  await withStripe(async ({ received }) => {
    await until(() => Promise.resolve(received.length > 0));
  }, state);
  state.close();
});

Deno.test("a form that is sent twice concurrently pays once", async () => {
  await withStripe(async ({ client }) => {
    const session = await client.checkout.sessions.create(parameters);
    const answers = await Promise.all([pay(session.url!), pay(session.url!)]);
    assert.equal(answers.filter(({ status }) => status === 303).length, 1);
    const { data } = await client.events.list({ type: "checkout.session.completed" });
    assert.equal(data.length, 1);
    assert.equal(
      answers.find(({ status }) => status === 303)!.location,
      `https://shop.example/ok?session=${session.id}`,
    );
  });
});
