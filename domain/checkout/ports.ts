import type { Money } from "../money.ts";
import type { SessionEvidence } from "../settlement/evidence.ts";
import type { Range } from "../range.ts";

/** `created` has no payment page yet; `open` has one; `processing` waits for a delayed payment. */
export type OrderState =
  | "created"
  | "open"
  | "processing"
  | "paid"
  | "partially_refunded"
  | "refunded"
  | "failed"
  | "expired";

/** A course of an order, at the quoted price. The payment page links back to `courseSlug`. */
export type OrderLine = {
  id: string;
  courseId: string;
  title: string;
  courseSlug: string;
  amount: bigint;
  /** The discount by a promotion. */
  discount: bigint;
};

export type Order = {
  id: string;
  studentId: string;
  studentEmail: string;
  state: OrderState;
  lines: OrderLine[];
  /** The sum of the lines before discounts and tax. */
  subtotal: Money;
  /** The code that the discounts of the lines are from; null without one. */
  promotionCode: string | null;
  /** The number of the current payment page of this order, from 1; part of the idempotency key. */
  attempt: number;
  page: PaymentPage | null;
  /** The session last settled for this order, such as the one that paid it; null if none was. */
  settledSessionId: string | null;
  /** When the current payment page expires. Stored before the page is opened, so that a retry repeats it exactly. */
  pageExpiresAt: Date;
  createdAt: Date;
};

/** A hosted page on which one order can be paid. */
export type PaymentPage = { checkoutSessionId: string; url: string };

/** A course's current price, and whether the student may buy it. */
export type Offer = {
  courseId: string;
  courseSlug: string;
  title: string;
  /** In the course's own currency. */
  price: Money;
  /** At most one per currency. */
  otherPrices: Money[];
  isPublished: boolean;
  /** Whether the student has bought it or was given access. */
  isOwned: boolean;
  /** Whether the student is one of its tutors, who may watch it without buying. */
  isTaught: boolean;
  /** An earlier purchase by the student that gives no access now and is not decided yet; null if there is none. */
  unfinished: "disputed" | "being_refunded" | null;
};

/** A course that a student no longer needs to buy; null means any course. */
export type MetNeed = { studentId: string; courseId: string | null };

export interface Offers {
  /**
   * Returns one offer per known course id, in no particular order. Unknown ids are left out. None of these courses
   * can be deleted until the transaction ends.
   */
  forStudent(studentId: string, courseIds: string[]): Promise<Offer[]>;
}

export type OrderDraft = {
  studentId: string;
  lines: Omit<OrderLine, "id">[];
  subtotal: Money;
  promotion: { id: string; code: string } | null;
  pageExpiresAt: Date;
};

/** Status of an order's payment, in the wire's numbers. */
export const PAYMENT_STATUS = { pending: 1, completed: 2, failed: -1, refunded: -2 } as const;
export type PaymentStatus = (typeof PAYMENT_STATUS)[keyof typeof PAYMENT_STATUS];
export const PAYMENT_REASON = {
  recipientNotFound: 1,
  debitError: 2,
  transactionError: 3,
  cancelledByTimeout: 4,
  refund: 5,
  unknown: 10,
} as const;
export type PaymentReason = (typeof PAYMENT_REASON)[keyof typeof PAYMENT_REASON];

export type Payment = {
  id: string;
  orderId: string;
  studentId: string;
  total: Money;
  status: PaymentStatus;
  reason: PaymentReason | null;
  createdAt: Date;
};

/** To be used in a transaction. */
export interface Orders {
  /**
   * Returns the student's unsettled orders that contain any of these courses. Until the transaction ends, other
   * checkouts of the same student wait here.
   */
  lockOpen(studentId: string, courseIds: string[]): Promise<Order[]>;
  /** Stores the order with its lines, and its payment as pending. Returns null when the student may no longer sign in. */
  create(draft: OrderDraft): Promise<Order | null>;
  /** Starts the next attempt: without a page, and with a new expiry for the next page. */
  renew(orderId: string, pageExpiresAt: Date): Promise<Order>;
  /** Locks the order until the transaction ends, so that two settlements cannot interleave. Null when there is none. */
  lock(orderId: string): Promise<Order | null>;
  /** Stores the page of an attempt, also of a free order. Has no effect once an unpaid order's state has changed. */
  savePage(orderId: string, attempt: number, page: PaymentPage): Promise<void>;
  /**
   * Abandons an unpaid order. Returns false if its state has changed. If its page is paid anyway, the payment wins;
   * until the page is known to be closed, the order keeps its reservations. `needless`: abandoned because it is no
   * longer needed rather than for another order; this also applies while its payment is being processed.
   */
  abandon(orderId: string, why: "given_up" | "needless"): Promise<boolean>;
  /**
   * Locks and returns the open orders that are no longer needed. Until the transaction ends, checkouts of these
   * students wait in `lockOpen`.
   */
  lockUnneeded(needs: MetNeed[]): Promise<Order[]>;
  /** Returns the student's orders that were abandoned while their page could be paid, and may still be payable. */
  unclosed(studentId: string): Promise<Order[]>;
}

/** An order's status, for the page that waits for it. */
export type OrderStatus = Pick<Order, "id" | "studentId" | "state" | "page"> & {
  status: PaymentStatus;
  reason: PaymentReason | null;
  /** Why the last attempt to pay was declined, as the provider's code; null if none was. */
  declineCode: string | null;
};

export interface OrderHistory {
  byId(orderId: string): Promise<Order | null>;
  /** The ids of up to `limit` unpaid orders for a course that is archived or no longer exists. */
  waitingInVain(limit: number): Promise<string[]>;
  /** Finds a status by the order's id, or by that of one of its payment pages. */
  status(orderOrCheckoutSessionId: string): Promise<OrderStatus | null>;
  /** Lists the payments of a student, by id or e-mail address, or of everybody, newest first. */
  payments(
    student: string | null,
    range: Range,
  ): Promise<{ count: number; payments: Payment[] }>;
  payment(paymentId: string): Promise<Payment | null>;
}

export interface Payments {
  /**
   * Opens the payment page of the order's current attempt. Repeated calls return the same page. A page with nothing
   * to pay charges nothing. Throws DomainError `invalid_input` if the provider cannot charge the amount,
   * `vendor_unavailable` if it fails or does not respond within 10 seconds.
   */
  openPage(order: Order): Promise<PaymentPage>;
  /**
   * Expires the page of an order's attempt so that it can no longer be paid, even if its id is unknown. Returns its
   * resulting state, which may be paid; null if there never was such a page. Throws what `openPage` throws.
   */
  closePage(order: Order): Promise<SessionEvidence | null>;
}
