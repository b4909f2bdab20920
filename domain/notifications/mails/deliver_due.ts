import type { Clock } from "../../clock.ts";
import type { Channel, ClaimedMail, Delivery, MailLimits, Outbox } from "./ports.ts";

type Log = { warn(message: string, fields: Record<string, unknown>): void };
type Deps = { outbox: Outbox; clock: Clock; log: Log };

/** The result of an attempt: what came of the hand-over, or that the notice is not to be delivered. */
export type Attempt = Delivery | { outcome: "cancelled"; reason: string };

/** How a channel is worked. */
export type Round<Said> = {
  channel: Channel;
  limits: MailLimits;
  /** How often a notice without a response is handed over; after that it is `unconfirmed`. */
  handOvers(said: Said): number;
  /** How long a claim lasts, in seconds: longer than the vendor may take. */
  leaseSeconds?: number;
};

/** The number of notices that one round delivers concurrently. */
export const MAILS_PER_ROUND = 10;
/** After so many seconds the process that claimed a notice is presumed dead. */
const LEASE_SECONDS = 240;
/**
 * Attempts for a notice that is not accepted now, after waits of 30 s, 1, 2 … 32 minutes, then an hour; 18 hours in
 * total.
 */
const TRIES = 24;
const WAIT = { firstSeconds: 30, longestSeconds: 3600 };

/** Delivers what is due on a channel, up to one round. Returns how many it claimed. */
export async function deliverDue<Said extends { kind: string }>(
  deps: Deps,
  { channel, limits, handOvers, leaseSeconds = LEASE_SECONDS }: Round<Said>,
  attempt: (mail: ClaimedMail<Said>) => Promise<Attempt>,
): Promise<number> {
  const { outbox, clock } = deps;
  const claimed = await outbox.claim<Said>({
    channel,
    now: clock(),
    limit: MAILS_PER_ROUND,
    leaseSeconds,
    limits,
  });
  await Promise.all(claimed.map(async (mail) => {
    const most = handOvers(mail.notice);
    if (mail.unanswered >= most) {
      const reason = `handed over ${most} times, and no answer came`;
      return await outbox.conclude(mail, "unconfirmed", reason);
    }
    const result = await attempt(mail).catch((error): Attempt => ({
      outcome: "not_now",
      reason: String(error),
    }));
    await record(deps, channel, mail, result);
  }));
  return claimed.length;
}

async function record<Said extends { kind: string }>(
  { outbox, clock, log }: Deps,
  channel: Channel,
  mail: ClaimedMail<Said>,
  result: Attempt,
): Promise<void> {
  if (result.outcome === "accepted") return await outbox.conclude(mail, "sent", null, result.vendorId);
  const { outcome, reason } = result;
  if (outcome === "cancelled") return await outbox.conclude(mail, "cancelled", reason);
  log.warn("mail not sent", {
    mailId: mail.id,
    channel,
    kind: mail.notice.kind,
    outcome,
    reason,
    attempts: mail.attempts,
  });
  if (outcome === "refused") return await outbox.conclude(mail, "failed", reason);
  if (mail.attempts >= TRIES) {
    return await outbox.conclude(mail, "failed", `given up after ${TRIES} tries: ${reason}`);
  }
  const asked = outcome === "not_now" ? result.retryAfter ?? 0 : 0;
  const seconds = Math.max(
    asked,
    Math.min(WAIT.firstSeconds * 2 ** (mail.attempts - 1), WAIT.longestSeconds),
  );
  const until = new Date(clock().getTime() + seconds * 1000);
  const mayHaveArrived = outcome === "still_unknown" ? "earlier" : outcome === "unknown";
  await outbox.postpone(mail, until, { reason, mayHaveArrived });
}
