import type { Order, OrderState, PaymentReason, PaymentStatus } from "../checkout/ports.ts";
import type { PaymentEvent } from "./events/ports.ts";
import type {
  DeclineEvidence,
  DisputeEvidence,
  RefundEvidence,
  RefundStatus,
  SessionEvidence,
} from "./evidence.ts";
import type { Money } from "../money.ts";
import type { Range } from "../range.ts";

/**
 * Why a payment no longer gives, or currently does not give, the access that it bought. `duplicate`: the student
 * already has the course for another reason.
 */
export type Hold = "disputed" | "refunded" | "dispute_lost" | "duplicate";

export type SessionFact =
  & Omit<SessionEvidence, "kind" | "orderId" | "studentId" | "formerPaymentId" | "mode" | "subtotal">
  & {
    /** Why this cannot be a payment of the order; null if it matches. */
    mismatch: string | null;
    currency: string;
  };
export type RefundFact = {
  id: string;
  paymentIntentId: string;
  amount: bigint;
  status: RefundStatus;
  requestKey: string | null;
  /** The lines that it is for; empty for the whole order. */
  lines: { lineId: string; amount: bigint }[];
};
export type DisputeFact = { id: string; paymentIntentId: string; status: string };

export type LineFact = {
  id: string;
  discount: bigint;
  /** Null until it is computed. */
  paid: bigint | null;
  refunded: bigint;
  courseExists: boolean;
  /**
   * The student's other source of the course: another purchase with precedence, which is paid (`paid`) or suspended
   * by a dispute (`disputed`), or access that was given before this payment arrived (`given`).
   */
  elsewhere: "paid" | "given" | "disputed" | null;
  grant: { id: string; hold: Hold | null } | null;
  noGrantReason: string | null;
};

export type PaymentFact = {
  status: PaymentStatus;
  reason: PaymentReason | null;
  sessionId: string | null;
  paidAmount: bigint;
  refundedAmount: bigint;
  discountAmount: bigint;
  taxAmount: bigint;
  review: string | null;
};

/** Everything known about an order, and its current state. */
export type OrderFacts = {
  /**
   * Abandoned while its page could still be paid: for another purchase or by the student (`given_up`), or because it
   * was no longer needed (`needless`).
   */
  endedAs: "given_up" | "needless" | null;
  /** Whether it is currently not needed. */
  isUnneeded: boolean;
  /** Whether the student has other orders for one of its courses, paid or unfinished. */
  hasOtherOrders: boolean;
  account: "stands" | "deactivated" | "gone";
  /** What is known from the former shop: whether the order was paid there, and why its import flagged it. */
  former: { isPaid: boolean; flag: string | null };
  /** Whether there was nothing to pay when it was created, regardless of later discounts on a page. */
  isFree: boolean;
  /** Whether the current page is known to be closed, regardless of its sessions. */
  pageIsClosed: boolean;
  /** The code that the order uses, with a redemption unless that is released; null without one. */
  code: { code: string; isReleased: boolean; isBeyondLimit: boolean } | null;
  sessions: SessionFact[];
  refunds: RefundFact[];
  disputes: DisputeFact[];
  lines: LineFact[];
  payment: PaymentFact;
};

export type LineStanding = {
  id: string;
  discount: bigint;
  /** The amount charged for it, with its share of the tax; null before payment. */
  paid: bigint | null;
  refunded: bigint;
  /** Null if the line is not paid. */
  access: { hold: Hold | null } | { noGrantReason: string } | null;
};

/** The state an order should be in, derived from its facts. */
export type OrderStanding = {
  state: OrderState;
  status: PaymentStatus;
  reason: PaymentReason | null;
  /** The payment that counts for the order; null if nothing was paid. */
  session: SessionFact | null;
  refunded: bigint;
  lines: LineStanding[];
  /** Whether the page can no longer be paid. */
  pageIsClosed: boolean;
  /** Whether the order no longer counts as a use of its code. */
  codeIsReleased: boolean;
  /** Why an administrator must review this payment; empty if nothing is wrong. */
  review: string[];
};

/** A refund that the shop requests from the payment provider. */
export type RefundRequest = {
  orderId: string;
  paymentIntentId: string;
  amount: Money;
  origin: "administrator" | "student" | "duplicate" | "mismatch";
  /** A second request with the same key changes nothing. */
  requestKey: string | null;
  requestedBy: string | null;
  reason: string;
  /** Empty: for the whole order. */
  lines: { lineId: string; amount: bigint }[];
};

export type Refund = {
  id: string;
  orderId: string | null;
  paymentIntentId: string;
  amount: Money;
  status: RefundStatus;
  origin: RefundRequest["origin"] | "stripe";
  reason: string;
  failureReason: string | null;
  lines: { lineId: string; amount: bigint }[];
  createdAt: Date;
};

/**
 * The records that settling reads and writes. To be used in a transaction. Every write is guarded, so that repeating
 * it is harmless.
 */
