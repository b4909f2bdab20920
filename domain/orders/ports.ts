import type { OrderState, PaymentReason, PaymentStatus } from "../checkout/ports.ts";
import type { RefundStatus } from "../settlement/ports.ts";

/** One line as it was bought; amounts are minor units in the order's currency. */
export type PurchasedLine = {
  id: string;
  courseId: string;
  courseSlug: string;
  title: string;
  amount: bigint;
  discount: bigint;
  refunded: bigint;
  /** How many days of access it gives; null for good. */
  accessDays: number | null;
};

/** An order as its buyer looks back on it; amounts are minor units of `currency`. */
export type Purchase = {
  id: string;
  /** Given when the order is paid, without gaps; null before. */
  receiptNumber: bigint | null;
  studentId: string;
  studentEmail: string;
  studentName: string;
  state: OrderState;
  currency: string;
  /** What the lines cost before discounts and tax. */
  subtotal: bigint;
  discount: bigint;
  promotionCode: string | null;
  tax: bigint;
  refunded: bigint;
  /** What is wrong with a payment, for administrators; `isOpen` until one has looked at it. */
  review: { reason: string; isOpen: boolean } | null;
  lines: PurchasedLine[];
  payments: {
    id: string;
    amount: bigint;
    status: PaymentStatus;
    reason: PaymentReason | null;
    method: "stripe" | "free";
    createdAt: Date;
  }[];
  refunds: { id: string; amount: bigint; status: RefundStatus; reason: string; createdAt: Date }[];
  createdAt: Date;
  paidAt: Date | null;
};

export type PurchaseFilter = {
  /** Id or e-mail address; null for everybody's. */
  student: string | null;
  state?: OrderState;
  /** Id or slug. */
  course?: string;
  currency?: string;
  receiptNumber?: bigint;
  /** Only those whose review is open. */
  needsReview?: boolean;
  /** Created at or after, and before. */
  since?: Date;
  until?: Date;
};

export interface Purchases {
  /** Newest first. */
  list(
    filter: PurchaseFilter,
    range: { limit: number; offset: number },
  ): Promise<{ count: number; purchases: Purchase[] }>;
  byId(orderId: string): Promise<Purchase | null>;
}

/** To be used in a transaction. */
export interface PaymentReviews {
  /** Notes that somebody has looked at what is wrong with an order's payment, and answers it; null when nothing was open. */
  close(orderId: string): Promise<string | null>;
}

export interface Receipts {
  /** A PDF of one or more pages in A4 for a paid order, with the number as given. */
  print(purchase: Purchase, number: string): Promise<Uint8Array>;
}

/** A line as its refund is judged; amounts are minor units. */
export type RefundableLine = {
  id: string;
  title: string;
  /** What was paid for it and not given back. */
  left: bigint;
  /** A refund of it was asked for and has not arrived. */
  isRefunding: boolean;
  hold: "disputed" | "refunded" | "dispute_lost" | null;
  /**
   * Of the lessons whose length is known, at most their length each; with those that were removed after the student had
   * watched some of them.
   */
  watchedSeconds: number;
  durationSeconds: number;
  /** Lessons of which anything was watched, and all there are. */
  openedLessons: number;
  lessons: number;
};

export type RefundableOrder = {
  id: string;
  studentId: string;
  state: OrderState;
  currency: string;
  paidAt: Date | null;
  paid: bigint;
  lines: RefundableLine[];
};

export interface RefundableOrders {
  byId(orderId: string): Promise<RefundableOrder | null>;
}
