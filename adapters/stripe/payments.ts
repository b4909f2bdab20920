import type Stripe from "stripe";
import type { Order, Payments } from "../../domain/checkout/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import type { SessionEvidence, SessionOutcome } from "../../domain/settlement/evidence.ts";
import { stripeClient, type StripeConnection, unavailable } from "./client.ts";
import { toStripeAmount } from "./currency.ts";
import { presentOutcome, readSession } from "./evidence.ts";

type Config = StripeConnection & { frontendUrl: string };

/** Returns payment pages as Stripe Checkout sessions. */
export function stripePayments(config: Config): Payments {
  const client = stripeClient(config);
  async function open(order: Order) {
    const stripe = await client();
    const key = `order:${order.id}:${order.attempt}`;
    const coupon = couponOf(order);
    // A separate coupon for this order's exact discount, so that the quoted amount is charged.
    const discounts = coupon &&
      [{ coupon: (await stripe.coupons.create(coupon, { idempotencyKey: `${key}:discount` })).id }];
    const session = await stripe.checkout.sessions.create({
      ...sessionOf(order, config.frontendUrl),
      ...(discounts ? { discounts } : {}),
    }, { idempotencyKey: key });
    if (!session.url) throw new Error("Stripe returned a session without a URL");
    return { checkoutSessionId: session.id, url: session.url };
  }

  return {
    async openPage(order) {
      try {
        return await open(order);
      } catch (cause) {
        throw refusalOf(cause) ?? unavailable(cause);
      }
    },

    async closePage(order) {
      try {
        // A page with an unknown id is returned again by its idempotency key, to be closed.
        const { checkoutSessionId } = order.page ?? await open(order);
        return await close(checkoutSessionId);
      } catch (cause) {
        // Stripe refuses this if the page could no longer be opened, or does not exist.
        if (isRefusal(cause)) return null;
        throw unavailable(cause);
      }
    },
  };

  async function close(sessionId: string): Promise<SessionEvidence | null> {
    const { checkout: { sessions } } = await client();
    try {
      return evidenceOf(await sessions.expire(sessionId), "expired");
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      const session = await sessions.retrieve(sessionId, { expand: ["payment_intent"] });
      const outcome = presentOutcome(session);
      if (outcome === null) throw new Error(`Stripe refuses to close ${sessionId}, which it reports as open`);
      return evidenceOf(session, outcome);
    }
  }
}

function evidenceOf(session: Stripe.Checkout.Session, outcome: SessionOutcome): SessionEvidence | null {
  const evidence = readSession(session, outcome);
  return typeof evidence === "string" ? null : evidence;
}

const isRefusal = (cause: unknown) =>
  refusalOf(cause) !== null || (cause as Stripe.errors.StripeError).type === "StripeInvalidRequestError";

/**
 * Returns why an amount cannot be charged, in cases that only Stripe can decide: the charge must be within the
 * minimum and maximum of the currency that it is converted into (https://docs.stripe.com/error-codes).
 */
function refusalOf(cause: unknown): DomainError | null {
  if (cause instanceof DomainError) return cause;
  const { code, message } = cause as Stripe.errors.StripeError;
  if (code !== "amount_too_small" && code !== "amount_too_large") return null;
  return new DomainError("invalid_input", message, { fields: { course_id: [message] } }, { cause });
}

function couponOf(order: Order): Stripe.CouponCreateParams | null {
  const amount = order.lines.reduce((sum, line) => sum + line.discount, 0n);
  if (amount === 0n) return null;
  const { currency } = order.subtotal;
  return {
    amount_off: toStripeAmount({ amount, currency }),
    currency,
    duration: "once",
    max_redemptions: 1,
    ...(order.promotionCode ? { name: order.promotionCode } : {}),
    metadata: { order_id: order.id },
  };
}

/**
 * Builds a session's parameters. They must always be the same for the same attempt, because Stripe refuses an
 * idempotency key with different ones.
 */
function sessionOf(order: Order, frontendUrl: string): Stripe.Checkout.SessionCreateParams {
  const metadata = { order_id: order.id, user_id: order.studentId, attempt: String(order.attempt) };
  const { amount, currency } = order.subtotal;
  const slug = order.lines[0]?.courseSlug ?? "";
  const isFree = order.lines.reduce((left, { discount }) => left - discount, amount) === 0n;
  return {
    mode: "payment",
    line_items: order.lines.map((line) => ({
      quantity: 1,
      price_data: {
        currency,
        unit_amount: toStripeAmount({ amount: line.amount, currency }),
        product_data: { name: line.title, metadata: { course_id: line.courseId } },
      },
    })),
    client_reference_id: order.id,
    customer_email: order.studentEmail,
    metadata,
    // Stripe creates no payment intent if there is nothing to pay
    // (https://docs.stripe.com/payments/checkout/no-cost-orders).
    ...(isFree ? {} : { payment_intent_data: { metadata } }),
    adaptive_pricing: { enabled: false },
    expires_at: Math.floor(order.pageExpiresAt.getTime() / 1000),
    success_url: `${frontendUrl}/dashboard/payment-success?course-slug=${slug}` +
      "&session_id={CHECKOUT_SESSION_ID}",
    // Leaving the page of a free order cancels nothing.
    cancel_url: `${frontendUrl}${isFree ? `/courses/${slug}` : "/dashboard/payment-cancel"}`,
  };
}
