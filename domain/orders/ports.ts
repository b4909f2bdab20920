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

/** An order as its buyer sees it afterwards; amounts are minor units of `currency`. */
export type Purchase = {
  id: string;
  /** Assigned when the order is paid, without gaps; null before. */
  receiptNumber: bigint | null;
  studentId: string;
  studentEmail: string;
  studentName: string;
  state: OrderState;
  currency: string;
  /** The sum of the lines before discounts and tax. */
  subtotal: bigint;
  discount: bigint;
  promotionCode: string | null;
  tax: bigint;
  /** The amount charged, including tax; before payment, the expected amount as far as it is known. */
  total: bigint;
  /** The amount refunded. */
  refunded: bigint;
  /** What is wrong with a payment, for administrators; `isOpen` until one has reviewed it. */
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
  /** Created at or after `since`, and before `until`. */
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
  /** Closes the review of an order's payment and returns what was wrong; null if no review was open. */
  close(orderId: string): Promise<string | null>;
}

/** A label and an amount with its currency. */
export type ReceiptRow = { label: string; amount: string };

/** What a receipt says, besides who issued it. Every text is printed as it is. */
export type ReceiptContent = {
  number: string;
  paidAt: Date;
  orderId: string;
  payer: string;
  /** Each course with its price, and below it its discount. */
  lines: ReceiptRow[];
  /** How the total results from the lines, if it is not their sum. */
  adjustments: ReceiptRow[];
  total: ReceiptRow;
  /** What was refunded since, and what remains paid; none without a refund. */
  refunds: { refunded: ReceiptRow; remaining: ReceiptRow } | null;
};

export interface Receipts {
  /** Returns a PDF of one or more A4 pages, which names the issuer besides. Students take turns. */
  print(content: ReceiptContent, reader: { id: string }): Promise<Uint8Array>;
}

/** A student's use of one lesson of a course. */
export type LessonUse = {
  /**
   * The length of its video in seconds, as reported by the video service, else the duration that the tutor entered,
   * else null.
   */
  lengthSeconds: number | null;
  /** As reported by the student's player. */
  watchedSeconds: number;
  /** When the first ticket for its video was issued since the student had access; null if none was. */
  ticketAt: Date | null;
  /** Whether a ticket for its video, or a link to one of its files, was issued since the student had access. */
  isOpened: boolean;
};

/** A student's use of the course of a line. */
export type LineUse = {
  lineId: string;
  /** The course's lessons, including those that were removed after the student had used them. */
  lessons: LessonUse[];
  /** The number of lessons of the course when it was paid, and their length; 0 if unknown. */
  soldLessons: number;
  soldSeconds: number;
  /** When its access period ends; null if never, or if it gave no access. */
  accessEndsAt: Date | null;
};

/** An order with all data by which its refund is judged. */
export type RefundableOrder = {
  order: Order;
  facts: OrderFacts;
  paidAt: Date | null;
  use: LineUse[];
};

/** Reads the same within a transaction. */
export interface RefundableOrders {
  byId(orderId: string): Promise<RefundableOrder | null>;
}
