import { ERASED_DOMAIN } from "../../accounts/ports.ts";
import type { Clock } from "../../clock.ts";
import { KINDS, reachOf } from "../kinds.ts";
import type { Letters, Message, Notice, NoticeBoard, Recipient, Topic, UnsubscribeTokens } from "../ports.ts";
import { renderNotice, type SayingDeps } from "../render_notice.ts";
import { type Attempt, deliverDue } from "./deliver_due.ts";
import type { ClaimedMail, Mailer, MailLimits, Outbox } from "./ports.ts";

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
  { leaseSeconds }: { leaseSeconds?: number } = {},
): Promise<number> {
  return await deliverDue<Notice>(
    deps,
    { channel: "mail", limits: deps.mailLimits, handOvers: () => HAND_OVERS, leaseSeconds },
    (mail) => attempt(deps, mail),
  );
}

async function attempt(deps: Deps, mail: ClaimedMail): Promise<Attempt> {
  const { outbox, noticeBoard, letters, mailer } = deps;
  const { kind } = mail.notice;
  const { topic = null, onBoard } = KINDS[kind];
  const cancelled = (reason: string): Attempt => ({ outcome: "cancelled", reason });
  const saying = await renderNotice(deps, mail.notice);
  if ("cancelled" in saying) return cancelled(saying.cancelled);
  const { to, message } = saying;
  // Orders and grants still name a person who was erased, without an address or with a placeholder.
  if (to.email === "" || to.email.endsWith(`@${ERASED_DOMAIN}`)) return cancelled("the person is erased");
  const unsubscribeUrl = await unsubscribeLink(deps, to, topic);
  const letter = letters.write(message, to, unsubscribeUrl);
  if (onBoard && to.userId !== null) {
    await noticeBoard.post({ mailId: mail.id, userId: to.userId, kind, ...letter.brief });
  }
  const objection = await outbox.objection(to, topic, quotaOf(deps, to, message)) ?? objectionTo(to, message);
  if (objection !== null) return cancelled(objection);
  const { subject, text, html } = letter;
  return await mailer.send(
    { id: mail.id, to: to.email, subject, text, html, unsubscribeUrl, date: mail.date },
    () => outbox.handOver(mail, to, deps.clock()),
  );
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

async function unsubscribeLink(deps: Deps, to: Recipient, topic: Topic | null): Promise<string | null> {
  if (topic === null || to.userId === null) return null;
  const token = await deps.unsubscribeTokens.issue({ userId: to.userId, topic });
  return `${deps.publicUrl}/api/notifications/unsubscribe/?token=${token}`;
}
