/**
 * Converts an input's timestamp to a Date. Invalid ones never get here: the contract's schemas refuse them, after
 * `readMoment` has normalised the others (openapi/values.ts).
 */
export const toDate = (moment: string): Date => new Date(moment);

/** Does the same for an optional timestamp: null and undefined stay unchanged. */
export function toDateOrNone<None extends null | undefined>(moment: string | None): Date | None {
  return typeof moment === "string" ? toDate(moment) : moment;
}
