import type { Money } from "../money.ts";

/** What a course is sold for. */
export type CourseOffer = {
  courseId: string;
  /** One per currency; the first is the course's own, which the catalog shows. */
  prices: Money[];
  /** How many days of access a purchase gives; null: unlimited. */
  accessDays: number | null;
};

/** To be used in a transaction. */
export interface CourseOffers {
  /** Replaces what a course is sold for; orders that were made keep their prices. */
  replace(offer: CourseOffer): Promise<void>;
}

export interface CourseOfferReads {
  of(courseId: string): Promise<CourseOffer | null>;
}
