import type { Grant } from "./ports.ts";

export type GrantVerdict = { counts: boolean; why: string };

/**
 * Whether a grant counts at `now`, and why, in one sentence. The database decides (`isActive`); what it holds against a
 * grant that looks whole is a suspension.
 */
export function judgeGrant(grant: Grant, now: Date): GrantVerdict {
  const { revoked, startsAt, endsAt } = grant;
  if (revoked) {
    const reason = revoked.reason ? `: ${revoked.reason}` : "";
    return { counts: false, why: `revoked on ${revoked.at.toISOString()}${reason}` };
  }
  if (startsAt > now) return { counts: false, why: `starts on ${startsAt.toISOString()}` };
  if (endsAt && endsAt <= now) return { counts: false, why: `ended on ${endsAt.toISOString()}` };
  if (!grant.isActive) return { counts: false, why: "suspended while its payment is disputed" };
  return { counts: true, why: endsAt ? `active until ${endsAt.toISOString()}` : "active, without an end" };
}
