import { normaliseEmail } from "../../accounts/email_address.ts";
import type { Caller } from "../../accounts/ports.ts";
import { requireAdministrator } from "../../accounts/require_administrator.ts";
import { actorOf } from "../../audit/actor.ts";
import type { AuditLog } from "../../audit/ports.ts";
import type { Clock } from "../../clock.ts";
import { DomainError } from "../../errors.ts";
import type { Transaction } from "../../transaction.ts";
import type {
  MailEventTokens,
  MailLog,
  MailState,
  SentMail,
  SignedEvents,
  Suppression,
  Suppressions,
} from "./ports.ts";
import type { Range } from "../../range.ts";

/** Lists mails with their delivery status, newest first, for administrators. */
export async function listMails(
  deps: { mailLog: MailLog },
  { caller, state, range }: { caller: Caller; state: MailState | null; range: Range },
): Promise<{ count: number; mails: SentMail[] }> {
  requireAdministrator(caller);
  return await deps.mailLog.list(state, range);
}

/** Queues a mail again that ended without success. */
export async function retryMail(
  deps: { transaction: Transaction<{ mailLog: MailLog; audit: AuditLog }> },
  { caller, id, requestId }: { caller: Caller; id: string; requestId: string },
): Promise<SentMail> {
  requireAdministrator(caller);
  return await deps.transaction(async ({ mailLog, audit }) => {
    const requeued = await mailLog.requeue(id);
    if (!requeued) {
      throw new DomainError(
        "not_found",
        "There is no mail with this id that failed, was cancelled or is unconfirmed.",
      );
    }
    await audit.record({
      ...actorOf(caller),
      action: "mail.retry",
      subject: { type: "mail", id },
      before: { state: requeued.before },
      after: { state: requeued.mail.state },
      requestId,
    });
    return requeued.mail;
  });
}

/** Lists suppressed addresses, newest first, for administrators. */
export async function listSuppressions(
  deps: { suppressions: Suppressions },
  { caller, range }: { caller: Caller; range: Range },
): Promise<{ count: number; suppressions: Suppression[] }> {
  requireAdministrator(caller);
  return await deps.suppressions.list(range);
}

/** Lifts the suppression of an address. */
export async function liftSuppression(
  deps: { transaction: Transaction<{ suppressions: Suppressions; audit: AuditLog }> },
  { caller, email, requestId }: { caller: Caller; email: string; requestId: string },
): Promise<Suppression> {
  requireAdministrator(caller);
  return await deps.transaction(async ({ suppressions, audit }) => {
    const lifted = await suppressions.lift(normaliseEmail(email));
    if (!lifted) throw new DomainError("not_found", "This address is not suppressed.");
    await audit.record({
      ...actorOf(caller),
      action: "suppression.lift",
      subject: { type: "email", id: lifted.email },
      before: { reason: lifted.reason },
      requestId,
    });
    return lifted;
  });
}

/**
 * Suppresses the addresses in a provider's events. Returns how many were new. A signature counts once: a repeated
 * request changes nothing, and one with other content is refused with `bad_signature`.
 */
export async function recordMailEvents(
  deps: { transaction: Transaction<{ suppressions: Suppressions; mailEventTokens: MailEventTokens }> },
  { events, ...signed }: SignedEvents,
): Promise<{ suppressed: number }> {
  return await deps.transaction(async ({ suppressions, mailEventTokens }) => {
    const seen = await mailEventTokens.see(signed);
    if (seen === "forged") {
      throw new DomainError("bad_signature", "This signature was already used for another event.");
    }
    if (seen === "repeated") return { suppressed: 0 };
    const addresses = events.map(({ email, reason }) => ({ email: normaliseEmail(email), reason }));
    return { suppressed: await suppressions.add(...addresses) };
  });
}

/** How long mails and notices are kept after they were concluded, in seconds. */
export const MAIL_KEPT_SECONDS = 180 * 24 * 3600;

/** How long signatures of mail providers are kept, in seconds: longer than the maximum age of an accepted one. */
const TOKENS_KEPT_SECONDS = 3 * 24 * 3600;

/** Deletes old mails and notices, and signatures that are too old to be accepted. */
export async function purgeMails(
  deps: { mailLog: MailLog; mailEventTokens: MailEventTokens; clock: Clock },
): Promise<void> {
  const ago = (seconds: number) => new Date(deps.clock().getTime() - seconds * 1000);
  await deps.mailLog.purge(ago(MAIL_KEPT_SECONDS));
  await deps.mailEventTokens.purge(ago(TOKENS_KEPT_SECONDS));
}
