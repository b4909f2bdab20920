import type { Channel, Lane, OutboxEntry } from "./mails/ports.ts";
import type { Message, Notice, NoticeData, NoticeKind, NoticeOf, Topic } from "./ports.ts";

/**
 * Who gets a notice by mail. `proven`: only people with a proven address. `anyone`: also people whose address is
 * unproven and who may not have asked for it. `payer`: people who paid for it, even beyond an address's daily quota.
 */
export type Reach = "proven" | "anyone" | "payer";

type Traits<Kind extends NoticeKind> = {
  /** What it is about. A kind is sent once per subject key; a `recurring` one once per occurrence. */
  subjectKey(notice: NoticeOf<Kind>): string;
  recurring?: true;
  /** Its priority, and its share of the daily limit. */
  lane: Lane;
  reach: Reach | ((data: NoticeData[Kind]) => Reach);
  /** The topic to opt out of. Notices without a topic cannot be opted out of. */
  topic?: Topic;
  /** Whether the list within the shop shows it too; links that give access to an account are not shown. */
  onBoard: boolean;
};

/** How each kind of notice is sent. */
export const KINDS: { [Kind in NoticeKind]: Traits<Kind> } = {
  welcome: { subjectKey: ({ userId }) => userId, lane: "newcomers", reach: "proven", onBoard: true },
  verify_email: {
    subjectKey: ({ userId }) => userId,
    recurring: true,
    lane: "newcomers",
    reach: "anyone",
    onBoard: false,
  },
  confirm_email_change: {
    subjectKey: ({ userId }) => userId,
    recurring: true,
    lane: "newcomers",
    reach: "anyone",
    onBoard: false,
  },
  email_changed: {
    subjectKey: ({ userId, formerEmail }) => `${userId} ${formerEmail}`,
    recurring: true,
    lane: "accounts",
    reach: "anyone",
    onBoard: true,
  },
  reset_password: {
    subjectKey: ({ userId }) => userId,
    recurring: true,
    lane: "accounts",
    reach: "anyone",
    onBoard: false,
  },
  // Many at once, so at the rate of bulk mail; once, so that nobody gets it twice.
  choose_password: { subjectKey: ({ userId }) => userId, lane: "bulk", reach: "anyone", onBoard: false },
  password_changed: {
    subjectKey: ({ userId }) => userId,
    recurring: true,
    lane: "accounts",
    reach: "anyone",
    onBoard: true,
  },
  new_sign_in: { subjectKey: ({ sessionId }) => sessionId, lane: "accounts", reach: "anyone", onBoard: true },
  tutor_invitation: {
    subjectKey: ({ invitationId }) => invitationId,
    recurring: true,
    lane: "others",
    reach: "anyone",
    onBoard: false,
  },
  order_confirmation: {
    subjectKey: ({ orderId }) => orderId,
    lane: "money",
    // Free courses can be had without limit.
    reach: ({ total }) => total.amount > 0n ? "payer" : "proven",
    onBoard: true,
  },
  payment_processing: { subjectKey: ({ orderId }) => orderId, lane: "money", reach: "anyone", onBoard: true },
  payment_failed: {
    subjectKey: ({ orderId }) => orderId,
    recurring: true,
    lane: "money",
    reach: "anyone",
    onBoard: true,
  },
  refund: { subjectKey: ({ refundId }) => refundId, lane: "money", reach: "payer", onBoard: true },
  access_granted: { subjectKey: ({ grantId }) => grantId, lane: "others", reach: "anyone", onBoard: true },
  access_ending: { subjectKey: ({ grantId }) => grantId, lane: "others", reach: "anyone", onBoard: true },
  access_ended: { subjectKey: ({ grantId }) => grantId, lane: "others", reach: "anyone", onBoard: true },
  course_update: {
    subjectKey: ({ updateId, userId }) => `${updateId} ${userId}`,
    lane: "bulk",
    reach: "proven",
    topic: "course_updates",
    onBoard: true,
  },
  tutor_digest: {
    subjectKey: ({ tutorId, day }) => `${tutorId} ${day}`,
    lane: "bulk",
    // Paid sales are news about the tutor's own money, and nobody can cause them for free.
    reach: ({ sales }) => sales.some(({ earned }) => earned.amount > 0n) ? "anyone" : "proven",
    topic: "tutor_digest",
    onBoard: true,
  },
  operator_alert: { subjectKey: ({ key }) => key, lane: "money", reach: "payer", onBoard: false },
};

/** Returns who may get a message by mail. */
export function reachOf(message: Message): Reach {
  const { reach } = KINDS[message.kind];
  return typeof reach === "string" ? reach : (reach as (data: unknown) => Reach)(message.data);
}

/** Prepares a notice for the outbox. */
export function outboxEntryOf(notice: Notice, channel: Channel = "mail"): OutboxEntry {
  const { subjectKey, recurring = false, lane } = KINDS[notice.kind];
  return {
    channel,
    notice,
    subjectKey: (subjectKey as (notice: Notice) => string)(notice),
    isRecurring: recurring,
    lane,
  };
}
