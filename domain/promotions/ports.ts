import type { Money } from "../money.ts";
import type { Range } from "../range.ts";

/** A code that makes courses cheaper. What it takes off never changes once it is there. */
export type Promotion = {
  id: string;
  /** In capital letters; unique. */
  code: string;
  createdBy: string;
  /** A share of what the courses cost, or an amount in each currency in which it can be used. */
  discount: { percent: number } | { amounts: Money[] };
  /** What the courses must cost before the discount; where there are any, the code is for these currencies only. */
  minimums: Money[];
  /** Empty: every course. */
  courseIds: string[];
  validFrom: Date | null;
  validUntil: Date | null;
  /** How many orders may use it; null for any number. */
  maxRedemptions: number | null;
  perStudentLimit: number | null;
  isActive: boolean;
  createdAt: Date;
};

/** What a promotion and somebody who is no administrator have to do with each other. */
export type PromotionRights = {
  /** They created it, and may still price at least one of its courses. */
  isTheirs: boolean;
  /** They own one of its courses. */
  ownsCourse: boolean;
  /** Its creator administers the shop. */
  isShops: boolean;
  /** Its creator may no longer price any of its courses. */
  isOrphaned: boolean;
  /** Who ended it by hand; null while it is active, and when it ended with its creator's powers. */
  endedBy: string | null;
};

/** Orders that use a promotion: those that wait to be paid and those that were. */
export type Redemptions = { all: number; byStudent: number };

export type NewPromotion = Omit<Promotion, "id" | "isActive" | "createdAt">;
export type PromotionChange = Partial<
  Pick<Promotion, "validFrom" | "validUntil" | "maxRedemptions" | "perStudentLimit" | "isActive">
>;

/** To be used in a transaction. */
export interface Promotions {
  /**
   * A promotion by its code, with the redemptions that other orders than the given ones make of it. It is for those of its
   * courses alone that its creator may price at this moment, and not active when that is none. Until the transaction
   * ends nobody else gets past this call with that code, so that no limit is overrun. Null when there is none.
   */
  lockByCode(
    code: string,
    studentId: string,
    exceptOrderIds: string[],
  ): Promise<{ promotion: Promotion; redemptions: Redemptions } | null>;
  /** Counts the order as one that uses the promotion. */
  redeem(promotionId: string, order: { id: string; studentId: string }): Promise<void>;
  /** Null when the code is taken, whatever else happens at the same moment. */
  add(promotion: NewPromotion): Promise<Promotion | null>;
  lock(id: string, callerId: string): Promise<(Promotion & PromotionRights) | null>;
  /** How many orders use it, and the most orders of any one student. */
  used(id: string): Promise<{ all: number; byOneStudent: number }>;
  /** `endedBy`: who ends it, or null to reactivate it. `createdBy`: who is responsible for it from now on. */
  change(
    id: string,
    change: PromotionChange & { endedBy?: string | null; createdBy?: string },
  ): Promise<Promotion>;
  /** Ends those of somebody's that are for no course that they may still price. */
  endPowerless(creatorId: string): Promise<void>;
  /** Which of the courses exist and, unless it is null, are taught by that tutor. */
  coursesTaught(courseIds: string[], tutorId: string | null): Promise<string[]>;
}

export interface PromotionReads {
  /**
   * Newest first, with how often each is used; all, or those that a tutor has created and may still price a course of, and
   * those for courses that they own.
   */
  list(
    filter: { visibleTo: string | null; code?: string; isActive?: boolean },
    range: Range,
  ): Promise<{ count: number; promotions: (Promotion & { redemptions: number })[] }>;
  byId(id: string, callerId: string): Promise<(Promotion & PromotionRights & { redemptions: number }) | null>;
}
