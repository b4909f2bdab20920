import type { Order, OrderState, PaymentReason, PaymentStatus } from "../checkout/ports.ts";
import type { RefundStatus } from "../settlement/evidence.ts";
import type { OrderFacts } from "../settlement/ports.ts";
import type { Range } from "../range.ts";

/** One line as it was bought; amounts are minor units in the order's currency. */
export type PurchasedLine = {
  id: string;
  courseId: string;
  courseSlug: string;
  title: string;
  amount: bigint;
  discount: bigint;
  refunded: bigint;
  /** How many days of access it gives; null: unlimited. */
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
  /** What was charged, including tax; before that, the amount to be paid as far as it is known. */
  total: bigint;
  /** What was given back of it. */
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
    range: Range,
  ): Promise<{ count: number; purchases: Purchase[] }>;
  byId(orderId: string): Promise<Purchase | null>;
}

/** To be used in a transaction. */
export interface PaymentReviews {
  /** Closes the review of an order's payment and returns what was wrong; null when no review was open. */
  close(orderId: string): Promise<string | null>;
}

export interface Receipts {
  /** A PDF of one or more pages in A4 for a paid order, with the number as given. */
  print(purchase: Purchase, number: string): Promise<Uint8Array>;
}

/** What a student made of one lesson of a course. */
export type LessonUse = {
  /** How long its video is, in seconds, as the video service says; what the tutor wrote where that is not known; else null. */
  lengthSeconds: number | null;
  /** As the student's player told. */
  watchedSeconds: number;
  /** When the first ticket for its video was issued since the student had access; null: none was. */
  ticketAt: Date | null;
  /** A ticket for its video, or a link to one of its files, was issued since the student had access. */
  isOpened: boolean;
};

/** What a student made of what a line gave. */
export type LineUse = {
  lineId: string;
  /** The course's lessons, with those that were removed after the student had used them. */
  lessons: LessonUse[];
  /** How many lessons the course had when it was paid, and how long they were; 0: not known. */
  soldLessons: number;
  soldSeconds: number;
  /** When the time that it gives access for is over; null: never, or it gave none. */
  accessEndsAt: Date | null;
};

/** An order with all that its refund is judged by. */
export type RefundableOrder = {
  order: Order;
  facts: OrderFacts;
  paidAt: Date | null;
  use: LineUse[];
};

/** The same within a transaction. */
export interface RefundableOrders {
  byId(orderId: string): Promise<RefundableOrder | null>;
}
