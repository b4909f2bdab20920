import { askable, judge } from "../settlement/judge.ts";
import type { OrderStanding } from "../settlement/ports.ts";
import type { RefundableOrder } from "./ports.ts";
import { watchedPercent } from "./watched_share.ts";

/** The shop's policy for refunds by students. */
export type RefundPolicy = {
  /** Days after the payment; 0: no refunds. */
  days: number;
  /** The maximum share of a course that may have been watched, in percent. */
  watchedPercent: number;
};

export type LineVerdict = {
  id: string;
  title: string;
  /** The amount that a refund would return, in minor units: what is left of it and not being refunded. */
  left: bigint;
  /** The result of `watchedPercent`. */
  watchedPercent: number;
  isAllowed: boolean;
  why: string;
};

const DAY_MS = 24 * 3600 * 1000;

/**
 * Decides which lines of an order its student may refund at `now`, and why not the others. The whole order may be
 * refunded if every line with an amount left may be: free lines and those already refunded do not matter.
 */
export function judgeSelfRefund(
  { order, facts, paidAt, use }: RefundableOrder,
  policy: RefundPolicy,
  now: Date,
): { lines: LineVerdict[]; isAllowed: boolean } {
  const { standing } = judge(order, facts);
  const closed = closedBecause(standing, paidAt, policy, now);
  const balances = standing.session && askable(order, facts, standing.session);
  const lines = order.lines.map(({ id, title }, index): LineVerdict => {
    const line = standing.lines.find((line) => line.id === id)!;
    const left = balances?.[index]?.left ?? 0n;
    const used = use.find(({ lineId }) => lineId === id)!;
    const watched = watchedPercent(used, now);
    const refusal = closed ?? refusalOf(line, left, used.accessEndsAt, watched, policy, now);
    const until = paidAt && new Date(paidAt.getTime() + policy.days * DAY_MS);
    const why = refusal ??
      `Can be taken back until ${until!.toISOString()}: ` +
        `${watched} % watched, up to ${policy.watchedPercent} % are allowed.`;
    return { id, title, left, watchedPercent: watched, isAllowed: refusal === null, why };
  });
  const open = lines.filter(({ left }) => left > 0n);
  return { lines, isAllowed: open.length > 0 && open.every(({ isAllowed }) => isAllowed) };
}

function closedBecause(
  { state, session }: OrderStanding,
  paidAt: Date | null,
  policy: RefundPolicy,
  now: Date,
): string | null {
  if (policy.days === 0) return "This shop's refunds are given by its administrators only.";
  if (state === "refunded") return "The order is refunded already.";
  if (paidAt === null || (state !== "paid" && state !== "partially_refunded")) {
    return "The order is not paid.";
  }
  if (session === null || session.total === 0n) return "Nothing was paid for this order.";
  if (now.getTime() >= paidAt.getTime() + policy.days * DAY_MS) {
    return `The payment is more than ${policy.days === 1 ? "a day" : `${policy.days} days`} old.`;
  }
  return null;
}

function refusalOf(
  { paid, refunded, access }: OrderStanding["lines"][number],
  left: bigint,
  accessEndsAt: Date | null,
  watched: number,
  policy: RefundPolicy,
  now: Date,
): string | null {
  if (left === 0n) {
    return paid! > refunded ? "The refund is in progress." : "There is nothing to give back.";
  }
  if (access && "hold" in access && access.hold?.startsWith("dispute")) {
    return "The bank is holding this payment for a dispute; the dispute decides what happens to it.";
  }
  if (accessEndsAt !== null && accessEndsAt <= now) {
    return `The access that it gave is used up: it ended on ${accessEndsAt.toISOString()}.`;
  }
  if (watched > policy.watchedPercent) {
    return `${watched} % of the course are watched; up to ${policy.watchedPercent} % are allowed.`;
  }
  return null;
}
