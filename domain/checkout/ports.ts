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

/** What was bought, at the price that was quoted. `courseSlug` leads back from the payment page. */
export type OrderLine = {
  id: string;
  courseId: string;
  title: string;
  courseSlug: string;
  amount: bigint;
  /** What a promotion takes off the amount. */
  discount: bigint;
};

export type Order = {
  id: string;
  studentId: string;
  studentEmail: string;
  state: OrderState;
  lines: OrderLine[];
  /** What the lines cost together, before discounts and tax. */
  subtotal: Money;
  /** The code whose discount the lines have; null without one. */
  promotionCode: string | null;
  /** Counts the payment pages tried for this order, from 1; part of the idempotency key. */
  attempt: number;
  page: PaymentPage | null;
  /** The session last settled for this order, such as the one that paid it; null if none was. */
  settledSessionId: string | null;
  /** When the current attempt's payment page expires. Stored before the page is opened, so that a retry repeats it exactly. */
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
  /** The student has bought it, or was given access. */
  isOwned: boolean;
  /** The student is one of its tutors, who may watch it without buying. */
  isTaught: boolean;
  /** An earlier purchase by the student that gives no access now and is not decided yet; null if there is none. */
  unfinished: "disputed" | "being_refunded" | null;
};

/** A course that a student no longer needs to buy; null means any course. */
export type MetNeed = { studentId: string; courseId: string | null };

export interface Offers {
  /**
   * One offer per known course id, in no particular order; unknown ids are left out. None of these courses is deleted until
   * the transaction ends.
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
   * The student's orders that are not settled and hold any of these courses. Until the transaction ends no other
   * checkout of the same student gets past this call.
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
   * Gives up an unpaid order. Returns false if its state has changed. If its page is paid anyway, the payment wins;
   * until the page is known to be closed, the order keeps what it reserves. `needless`: given up because it is no
   * longer needed rather than for another order; this also applies while its money is on the way.
   */
  abandon(orderId: string, why: "given_up" | "needless"): Promise<boolean>;
  /**
   * Locks and returns the open orders that are no longer needed. Until the transaction ends, checkouts of these
   * students wait in `lockOpen`.
   */
  lockUnneeded(needs: MetNeed[]): Promise<Order[]>;
  /** The student's orders that were given up while their page could be paid, and that may still be payable. */
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
  /** By the order's id, or by that of a payment page of it. */
  status(orderOrCheckoutSessionId: string): Promise<OrderStatus | null>;
  /** The payments of a student, by id or e-mail address, or everybody's, newest first. */
  payments(
    student: string | null,
    range: Range,
  ): Promise<{ count: number; payments: Payment[] }>;
  payment(paymentId: string): Promise<Payment | null>;
}

export interface Payments {
  /**
   * Opens the payment page of the order's present attempt; the same page comes back however often it is called. One on which
   * nothing is left to pay asks for no money.
   * Throws DomainError `invalid_input` when the provider cannot charge such an amount, `vendor_unavailable` when it fails
   * or does not answer within 10 seconds.
   */
  openPage(order: Order): Promise<PaymentPage>;
  /**
   * Expires the page of an order's attempt so that it can no longer be paid, also where its id was never learnt. Returns how it
   * stands then, which may be paid; null when there never was such a page. Throws as `openPage`.
   */
  closePage(order: Order): Promise<SessionEvidence | null>;
}
