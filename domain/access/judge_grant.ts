import type { Grant } from "./ports.ts";

export type GrantVerdict = { counts: boolean; why: string };

const HOLDS = {
  disputed: "suspended while its payment is in dispute",
  refunded: "ended, for its payment was refunded",
  dispute_lost: "ended, for its payment was lost in a dispute",
  duplicate: "not needed, for the course was there already, and its payment is paid back",
};

/**
 * Decides whether a grant is active at `now`, and gives the reason in one sentence. `isActive` is the same decision
 * by the database.
 */
export function judgeGrant(grant: Grant, now: Date): GrantVerdict {
  const { revoked, startsAt, endsAt } = grant;
  if (revoked) {
    const reason = revoked.reason ? `: ${revoked.reason}` : "";
    return { counts: false, why: `revoked on ${revoked.at.toISOString()}${reason}` };
  }
  if (startsAt > now) return { counts: false, why: `starts on ${startsAt.toISOString()}` };
  if (endsAt && endsAt <= now) return { counts: false, why: `ended on ${endsAt.toISOString()}` };
  if (grant.isSuspended) return { counts: false, why: "suspended while the account is deactivated" };
  if (grant.paymentHold) return { counts: false, why: HOLDS[grant.paymentHold] };
  return { counts: true, why: endsAt ? `active until ${endsAt.toISOString()}` : "active, without an end" };
}
