import type { Money } from "../money.ts";
import type { Range } from "../range.ts";

/** A discount code. Its discount never changes. */
export type Promotion = {
  id: string;
  /** In capital letters; unique. */
  code: string;
  createdBy: string;
  /** A percentage of the price of the courses, or an amount in each currency in which it can be used. */
  discount: { percent: number } | { amounts: Money[] };
  /** The minimum price of the courses before the discount. If there are any, the code is for these currencies only. */
  minimums: Money[];
  /** Empty: every course. */
  courseIds: string[];
  validFrom: Date | null;
  validUntil: Date | null;
  /** The number of orders that may use it; null for any number. */
  maxRedemptions: number | null;
  perStudentLimit: number | null;
  isActive: boolean;
  createdAt: Date;
};

/** The rights of a user who is not an administrator on a promotion. */
export type PromotionRights = {
  /** They created it, and may still price at least one of its courses. */
  isTheirs: boolean;
  /** They own one of its courses. */
  ownsCourse: boolean;
  /** Its creator administers the shop. */
  isShops: boolean;
  /** Its creator may no longer price any of its courses. */
  isOrphaned: boolean;
  /** Who ended it by hand; null while it is active, and if it ended because its creator lost the right to it. */
  endedBy: string | null;
};

/** The number of orders that use a promotion, unpaid or paid. */
export type Redemptions = { all: number; byStudent: number };

export type NewPromotion = Omit<Promotion, "id" | "isActive" | "createdAt">;
export type PromotionChange = Partial<
  Pick<Promotion, "validFrom" | "validUntil" | "maxRedemptions" | "perStudentLimit" | "isActive">
>;

/** To be used in a transaction. */
export interface Promotions {
  /**
   * Returns a promotion by its code, with the redemptions by orders other than the given ones; null if there is none.
   * It has only those of its courses that its creator may currently price, and is not active if there are none. Until
   * the transaction ends, other calls with that code wait here, so that no limit is exceeded.
   */
  lockByCode(
    code: string,
    studentId: string,
    exceptOrderIds: string[],
  ): Promise<{ promotion: Promotion; redemptions: Redemptions } | null>;
  /** Counts the order as a use of the promotion. */
  redeem(promotionId: string, order: { id: string; studentId: string }): Promise<void>;
  /** Returns null if the code is taken, also by a concurrent request. */
  add(promotion: NewPromotion): Promise<Promotion | null>;
  lock(id: string, callerId: string): Promise<(Promotion & PromotionRights) | null>;
  /** Returns the number of orders that use it, and the maximum of any one student. */
  used(id: string): Promise<{ all: number; byOneStudent: number }>;
  /** `endedBy`: who ends it, or null to reactivate it. `createdBy`: who is responsible for it from now on. */
  change(
    id: string,
    change: PromotionChange & { endedBy?: string | null; createdBy?: string },
  ): Promise<Promotion>;
  /** Ends the user's promotions that have no course left that they may price. */
  endPowerless(creatorId: string): Promise<void>;
  /** Returns which of the courses exist and, unless `tutorId` is null, are taught by that tutor. */
  coursesTaught(courseIds: string[], tutorId: string | null): Promise<string[]>;
}

export interface PromotionReads {
  /**
   * Lists promotions, newest first, with the use of each: all, or those that a tutor created and has a course left to
   * price in, and those for courses that they own.
   */
  list(
    filter: { visibleTo: string | null; code?: string; isActive?: boolean },
    range: Range,
  ): Promise<{ count: number; promotions: (Promotion & { redemptions: number })[] }>;
  byId(id: string, callerId: string): Promise<(Promotion & PromotionRights & { redemptions: number }) | null>;
}
