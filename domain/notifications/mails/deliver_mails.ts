import { ERASED_DOMAIN } from "../../accounts/ports.ts";
import type { Clock } from "../../clock.ts";
import { KINDS, reachOf } from "../kinds.ts";
import type { Letters, Message, NoticeBoard, Recipient, Topic, UnsubscribeTokens } from "../ports.ts";
import { renderNotice, type SayingDeps } from "../render_notice.ts";
import type { ClaimedMail, Delivery, Mailer, MailLimits, Outbox } from "./ports.ts";

type Log = { warn(message: string, fields: Record<string, unknown>): void };
type Deps = SayingDeps & {
  outbox: Outbox;
  noticeBoard: NoticeBoard;
  letters: Letters;
  mailer: Mailer;
  unsubscribeTokens: UnsubscribeTokens;
  mailLimits: MailLimits;
  clock: Clock;
  log: Log;
};

/** The number of mails that one round sends concurrently. */
export const MAILS_PER_ROUND = 10;
/**
 * How long a claim on a mail lasts, in seconds: longer than a mailer may take. After that, the claiming process is
 * presumed dead.
 */
const LEASE_SECONDS = 240;
/**
 * Attempts for a mail that the server does not accept now, after waits of 30 s, 1, 2 … 32 minutes, then an hour; 18
 * hours in total.
 */
const TRIES = 24;
const WAIT = { firstSeconds: 30, longestSeconds: 3600 };
/**
 * Hand-overs of a mail without a response. It is handed over again, as RFC 5321 (3.8) requires: no protocol tells
 * whether it arrived, and a lost mail is worse than a copy that mailboxes recognise by its Message-ID. After this
 * many it is left to the administrator, so that a server that accepts mail without confirming it does not deliver
 * copies for hours.
 */
const HAND_OVERS = 5;

/**
 * Mails per address in 24 hours, from all causes except purchases. Losing a mail is better than letting a stranger
 * flood a mailbox. Bulk mail has its own rate, and recipients can unsubscribe with a click.
 */
const MAILS_PER_DAY = { proven: 30, unproven: 10 };
const DAY_MS = 24 * 3600 * 1000;

/** Sends due mails, up to one round. Returns how many it claimed. */
export async function deliverMails(
  deps: Deps,
  { leaseSeconds = LEASE_SECONDS }: { leaseSeconds?: number } = {},
): Promise<number> {
  const now = deps.clock();
  const claimed = await deps.outbox.claim({
    now,
    limit: MAILS_PER_ROUND,
    leaseSeconds,
    limits: deps.mailLimits,
  });
  await Promise.all(claimed.map((mail) => deliver(deps, mail)));
  return claimed.length;
}

async function deliver(deps: Deps, mail: ClaimedMail): Promise<void> {
  const { outbox, noticeBoard, letters, mailer } = deps;
  const { kind } = mail.notice;
  const { topic = null, onBoard } = KINDS[kind];
  if (mail.unanswered >= HAND_OVERS) {
    const reason = `handed over ${HAND_OVERS} times, and no answer came`;
    return await outbox.conclude(mail, "unconfirmed", reason);
  }
  let delivery: Delivery;
  try {
    const saying = await renderNotice(deps, mail.notice);
    if ("cancelled" in saying) return await outbox.conclude(mail, "cancelled", saying.cancelled);
    const { to, message } = saying;
    // Orders and grants still name a person who was erased, without an address or with a placeholder.
    if (to.email === "" || to.email.endsWith(`@${ERASED_DOMAIN}`)) {
      return await outbox.conclude(mail, "cancelled", "the person is erased");
    }
    const unsubscribeUrl = await unsubscribeLink(deps, to, topic);
    const letter = letters.write(message, to, unsubscribeUrl);
    if (onBoard && to.userId !== null) {
      await noticeBoard.post({ mailId: mail.id, userId: to.userId, kind, ...letter.brief });
    }
    const objection = await outbox.objection(to, topic, quotaOf(deps, to, message)) ??
      objectionTo(to, message);
    if (objection !== null) return await outbox.conclude(mail, "cancelled", objection);
    const { subject, text, html } = letter;
    delivery = await mailer.send(
      { id: mail.id, to: to.email, subject, text, html, unsubscribeUrl, date: mail.date },
      () => outbox.handOver(mail, to, deps.clock()),
    );
  } catch (error) {
    delivery = { outcome: "not_now", reason: String(error) };
  }
  await recordDelivery(deps, mail, delivery);
}

/** Returns why a message is not mailed to an unproven address; null when it may be. */
function objectionTo(to: Recipient, message: Message): string | null {
  return to.isProven || reachOf(message) !== "proven" ? null : "nobody has verified this address";
}

function quotaOf({ clock }: Deps, to: Recipient, message: Message): { mails: number; since: Date } | null {
  if (reachOf(message) === "payer" || (to.isProven && KINDS[message.kind].lane === "bulk")) return null;
  const mails = to.isProven ? MAILS_PER_DAY.proven : MAILS_PER_DAY.unproven;
  return { mails, since: new Date(clock().getTime() - DAY_MS) };
}

async function recordDelivery(deps: Deps, mail: ClaimedMail, delivery: Delivery): Promise<void> {
  const { outbox, clock, log } = deps;
  if (delivery.outcome === "accepted") return await outbox.conclude(mail, "sent", null);
  const { outcome, reason } = delivery;
  log.warn("mail not sent", {
    mailId: mail.id,
    kind: mail.notice.kind,
    outcome,
    reason,
    attempts: mail.attempts,
  });
  if (outcome === "refused") return await outbox.conclude(mail, "failed", reason);
  if (mail.attempts >= TRIES) {
    return await outbox.conclude(mail, "failed", `given up after ${TRIES} tries: ${reason}`);
  }
  const asked = delivery.outcome === "not_now" ? delivery.retryAfter ?? 0 : 0;
  const seconds = Math.max(
    asked,
    Math.min(WAIT.firstSeconds * 2 ** (mail.attempts - 1), WAIT.longestSeconds),
  );
  const until = new Date(clock().getTime() + seconds * 1000);
  await outbox.postpone(mail, until, { reason, mayHaveArrived: outcome === "unknown" });
}

async function unsubscribeLink(deps: Deps, to: Recipient, topic: Topic | null): Promise<string | null> {
  if (topic === null || to.userId === null) return null;
  const token = await deps.unsubscribeTokens.issue({ userId: to.userId, topic });
  return `${deps.publicUrl}/api/notifications/unsubscribe/?token=${token}`;
}
