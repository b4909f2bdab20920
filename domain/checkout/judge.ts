import {
  type Order,
  type OrderState,
  PAYMENT_REASON,
  PAYMENT_STATUS,
  type PaymentEvidence,
  type Settlement,
} from "./ports.ts";

/** What a piece of evidence means for an order: settle it so, leave it, or have a person look at it. */
export type Verdict =
  | { kind: "settle"; settlement: Settlement }
  | { kind: "ignore"; why: string }
  | { kind: "flag"; why: string };

const UNPAID: ReadonlySet<OrderState> = new Set(["created", "open", "processing", "failed", "expired"]);

/**
 * Judges verified evidence against the order as it stands. Money wins: a payment counts even after the order failed or
 * expired, and nothing takes a paid order back but a refund.
 */
export function judge(order: Order, evidence: PaymentEvidence): Verdict {
  const mismatch = mismatchOf(order, evidence);
  const isCurrent = evidence.attempt === order.attempt;
  switch (evidence.outcome) {
    case "paid":
      if (mismatch) return { kind: "flag", why: mismatch };
      if (UNPAID.has(order.state)) return settle("paid", PAYMENT_STATUS.completed, null);
      return order.settledSessionId === evidence.sessionId
        ? { kind: "ignore", why: `order is already ${order.state}` }
        : { kind: "flag", why: `paid a second time by session ${evidence.sessionId}` };
    case "awaiting_funds":
      if (mismatch) return { kind: "flag", why: mismatch };
      if (order.state === "created" || order.state === "open") {
        return settle("processing", PAYMENT_STATUS.pending, null);
      }
      return { kind: "ignore", why: `order is ${order.state}, not waiting for a payment to start` };
    case "failed":
      if (!isCurrent) return { kind: "ignore", why: "failure of an earlier attempt" };
      if (order.state === "created" || order.state === "open" || order.state === "processing") {
        return settle("failed", PAYMENT_STATUS.failed, PAYMENT_REASON.debitError);
      }
      return { kind: "ignore", why: `order is already ${order.state}` };
    case "expired":
      if (!isCurrent) return { kind: "ignore", why: "end of an earlier attempt" };
      if (order.state === "created" || order.state === "open") {
        return settle("expired", PAYMENT_STATUS.failed, PAYMENT_REASON.cancelledByTimeout);
      }
      return { kind: "ignore", why: `order is already ${order.state}` };
  }

  function settle(state: OrderState, status: Settlement["status"], reason: Settlement["reason"]): Verdict {
    const { sessionId, paymentIntentId } = evidence;
    return { kind: "settle", settlement: { state, status, reason, sessionId, paymentIntentId } };
  }
}

function mismatchOf(order: Order, evidence: PaymentEvidence): string | null {
  if (evidence.studentId !== order.studentId) {
    return `paid in the name of user ${evidence.studentId}, ordered by user ${order.studentId}`;
  }
  const { subtotal } = evidence;
  if (subtotal.currency !== order.total.currency || subtotal.amount !== order.total.amount) {
    return `paid for ${subtotal.amount} ${subtotal.currency}, ordered for ${order.total.amount} ${order.total.currency}`;
  }
  return null;
}
