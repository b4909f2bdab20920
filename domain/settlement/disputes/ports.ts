import type { Money } from "../../money.ts";
import type { MailState } from "../../notifications/mails/ports.ts";
import type { NoticeKind } from "../../notifications/ports.ts";
import type { Range } from "../../range.ts";

export type Dispute = {
  /** Stripe's id. */
  id: string;
  /** Null if no payment of this shop is known for it. */
  orderId: string | null;
  studentEmail: string | null;
  amount: Money;
  /** As reported by Stripe, such as `needs_response`, `under_review`, `won` or `lost`. */
  status: string;
  reason: string;
  evidenceDueAt: Date | null;
  createdAt: Date;
};

/** One lesson that was watched: a one-time password was issued for it. */
export type Play = { at: Date; course: string; lesson: string; ipAddress: string; userAgent: string };

/** A mail about an order or its access, with its delivery status. */
export type MailedNotice = {
  at: Date;
  kind: NoticeKind;
  /** The subject line, in the student's language; empty if unknown. */
  subject: string;
  to: string;
  state: Extract<MailState, "sent" | "unconfirmed" | "failed">;
};

/** The known use of a disputed order since it was paid. */
export type OrderUse = {
  student: { name: string; email: string; registeredAt: Date | null };
  paidAt: Date | null;
  receiptNumber: bigint | null;
  lines: { title: string; price: Money; watchedSeconds: number; completedLessons: number }[];
  /** The total number of one-time passwords issued for the order's courses. */
  playCount: number;
  /** The latest of them, newest first; at most 200. */
  plays: Play[];
  /** The IP addresses that requested them, with counts; most frequent first, at most 50. */
  ipAddresses: { ipAddress: string; count: number }[];
  /** The mails to the buyer about the order and its access, oldest first; at most 50. */
  mails: MailedNotice[];
};

export interface Disputes {
  byId(id: string): Promise<Dispute | null>;
  /** Lists those that need evidence first, by due date; then the others, newest first. */
  list(
    filter: { status?: string },
    range: Range,
  ): Promise<{ count: number; disputes: Dispute[] }>;
  use(orderId: string): Promise<OrderUse | null>;
}

/** Evidence by the names of Stripe's fields (https://docs.stripe.com/api/disputes/evidence_object), each a text. */
export type Evidence = Partial<
  Record<
    | "access_activity_log"
    | "customer_email_address"
    | "customer_name"
    | "customer_purchase_ip"
    | "product_description"
    | "refund_policy_disclosure"
    | "service_date"
    | "uncategorized_text",
    string
  >
>;

export interface DisputeDesk {
  /**
   * Submits the evidence to the bank; it cannot be changed afterwards. Returns why it was refused, as text, or null.
   * Throws DomainError `vendor_unavailable` if the provider fails or does not respond within 10 seconds.
   */
  submit(disputeId: string, evidence: Evidence): Promise<string | null>;
}
