import type Stripe from "stripe";
import type { DisputeEvidence, RefundEvidence, SessionEvidence } from "../../domain/settlement/evidence.ts";
import { fromStripeAmount } from "./currency.ts";
import { isUuid } from "../../domain/uuid.ts";

/** Returns the id of an object that Stripe may have expanded. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === "string" ? reference : reference?.id ?? null;
}

/**
 * Reads a session's evidence on one of our orders. Returns text with the reason if there is none: another product
 * opened the session, or it is still open.
 */
export function readSession(
  session: Stripe.Checkout.Session,
  outcome: SessionEvidence["outcome"],
): SessionEvidence | string {
  const { order_id: orderId, user_id: studentId, payment_id: formerPaymentId } = session.metadata ?? {};
  // The former shop opened one page per order, and named its payment instead of an attempt.
  const attempt = session.metadata?.attempt ?? (formerPaymentId && "1");
  const { currency, amount_subtotal: subtotal, amount_total: total, total_details: details } = session;
  if (!orderId || !isUuid(orderId) || !studentId || !/^\d{1,9}$/.test(attempt ?? "")) {
    return "the session is not one of this shop's";
  }
  if (!currency || !Number.isSafeInteger(subtotal)) return "the session names no amount";
  const money = (amount: number | null | undefined) => fromStripeAmount(amount ?? 0, currency).amount;
  return {
    kind: "session",
    orderId,
    studentId,
    ...(formerPaymentId ? { formerPaymentId } : {}),
    sessionId: session.id,
    mode: session.mode,
    attempt: Number(attempt),
    paymentIntentId: idOf(session.payment_intent),
    outcome,
    subtotal: fromStripeAmount(subtotal!, currency),
    discount: money(details?.amount_discount),
    tax: money(details?.amount_tax),
    total: money(total ?? subtotal),
  };
}

/** Returns a completed session's outcome by its event: `no_payment_required` counts as paid. */
export function outcomeOf(session: Stripe.Checkout.Session): "paid" | "awaiting_funds" {
  return session.payment_status === "unpaid" ? "awaiting_funds" : "paid";
}

/**
 * Returns a session's current outcome; null while it is open. A completed session without payment is either waiting
 * for it or has failed.
 */
export function presentOutcome(session: Stripe.Checkout.Session): SessionEvidence["outcome"] | null {
  if (session.status === "open") return null;
  if (session.status === "expired") return "expired";
  const outcome = outcomeOf(session);
  const intent = session.payment_intent;
  const hasFailed = typeof intent === "object" && intent !== null &&
    (intent.status === "requires_payment_method" || intent.status === "canceled");
  return outcome === "awaiting_funds" && hasFailed ? "failed" : outcome;
}

/** Reads a refund's evidence. Returns text with the reason if it is not for one of our payments. */
export function readRefund(refund: Stripe.Refund): RefundEvidence | string {
  const paymentIntentId = idOf(refund.payment_intent);
  if (paymentIntentId === null) return "the refund names no payment intent";
  if (refund.amount <= 0) return "the refund is of nothing";
  return {
    kind: "refund",
    stripeId: refund.id,
    refundId: refund.metadata?.refund_id ?? null,
    paymentIntentId,
    amount: fromStripeAmount(refund.amount, refund.currency),
    status: statusOf(refund.status),
    failureReason: refund.failure_reason ?? null,
  };
}

/** https://docs.stripe.com/api/refunds/object: one of these, or null. Unknown values count as pending. */
function statusOf(status: string | null): RefundEvidence["status"] {
  const known = ["requires_action", "pending", "succeeded", "failed", "canceled"] as const;
  return known.find((name) => name === status) ?? "pending";
}

/** Reads a dispute's evidence at the time when Stripe was asked; null if it is not for one of our payments. */
export function readDispute(dispute: Stripe.Dispute, observedAt: Date): DisputeEvidence | null {
  const paymentIntentId = idOf(dispute.payment_intent);
  if (paymentIntentId === null) return null;
  const dueBy = dispute.evidence_details?.due_by ?? null;
  return {
    kind: "dispute",
    disputeId: dispute.id,
    paymentIntentId,
    amount: fromStripeAmount(dispute.amount, dispute.currency),
    status: dispute.status,
    reason: dispute.reason ?? "",
    evidenceDueAt: dueBy === null ? null : new Date(dueBy * 1000),
    observedAt,
  };
}
