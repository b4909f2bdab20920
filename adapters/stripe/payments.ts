import type Stripe from "stripe";
import type { Order, Payments } from "../../domain/checkout/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import { stripeClient } from "./client.ts";
import { toStripeAmount } from "./currency.ts";

type Config = { secretKey: string; apiUrl: string; frontendUrl: string };

/** Payment pages as Stripe Checkout sessions. */
export function stripePayments(config: Config): Payments {
  const client = stripeClient(config);
  return {
    async openPage(order) {
      const stripe = await client();
      try {
        const session = await stripe.checkout.sessions.create(sessionOf(order, config.frontendUrl), {
          idempotencyKey: `order:${order.id}:${order.attempt}`,
        });
        if (!session.url) throw new Error("Stripe answered a session without a URL");
        return { sessionId: session.id, url: session.url };
      } catch (cause) {
        throw new DomainError(
          "vendor_unavailable",
          "The payment provider does not answer. Your order is kept; please try again in a moment.",
          { retryAfter: 5 },
          { cause },
        );
      }
    },
  };
}

/** The same parameters for the same attempt, always: Stripe refuses an idempotency key that is used with others. */
function sessionOf(order: Order, frontendUrl: string): Stripe.Checkout.SessionCreateParams {
  const metadata = { order_id: order.id, user_id: order.studentId, attempt: String(order.attempt) };
  const { currency } = order.total;
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
    payment_intent_data: { metadata },
    adaptive_pricing: { enabled: false },
    expires_at: Math.floor(order.pageExpiresAt.getTime() / 1000),
    success_url: `${frontendUrl}/dashboard/payment-success?course-slug=${order.lines[0]!.courseSlug}`,
    cancel_url: `${frontendUrl}/dashboard/payment-cancel`,
  };
}