export interface Books {
  /**
   * Locks the subject of the evidence until the transaction ends: its payment, its student's purchases, its order.
   * Keeps the order's courses from being deleted. Returns null if no order is known for it.
   */
  lock(
    about: { orderId?: string; formerPaymentId?: string; paymentIntentId?: string | null },
  ): Promise<Order | null>;
  /** Returns the account that a former shop's account was merged into; its own id if it was not. */
  accountOfFormer(userId: string): Promise<string>;
  facts(order: Order): Promise<OrderFacts>;
  /**
   * Returns the student's other paid orders for a course of this one, whose standing may depend on it, in order of
   * precedence. Their further courses need no protection from deletion: a course of a paid order is archived instead
   * (`removeCourse`), and its lines got their access when they were paid.
   */
  dependents(order: Order): Promise<Order[]>;
  /** Returns the student's other unfinished orders for a course of this one. */
  competitors(order: Order): Promise<Order[]>;

  /** Returns the refunds that were reported before this payment, and are now known to belong to the order. */
  recordSession(evidence: SessionEvidence, mismatch: string | null): Promise<{ refundIds: string[] }>;
  /** Returns the refund before and after the change. */
  recordRefund(
    evidence: RefundEvidence,
  ): Promise<{ id: string; before: RefundStatus | null; now: RefundStatus }>;
  /** Returns the status before and after the change. */
  recordDispute(evidence: DisputeEvidence): Promise<{ before: string | null; now: string }>;
  recordDecline(evidence: DeclineEvidence): Promise<void>;

  /** Applies the standing to the order, its grants and enrollments. Returns the grants that ended. */
  apply(order: Order, standing: OrderStanding): Promise<{ endedGrantIds: string[] }>;

  /**
   * Returns null if there already is such a request; one that was not submitted yet is updated to another amount or
   * payment.
   */
  requestRefund(request: RefundRequest): Promise<Refund | null>;
  /** Withdraws a request that has not been submitted. */
  withdrawRefund(refundId: string): Promise<void>;
  refund(refundId: string): Promise<Refund | null>;
  refundByKey(requestKey: string): Promise<Refund | null>;
  /** Changes the status from `requested` to `submitted`. Returns false if it was not `requested`. */
  markSubmitted(refundId: string): Promise<boolean>;
  /** Records that the provider refused the refund. */
  markRefused(refundId: string, failureReason: string): Promise<void>;

  /** Records that the page of that attempt, if it is the last, can no longer be paid. */
  notePageClosed(orderId: string, attempt: number): Promise<void>;
  /** Ends a locked order whose page has expired without any other news. Returns false if its state has changed. */
  lapse(orderId: string): Promise<boolean>;
}

/** A page of one of the provider's lists, and the id after which the next page begins; null on the last. */
export type ListPage<Item> = { items: Item[]; next: string | null };

/** The provider's lists that are read repeatedly. */
export type ListName = "refunds" | "disputes" | "events";

/**
 * The payment provider's records, read outside any transaction. Each method throws DomainError `vendor_unavailable`
 * within 10 s. Lists are read page by page, newest first, from the beginning or after the given id.
 */
export interface ProviderBooks {
  /** Looks up a session's current state. Returns null if it is open or is not this shop's. */
  session(sessionId: string): Promise<SessionEvidence | null>;
  /** Returns all refunds of a payment. */
  refunds(paymentIntentId: string): Promise<RefundEvidence[]>;
  dispute(disputeId: string): Promise<DisputeEvidence | null>;
  /** Lists the refunds made since that time. */
  recentRefunds(since: Date, after: string | null): Promise<ListPage<RefundEvidence>>;
  /** Lists the disputes opened since that time. */
  recentDisputes(since: Date, after: string | null): Promise<ListPage<DisputeEvidence>>;
  /** Lists the events since that time of which a delivery failed or is in progress. */
  undeliveredEvents(since: Date, after: string | null): Promise<ListPage<PaymentEvent>>;
}

export interface Refunds {
  /**
   * Requests a refund, once however often it is called for it. Returns why the provider will never make it, as text.
   * Throws DomainError `vendor_unavailable` if the provider fails or does not respond within 10 seconds.
   */
  submit(refund: Refund): Promise<RefundEvidence | string>;
}

export interface RefundHistory {
  refund(refundId: string): Promise<Refund | null>;
  /** Lists the refunds of an order, newest first. */
  ofOrder(
    orderId: string,
    range: Range,
  ): Promise<{ count: number; refunds: Refund[] }>;
}

/** What still has to be checked with the payment provider, and how far we have got. */
export interface Checks {
  /**
   * Returns the sessions of open orders that were not looked up since then, for one order or for a student's orders for
   * a course, and marks them as looked up. Concurrent callers never get the same session.
   */
  claim(
    which: { orderId: string } | { studentId: string; courseId: string },
    now: Date,
    notSince: Date,
  ): Promise<string[]>;
  /**
   * Returns unfinished orders, and abandoned ones whose page is not known to be closed, with a page to look up or an
   * expired one, that were opened before that time and not looked up since. Those that have waited longest come
   * first, so that each gets its turn.
   */
  due(
    query: { before: Date; now: Date; limit: number | null },
  ): Promise<
    { orderId: string; attempt: number; sessionId: string | null; isOver: boolean; isGivenUp: boolean }[]
  >;
  /** Returns the id after which to continue the list; null: from its beginning. */
  place(list: ListName): Promise<string | null>;
  notePlace(list: ListName, after: string | null): Promise<void>;
  /** Returns those of the events that were not received, or could not be applied. */
  untaken(events: PaymentEvent[]): Promise<PaymentEvent[]>;
  /** Returns refunds that were requested before that time, and that the provider has not accepted. */
  stuckRefunds(before: Date): Promise<string[]>;
}
