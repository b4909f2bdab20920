/** A visit of somebody who agreed to be measured, by ids of their browser, and what they agreed to besides. */
export type Visit = {
  clientId: string;
  sessionId: string;
  /** Whether Google may have the data for advertising. */
  adUserData: boolean;
  /** Whether Google may personalise advertising by it. */
  adPersonalization: boolean;
};

/** A course in an event. `amount`: after discounts and before tax, in minor units of the event's currency. */
export type MeasuredItem = { courseId: string; title: string; amount: bigint };

type MeasuredSale = { currency: string; items: MeasuredItem[] };

/** What happened, without anything about the person. The value of a sale is the sum of its items. */
export type MeasuredEvent =
  | { name: "sign_up" }
  | { name: "begin_checkout"; coupon: string | null } & MeasuredSale
  | { name: "purchase"; orderId: string; coupon: string | null; tax: bigint } & MeasuredSale
  | { name: "refund"; orderId: string } & MeasuredSale
  | { name: "lesson_completed"; lessonId: string; courseId: string; courseTitle: string }
  | { name: "course_completed"; courseId: string; courseTitle: string };

/** An event of a visit that is not stored yet. A visit has one per key. */
export type NewHit = { key: string; event: MeasuredEvent; happenedAt: Date };

export type Hit = { visit: Visit; event: MeasuredEvent; happenedAt: Date };

/** An order in figures: its lines, and the events that were stored for it. Amounts are in minor units. */
export type SaleFigures = {
  orderId: string;
  currency: string;
  coupon: string | null;
  tax: bigint;
  begunAt: Date;
  /** When it first gave access; null if it never did. */
  boughtAt: Date | null;
  /** When the last refund was made; null without one. */
  refundedAt: Date | null;
  lines: {
    courseId: string;
    title: string;
    /** After discounts, before tax. */
    net: bigint;
    /** Charged, with tax. */
    paid: bigint;
    /** Of `paid`. */
    refunded: bigint;
  }[];
  stored: MeasuredEvent[];
};

/** A lesson that a student has completed in a course that they bought. */
export type CompletionFigures = {
  lessonId: string;
  courseId: string;
  courseTitle: string;
  completedAt: Date;
  /** When the last lesson of the course was completed; null if some are not. */
  courseCompletedAt: Date | null;
};

/** Of which order a sale is reported. `isBought`: it has just given access. */
export type ReportedSale = { orderId: string; isBought: boolean } | { refundId: string };

/** Visits and their events. To be used in a transaction. Erasing an account erases both. */
export interface Visits {
  /** Stores the visit in which an order was placed, in place of an earlier one; null removes it. */
  noteOrder(orderId: string, visit: Visit | null): Promise<void>;
  /** Stores the visit in which somebody registered, until its event is sent. Returns its id. */
  noteSignUp(userId: string, visit: Visit): Promise<string>;
  /** Locks the visit in which the order was placed, and returns the order's figures; null if there was none. */
  lockSale(
    of: { orderId: string } | { refundId: string },
  ): Promise<{ visitId: string; figures: SaleFigures } | null>;
  /** Returns a completion with the visit in which the course was bought; null if there was none, or it does not hold. */
  completion(
    of: { studentId: string; lessonId: string },
  ): Promise<{ visitId: string; figures: CompletionFigures } | null>;
  /** Stores the events that the visit does not have yet, and returns their ids. */
  add(visitId: string, hits: NewHit[]): Promise<string[]>;
}

/** Events to be sent. */
export interface Hits {
  /**
   * Counts a try and returns the event; null if it has ended, or its visit is erased. `isUnclear`: an earlier try had no
   * outcome, because its process ended.
   */
  begin(hitId: string): Promise<Hit & { tries: number; isUnclear: boolean } | null>;
  /** Records that a try did not reach the service. */
  release(hitId: string): Promise<void>;
  /** Ends an event, sent or not. The visit of a registration is deleted with it. */
  end(hitId: string, as: "sent" | "dropped"): Promise<void>;
}

/**
 * The outcome of sending an event. `unsent`: certainly not received. `unknown`: perhaps received. `refused`: must not be
 * sent again. `reason` has no address and no secret.
 */
export type HitOutcome = { outcome: "sent" } | { outcome: "unsent" | "unknown" | "refused"; reason: string };

export interface Measurement {
  /** Sends an event, within 3 seconds. Never throws. */
  send(hit: Hit): Promise<HitOutcome>;
}
