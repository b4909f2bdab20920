import type Stripe from "stripe";
import { DomainError } from "../../domain/errors.ts";
import type { EventReading, PaymentEvent, PaymentEvents } from "../../domain/settlement/events/ports.ts";
import type { Evidence } from "../../domain/settlement/evidence.ts";
import { readStripeEvent } from "./event_shapes.ts";
import { idOf, outcomeOf, readRefund, readSession } from "./evidence.ts";

/** The maximum age of a signature in seconds: Stripe's own default. */
const TOLERANCE_SECONDS = 300;

type Config = {
  /** The current secret, then the previous one while it is being rotated. */
  webhookSecrets: string[];
  livemode: boolean;
};

/** Returns webhook events signed by Stripe (https://docs.stripe.com/webhooks/signature). */
export function stripeEvents(config: Config): PaymentEvents {
  function read(body: string): PaymentEvent {
    const event = readStripeEvent(body);
    const { id, type } = event;
    return { id, type, payload: JSON.stringify(event), reading: readEvent(event, config.livemode) };
  }
  return {
    async verify(body, signature) {
      await requireSignature(body, signature ?? "", config.webhookSecrets);
      return read(body);
    },
    read,
  };
}

async function requireSignature(body: string, signature: string, secrets: string[]): Promise<void> {
  const { default: Stripe } = await import("stripe");
  for (const secret of secrets) {
    try {
      await Stripe.webhooks.signature!.verifyHeaderAsync(body, signature, secret, TOLERANCE_SECONDS);
      return;
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
    }
  }
  throw new DomainError(
    "bad_signature",
    "Stripe-Signature holds no valid signature of this body from the last 300 seconds.",
  );
}

/** What an event tells us: its own evidence, or what to fetch from Stripe. */
export function readEvent(event: Stripe.Event, livemode: boolean): EventReading {
  if (event.livemode !== livemode) {
    return { kind: "nothing", why: `made in ${event.livemode ? "live" : "test"} mode` };
  }
  if (event.account) return { kind: "nothing", why: `it belongs to the connected account ${event.account}` };
  if (!event.data?.object) return { kind: "nothing", why: "a thin event: it names no object of a payment" };
  switch (event.type) {
    case "checkout.session.completed":
      return readingOf(readSession(event.data.object, outcomeOf(event.data.object)));
    case "checkout.session.async_payment_succeeded":
      return readingOf(readSession(event.data.object, "paid"));
    case "checkout.session.async_payment_failed":
      return readingOf(readSession(event.data.object, "failed"));
    case "checkout.session.expired":
      return readingOf(readSession(event.data.object, "expired"));
    case "payment_intent.payment_failed":
      return readingOf(readDecline(event.data.object, event.created));
    case "refund.created":
    case "refund.updated":
    case "refund.failed":
    case "charge.refund.updated":
      return readingOf(readRefund(event.data.object));
    case "charge.refunded": {
      // The charge has only a sum, so its refunds are fetched, and each counts once.
      const paymentIntentId = idOf(event.data.object.payment_intent);
      return paymentIntentId === null
        ? { kind: "nothing", why: "the charge belongs to no payment intent" }
        : { kind: "refunds_of", paymentIntentId };
    }
    case "charge.dispute.created":
    case "charge.dispute.updated":
    case "charge.dispute.closed":
    case "charge.dispute.funds_withdrawn":
    case "charge.dispute.funds_reinstated":
      // A dispute can change back and forth, so its current state is fetched from Stripe.
      return { kind: "dispute", disputeId: event.data.object.id };
    default:
      return { kind: "nothing", why: `nothing follows from ${event.type}` };
  }
}

const readingOf = (found: Evidence | string): EventReading =>
  typeof found === "string" ? { kind: "nothing", why: found } : { kind: "evidence", evidence: found };

function readDecline(intent: Stripe.PaymentIntent, created: number): Evidence | string {
  const orderId = intent.metadata?.order_id;
  if (!orderId) return "the payment intent is not one of this shop's";
  const { decline_code, code } = intent.last_payment_error ?? {};
  return {
    kind: "decline",
    orderId,
    code: decline_code ?? code ?? "unknown",
    declinedAt: new Date(created * 1000),
  };
}
