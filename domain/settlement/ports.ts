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
 * Why a payment no longer, or at present does not, carry the access that it bought; `duplicate`: something else gives the
 * course already.
 */
export type Hold = "disputed" | "refunded" | "dispute_lost" | "duplicate";

export type SessionFact = Omit<SessionEvidence, "kind" | "orderId" | "studentId" | "mode" | "subtotal"> & {
  /** Why this cannot be a payment of the order; null when it fits. */
  mismatch: string | null;
  currency: string;
};
export type RefundFact = {
  id: string;
  paymentIntentId: string;
  amount: bigint;
  status: RefundStatus;
  requestKey: string | null;
  /** Which lines it is for; empty when it is for the whole order. */
  lines: { lineId: string; amount: bigint }[];
};
export type DisputeFact = { id: string; paymentIntentId: string; status: string };

export type LineFact = {
  id: string;
  discount: bigint;
  /** Null while it was not reckoned. */
  paid: bigint | null;
  refunded: bigint;
  courseExists: boolean;
  /**
   * What else gives the student the course: another purchase with precedence, which is paid (`paid`) or suspended by a
   * dispute (`disputed`), or access that was given before this payment arrived (`given`).
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

/** All that is known of an order, and how it stands. */
export type OrderFacts = {
  /** Given up, while its page could still be paid: for another purchase or by the student, or because nobody needed it. */
  endedAs: "given_up" | "needless" | null;
  /** Nobody needs it at this moment. */
  isUnneeded: boolean;
  account: "stands" | "deactivated" | "gone";
  /** Nothing was left to pay when it was made, whatever a page has taken off since. */
  isFree: boolean;
  /** The current page is known to be closed, whatever the sessions say. */
  pageIsClosed: boolean;
  /** The code that the order uses, and holds a redemption of unless that is released; null without one. */
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
  /** What was charged for it, with its share of the tax; null while nothing was. */
  paid: bigint | null;
  refunded: bigint;
  /** Null while the line is not paid. */
  access: { hold: Hold | null } | { noGrantReason: string } | null;
};

/** How an order has to stand, as its facts say. */
export type OrderStanding = {
  state: OrderState;
  status: PaymentStatus;
  reason: PaymentReason | null;
  /** The payment that counts for the order; null when nothing was paid. */
  session: SessionFact | null;
  refunded: bigint;
  lines: LineStanding[];
  /** The page can no longer be paid. */
  pageIsClosed: boolean;
  /** The order no longer counts as a use of its code. */
  codeIsReleased: boolean;
  /** Why a person must look at this payment; empty when nothing is wrong. */
  review: string[];
};

/** A refund that the shop asks the payment provider for. */
export type RefundRequest = {
  orderId: string;
  paymentIntentId: string;
  amount: Money;
  origin: "administrator" | "student" | "duplicate" | "mismatch";
  /** Asking twice with one key is asking once. */
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

/** What settling needs of the books. To be used in a transaction; every write is guarded, so that repeating it is harmless. */
export interface Books {
  /**
   * Locks what the evidence is about until the transaction ends: its payment, its student's purchases, its order; and keeps
   * the order's courses from being deleted.
   * Null when no order is known for it.
   */
  lock(about: { orderId?: string; paymentIntentId?: string | null }): Promise<Order | null>;
  facts(order: Order): Promise<OrderFacts>;
  /**
   * The student's other paid orders for a course of this one, whose standing may depend on it, in the order of precedence.
   * Their further courses need not be kept from being deleted, for they are paid: a course of a paid order is archived instead
   * (`removeCourse`), and what its lines give was given when they were.
   */
  dependents(order: Order): Promise<Order[]>;
  /** The student's other orders under way for a course of this one. */
  competitors(order: Order): Promise<Order[]>;

  /** Returns the refunds that have become the order's by it: those that were told of before their payment. */
  recordSession(evidence: SessionEvidence, mismatch: string | null): Promise<{ refundIds: string[] }>;
  /** The refund before and after the change. */
  recordRefund(
    evidence: RefundEvidence,
  ): Promise<{ id: string; before: RefundStatus | null; now: RefundStatus }>;
  /** The status before and now. */
  recordDispute(evidence: DisputeEvidence): Promise<{ before: string | null; now: string }>;
  recordDecline(evidence: DeclineEvidence): Promise<void>;

  /** Applies the standing to the order, its grants and enrollments. Returns the grants that ended. */
  apply(order: Order, standing: OrderStanding): Promise<{ endedGrantIds: string[] }>;

  /** Null when there is such a request already; one that was not submitted yet takes on another amount or payment. */
  requestRefund(request: RefundRequest): Promise<Refund | null>;
  /** Withdraws a request that was not submitted yet. */
  withdrawRefund(refundId: string): Promise<void>;
  refund(refundId: string): Promise<Refund | null>;
  refundByKey(requestKey: string): Promise<Refund | null>;
  /** From `requested` to `submitted`; false when it was not `requested`. */
  markSubmitted(refundId: string): Promise<boolean>;
  /** The provider will not make it. */
  markRefused(refundId: string, failureReason: string): Promise<void>;

  /** Records that the page of that attempt, if it is the last, can no longer be paid. */
  notePageClosed(orderId: string, attempt: number): Promise<void>;
  /** Ends a locked order whose page has ended by the clock, of which nothing else is known; false when it has moved on. */
  lapse(orderId: string): Promise<boolean>;
}

/** A page of one of the provider's lists, and after which id the next one begins; null on the last. */
export type ListPage<Item> = { items: Item[]; next: string | null };

/** The lists of the provider that are read again and again. */
export type ListName = "refunds" | "disputes" | "events";

/**
 * The payment provider's books, asked outside any transaction. Each throws DomainError `vendor_unavailable` within 10 s.
 * Lists are read page by page, newest first, from the beginning or after the given id.
 */
export interface ProviderBooks {
  /** Looks up a session's current state; null when it is open or is not this shop's. */
  session(sessionId: string): Promise<SessionEvidence | null>;
  /** Every refund of a payment. */
  refunds(paymentIntentId: string): Promise<RefundEvidence[]>;
  dispute(disputeId: string): Promise<DisputeEvidence | null>;
  /** The refunds made since that moment. */
  recentRefunds(since: Date, after: string | null): Promise<ListPage<RefundEvidence>>;
  /** The disputes opened since that moment. */
  recentDisputes(since: Date, after: string | null): Promise<ListPage<DisputeEvidence>>;
  /** The events since that moment of which a delivery failed or is under way. */
  undeliveredEvents(since: Date, after: string | null): Promise<ListPage<PaymentEvent>>;
}

export interface Refunds {
  /**
   * Asks for a refund, once per refund however often it is called. Returns why the provider will never make it, as text.
   * Throws DomainError `vendor_unavailable` when the provider fails or does not answer within 10 seconds.
   */
  submit(refund: Refund): Promise<RefundEvidence | string>;
}

export interface RefundHistory {
  refund(refundId: string): Promise<Refund | null>;
  /** The refunds of an order, newest first. */
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
   * Orders under way, and given-up ones whose page is not known to be closed, with a page to look up or one that has ended,
   * opened before that moment and not looked up since; those for which that is longest ago first, so that each has its turn.
   */
  due(
    query: { before: Date; now: Date; limit: number | null },
  ): Promise<
    { orderId: string; attempt: number; sessionId: string | null; isOver: boolean; isGivenUp: boolean }[]
  >;
  /** After which id the list is to be read on; null: from its beginning. */
  place(list: ListName): Promise<string | null>;
  notePlace(list: ListName, after: string | null): Promise<void>;
  /** Those of the events that were not taken, or could not be applied. */
  untaken(events: PaymentEvent[]): Promise<PaymentEvent[]>;
  /** Refunds that were asked for before that moment, and that the provider has not taken. */
  stuckRefunds(before: Date): Promise<string[]>;
}
