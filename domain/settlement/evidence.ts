import type { Money } from "../money.ts";

/** Outcome of a session's payment. A later value never gives way to an earlier one: money wins. */
export type SessionOutcome = "awaiting_funds" | "expired" | "failed" | "paid";

/** What the payment provider says of one payment page of an order. All amounts are in the currency of the subtotal. */
export type SessionEvidence = {
  kind: "session";
  orderId: string;
  /** Who the payment provider was told would pay. */
  studentId: string;
  sessionId: string;
  /** What the page was opened for, in the provider's word; those of this shop are for a `payment`. */
  mode: string;
  /** Which of the order's payment pages this is about, as written into it when it was opened. */
  attempt: number;
  /** Null when nothing had to be paid. */
  paymentIntentId: string | null;
  outcome: SessionOutcome;
  /** Before discounts and tax. */
  subtotal: Money;
  discount: bigint;
  tax: bigint;
  /** What is charged. */
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

/** What the payment provider says of one refund. */
export type RefundEvidence = {
  kind: "refund";
  /** The provider's id of it. */
  stripeId: string;
  /** The shop's own id, where the shop asked for it. */
  refundId: string | null;
  paymentIntentId: string;
  amount: Money;
  status: Exclude<RefundStatus, "requested" | "submitted">;
  failureReason: string | null;
};

/** What the payment provider says of one dispute, when it was asked. */
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

/** A try to pay that was declined; the page may still be paid. */
export type DeclineEvidence = {
  kind: "decline";
  orderId: string;
  code: string;
  declinedAt: Date;
};

/** Verified news about the payment of an order, whoever brought it. */
export type Evidence = SessionEvidence | RefundEvidence | DisputeEvidence | DeclineEvidence;
