/**
 * The moment of an input's text. What is no moment never gets here: the contract's schemas refuse it, after `readMoment` has
 * brought the others into one spelling (openapi/values.ts).
 */
export const toDate = (moment: string): Date => new Date(moment);

/** The same where there may be none; absent stays absent. */
export function toDateOrNone<None extends null | undefined>(moment: string | None): Date | None {
  return typeof moment === "string" ? toDate(moment) : moment;
}
