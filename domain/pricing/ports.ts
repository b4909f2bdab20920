import type { Money } from "../money.ts";

/** The prices and conditions of a course. */
export type CourseOffer = {
  courseId: string;
  /** One per currency; the first is the course's own, which the catalog shows. */
  prices: Money[];
  /** The days of access that a purchase gives; null: unlimited. */
  accessDays: number | null;
};

/** To be used in a transaction. */
export interface CourseOffers {
  /** Replaces a course's offer. Existing orders keep their prices. */
  replace(offer: CourseOffer): Promise<void>;
}

export interface CourseOfferReads {
  of(courseId: string): Promise<CourseOffer | null>;
}
