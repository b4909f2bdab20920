import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import Stripe from "stripe";
import { stripeSandbox } from "../../adapters/sandbox/stripe/stripe.tsx";
import type { Order } from "../../domain/checkout/ports.ts";

export const KEY = "sk_test_sandbox";
export const SECRET = "whsec_sandbox";

export type Received = { body: string; signature: string };
export type Stand = { origin: string; client: Stripe; received: Received[]; failNext(times: number): void };

/** Stripe's stand-in and a shop that receives its webhooks. `state` outlives a restart. */
export async function withStripe(run: (stand: Stand) => Promise<void>, state = new DatabaseSync(":memory:")) {
  const received: Received[] = [];
  let failures = 0;
  const shop = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const body = await request.text();
    if (failures-- > 0) return new Response(null, { status: 500 });
    received.push({ body, signature: request.headers.get("stripe-signature")! });
    return new Response("{}");
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const origin = `http://127.0.0.1:${port}`;
  const stripe = stripeSandbox({
    state,
    origin,
    secretKey: KEY,
    webhookSecret: SECRET,
    webhookUrl: `http://127.0.0.1:${shop.addr.port}/`,
    debitDelayMs: 50,
    retryDelaysMs: [50, 50, 50],
  });
  const server = Deno.serve({ port, hostname: "127.0.0.1", onListen() {} }, stripe.app.fetch);
  const client = new Stripe(KEY, {
    httpClient: Stripe.createFetchHttpClient(),
    host: "127.0.0.1",
    port,
    protocol: "http",
    maxNetworkRetries: 0,
  });
  try {
    await run({ origin, client, received, failNext: (times) => failures = times });
  } finally {
    await server.shutdown();
    await stripe.stop();
    await shop.shutdown();
  }
}

export const order: Order = {
  id: "0190ccab-a935-4e29-b862-ce3c88d4845f",
  studentId: "student-1",
  studentEmail: "ada@example.com",
  state: "created",
  lines: [{
    id: "line",
    courseId: "course",
    title: "Algebra",
    courseSlug: "algebra",
    amount: 4900n,
    discount: 0n,
  }],
  subtotal: { amount: 4900n, currency: "usd" },
  promotionCode: null,
  attempt: 1,
  page: null,
  settledSessionId: null,
  pageExpiresAt: new Date(Date.now() + 3600_000),
  createdAt: new Date(),
};

export const session: Stripe.Checkout.SessionCreateParams = {
  mode: "payment",
  line_items: [{
    price_data: { currency: "usd", unit_amount: 500, product_data: { name: "Book" } },
    quantity: 2,
  }],
  success_url: "https://shop.example/ok?session={CHECKOUT_SESSION_ID}",
};

export async function refusal(attempt: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await attempt;
  } catch (error) {
    assert.ok(error instanceof Stripe.errors.StripeError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "It was not refused." });
}
