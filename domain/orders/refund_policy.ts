import type { RefundableLine, RefundableOrder } from "./ports.ts";

/** What students may take back themselves, as the shop has set it. */
export type RefundPolicy = {
  /** Days since the payment; 0: nothing. */
  days: number;
  /** How much of a course may have been watched, in percent. */
  watchedPercent: number;
};

export type LineVerdict = {
  line: RefundableLine;
  /** Of the course, rounded up; 100 when nothing is known of how long it is but everything was opened. */
  watchedPercent: number;
  isAllowed: boolean;
  why: string;
};

const DAY_MS = 24 * 3600 * 1000;

/** Judges which lines of an order its student may take back at `now`, and why not the others. */
export function judgeSelfRefund(order: RefundableOrder, policy: RefundPolicy, now: Date): LineVerdict[] {
  const closed = closedBecause(order, policy, now);
  return order.lines.map((line) => {
    const watchedPercent = watchedPercentOf(line);
    const refusal = closed ?? refusalOf(line, watchedPercent, policy);
    const until = order.paidAt && new Date(order.paidAt.getTime() + policy.days * DAY_MS);
    const why = refusal ??
      `Can be taken back until ${until!.toISOString()}: ` +
        `${watchedPercent} % watched, up to ${policy.watchedPercent} % are allowed.`;
    return { line, watchedPercent, isAllowed: refusal === null, why };
  });
}

function closedBecause(
  { paidAt, state, paid }: RefundableOrder,
  policy: RefundPolicy,
  now: Date,
): string | null {
  if (policy.days === 0) return "This shop's refunds are given by its administrators only.";
  if (state === "refunded") return "The order is refunded already.";
  if (paidAt === null || (state !== "paid" && state !== "partially_refunded")) {
    return "The order is not paid.";
  }
  if (paid === 0n) return "Nothing was paid for this order.";
  if (now.getTime() >= paidAt.getTime() + policy.days * DAY_MS) {
    return `The payment is more than ${policy.days === 1 ? "a day" : `${policy.days} days`} old.`;
  }
  return null;
}

function refusalOf(line: RefundableLine, watchedPercent: number, policy: RefundPolicy): string | null {
  if (line.isRefunding) return "The refund is under way.";
  if (line.left === 0n) return "There is nothing to give back.";
  if (line.hold === "disputed" || line.hold === "dispute_lost") {
    return "The bank holds this payment for a dispute, which decides it.";
  }
  if (watchedPercent > policy.watchedPercent) {
    return `${watchedPercent} % of the course are watched; up to ${policy.watchedPercent} % are allowed.`;
  }
  return null;
}

function watchedPercentOf(
  { watchedSeconds, durationSeconds, openedLessons, lessons }: RefundableLine,
): number {
  if (durationSeconds > 0) return Math.min(100, Math.ceil(100 * watchedSeconds / durationSeconds));
  return lessons === 0 ? 0 : Math.ceil(100 * openedLessons / lessons);
}
