import type { Money } from "../money.ts";

/** The outcome of a session's payment. A later value is never replaced by an earlier one: a payment wins. */
export type SessionOutcome = "awaiting_funds" | "expired" | "failed" | "paid";

/**
 * What the payment provider reports about one payment page of an order. All amounts are in the currency of the
 * subtotal.
 */
export type SessionEvidence = {
  kind: "session";
  orderId: string;
  /** The student for whom the page was opened. */
  studentId: string;
  /** The id of the payment, in pages that the former shop opened; the order may have been imported under it. */
  formerPaymentId?: string;
  sessionId: string;
  /** The provider's mode of the page; this shop opens them for a `payment`. */
  mode: string;
  /** The number of the order's payment page, as stored in it when it was opened. */
  attempt: number;
  /** Null if there was nothing to pay. */
  paymentIntentId: string | null;
  outcome: SessionOutcome;
  /** Before discounts and tax. */
  subtotal: Money;
  discount: bigint;
  tax: bigint;
  /** The amount charged. */
  total: bigint;
};

/** `requested` and `submitted` are the shop's own; a refund that succeeded may still fail later. */
export type RefundStatus =
  | "requested"
  | "submitted"
  | "requires_action"
  | "pending"
  | "succeeded"
  | "failed"
  | "canceled";

/** What the payment provider reports about one refund. */
export type RefundEvidence = {
  kind: "refund";
  /** The provider's id of it. */
  stripeId: string;
  /** The shop's own id, if the shop requested it. */
  refundId: string | null;
  paymentIntentId: string;
  amount: Money;
  status: Exclude<RefundStatus, "requested" | "submitted">;
  failureReason: string | null;
};

/** What the payment provider reported about one dispute when it was asked. */
export type DisputeEvidence = {
  kind: "dispute";
  disputeId: string;
  paymentIntentId: string;
  amount: Money;
  /** `needs_response`, `under_review`, `won`, `lost`, `warning_…`, or one that this code does not know. */
  status: string;
  reason: string;
  evidenceDueAt: Date | null;
  observedAt: Date;
};

/** A declined attempt to pay; the page may still be paid. */
export type DeclineEvidence = {
  kind: "decline";
  orderId: string;
  code: string;
  declinedAt: Date;
};

/** Verified information about the payment of an order, from any source. */
export type Evidence = SessionEvidence | RefundEvidence | DisputeEvidence | DeclineEvidence;
