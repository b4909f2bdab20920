import Stripe from "stripe";
import type { TestShop } from "./shop.ts";

/** The sandbox's. */
export const SECRET = "whsec_sandbox";

export type SessionChange = {
  payment_status?: string;
  payment_intent?: string | null;
  amount_subtotal?: number;
  amount_total?: number;
  total_details?: { amount_discount: number; amount_tax: number };
  currency?: string;
  metadata?: object;
  mode?: string;
};

/** An event about the session of an order, signed like Stripe's. */
export async function signed(event: unknown, secret = SECRET, timestamp = Math.floor(Date.now() / 1000)) {
  const payload = JSON.stringify(event, null, 2);
  const signature = await Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret, timestamp });
  return { payload, signature };
}

export type OpenOrder = { order_id: string; user_id: string; session: string };

/** An event of a session that fits the order, but for the change. */
export function sessionEvent(
  id: string,
  { session, ...order }: OpenOrder,
  change: SessionChange = {},
  type = "completed",
) {
  return {
    id,
    object: "event",
    type: `checkout.session.${type}`,
    livemode: false,
    data: {
      object: {
        id: session,
        object: "checkout.session",
        mode: "payment",
        payment_status: "paid",
        amount_subtotal: 4900,
        currency: "usd",
        payment_intent: "pi_x",
        metadata: { ...order, attempt: "1" },
        ...change,
      },
    },
  };
}

/** Sends an event to the shop's webhook. */
export async function deliver(
  shop: TestShop,
  { payload, signature }: { payload: string; signature: string },
  path = "/api/payments/stripe/webhook/",
) {
  const response = await shop.fetch(`${shop.api}${path}`, {
    method: "POST",
    headers: { "stripe-signature": signature, "content-type": "application/json" },
    body: payload,
  });
  return { status: response.status, body: await response.json() };
}

/** An event about any other object. */
export function stripeEvent(id: string, type: string, object: object, change: object = {}) {
  return { id, object: "event", type, created: 1_770_000_000, livemode: false, data: { object }, ...change };
}

/** Signs an event and sends it to the shop's webhook. */
export async function tell(shop: TestShop, event: unknown) {
  return await deliver(shop, await signed(event));
}

/** The sandbox's Stripe, as its own dashboard or a bank would use it. */
export function dashboard(shop: TestShop): Stripe {
  const { hostname, port } = new URL(shop.sandbox.origin);
  return new Stripe("sk_test_sandbox", {
    httpClient: Stripe.createFetchHttpClient(),
    host: hostname,
    port,
    protocol: "http",
    maxNetworkRetries: 0,
  });
}
