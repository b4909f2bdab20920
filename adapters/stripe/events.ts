import type Stripe from "stripe";
import type { PaymentEvents, PaymentEvidence } from "../../domain/checkout/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import { fromStripeAmount } from "./currency.ts";

/** Seconds that a signature may be old: Stripe's own default. */
const TOLERANCE_SECONDS = 300;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Config = {
  /** The current secret, then the previous one while it is being rotated. */
  webhookSecrets: string[];
  livemode: boolean;
};
type Reading = { evidence: PaymentEvidence } | { ignoredBecause: string };

/** Webhook events as Stripe signs them (https://docs.stripe.com/webhooks/signature). */
export function stripeEvents(config: Config): PaymentEvents {
  return {
    async verify(body, signature) {
      const event = await construct(body, signature ?? "", config.webhookSecrets);
      const reading = read(event, config.livemode);
      return {
        id: event.id,
        type: event.type,
        payload: body,
        evidence: "evidence" in reading ? reading.evidence : null,
        ignoredBecause: "ignoredBecause" in reading ? reading.ignoredBecause : null,
      };
    },
  };
}

async function construct(body: string, signature: string, secrets: string[]): Promise<Stripe.Event> {
  const { default: Stripe } = await import("stripe");
  for (const secret of secrets) {
    try {
      return await Stripe.webhooks.constructEventAsync(body, signature, secret, TOLERANCE_SECONDS);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError) continue; // perhaps the other secret made it
      // The signature stands, but the SDK refuses the body: a thin event, which has another way of being read.
      const event = JSON.parse(body) as Stripe.Event;
      if (typeof event?.id !== "string" || typeof event.type !== "string") throw error;
      return event;
    }
  }
  throw new DomainError(
    "bad_signature",
    "The body does not carry a valid signature of the last 300 seconds in Stripe-Signature.",
  );
}

function read(event: Stripe.Event, livemode: boolean): Reading {
  if (event.livemode !== livemode) {
    return { ignoredBecause: `made in ${event.livemode ? "live" : "test"} mode` };
  }
  switch (event.type) {
    case "checkout.session.completed": {
      const paid = event.data.object.payment_status !== "unpaid";
      return readSession(event.data.object, paid ? "paid" : "awaiting_funds");
    }
    case "checkout.session.async_payment_succeeded":
      return readSession(event.data.object, "paid");
    case "checkout.session.async_payment_failed":
      return readSession(event.data.object, "failed");
    case "checkout.session.expired":
      return readSession(event.data.object, "expired");
    default:
      return { ignoredBecause: `nothing follows from ${event.type}` };
  }
}

/** What a session says of one of our orders; a session that another product opened says nothing. */
function readSession(session: Stripe.Checkout.Session, outcome: PaymentEvidence["outcome"]): Reading {
  const { order_id: orderId, user_id: studentId, attempt } = session.metadata ?? {};
  const { currency, amount_subtotal: amount, payment_intent: intent } = session;
  if (
    session.mode !== "payment" || !orderId || !UUID.test(orderId) || !studentId ||
    !/^\d{1,9}$/.test(attempt ?? "")
  ) {
    return { ignoredBecause: "the session is not one of this shop's" };
  }
  if (!currency || !Number.isSafeInteger(amount)) return { ignoredBecause: "the session names no amount" };
  return {
    evidence: {
      orderId,
      studentId,
      sessionId: session.id,
      attempt: Number(attempt),
      paymentIntentId: typeof intent === "string" ? intent : intent?.id ?? null,
      subtotal: fromStripeAmount(amount!, currency),
      outcome,
    },
  };
}
