import type { Money } from "../money.ts";

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

/** Orders that use a promotion: those that wait to be paid and those that were. */
export type Redemptions = { all: number; byStudent: number };

export type NewPromotion = Omit<Promotion, "id" | "isActive" | "createdAt">;
export type PromotionChange = Partial<
  Pick<Promotion, "validFrom" | "validUntil" | "maxRedemptions" | "perStudentLimit" | "isActive">
>;

/** To be used in a transaction. */
export interface Promotions {
  /**
   * A promotion by its code, with the redemptions that other orders than the given ones make of it. Until the transaction
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
  lock(id: string): Promise<Promotion | null>;
  /** How many orders use it, and how many those of one student at the most. */
  used(id: string): Promise<{ all: number; byOneStudent: number }>;
  change(id: string, change: PromotionChange): Promise<Promotion>;
  /** Which of the courses exist and, unless it is null, are taught by that tutor. */
  coursesTaught(courseIds: string[], tutorId: string | null): Promise<string[]>;
}

export interface PromotionReads {
  /** Newest first, with how often each is used; those of one creator, or all. */
  list(
    filter: { createdBy: string | null; code?: string; isActive?: boolean },
    range: { limit: number; offset: number },
  ): Promise<{ count: number; promotions: (Promotion & { redemptions: number })[] }>;
  byId(id: string): Promise<(Promotion & { redemptions: number }) | null>;
}
