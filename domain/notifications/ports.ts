import type { Language } from "../accounts/ports.ts";
import type { OrderState } from "../checkout/ports.ts";
import type { Money } from "../money.ts";

/** Something that a person is to be told. It holds ids only: names, addresses and words are looked up when it is sent. */
export type Notice =
  | { kind: "welcome"; userId: string }
  | { kind: "verify_email"; userId: string }
  | { kind: "confirm_email_change"; userId: string }
  | { kind: "email_changed"; userId: string; formerEmail: string }
  | { kind: "reset_password"; userId: string }
  | { kind: "password_changed"; userId: string }
  | { kind: "new_sign_in"; sessionId: string }
  | { kind: "tutor_invitation"; invitationId: string }
  | { kind: "order_confirmation"; orderId: string }
  | { kind: "payment_processing"; orderId: string }
  | { kind: "payment_failed"; orderId: string }
  | { kind: "refund"; refundId: string }
  | { kind: "access_granted"; grantId: string }
  | { kind: "access_ending"; grantId: string }
  | { kind: "access_ended"; grantId: string }
  | { kind: "course_update"; updateId: string; userId: string }
  /** What was sold that the tutor has a share of, and what was said in their courses, on a day (YYYY-MM-DD, UTC). */
  | { kind: "tutor_digest"; tutorId: string; day: string }
  /** For whoever runs the shop; once per key. */
  | { kind: "operator_alert"; key: string; subject: string; text: string };

export type NoticeKind = Notice["kind"];
export type NoticeOf<Kind extends NoticeKind> = Extract<Notice, { kind: Kind }>;

/** What people may decline, by the names that they see. */
export const TOPICS = ["course_updates", "tutor_digest"] as const;
export type Topic = (typeof TOPICS)[number];

export type PricedTitle = { title: string; price: Money };

/** What a notice of each kind says, complete but for the words. Links are ready to be followed. */
export type NoticeData = {
  welcome: { coursesUrl: string };
  verify_email: { url: string; validHours: number };
  confirm_email_change: { url: string; newEmail: string; validHours: number };
  email_changed: { formerEmail: string; newEmail: string; shopUrl: string };
  reset_password: { url: string; validMinutes: number };
  password_changed: { shopUrl: string };
  new_sign_in: { device: string; at: Date; shopUrl: string };
  tutor_invitation: { courseTitle: string; invitedBy: string; sharePercent: number; url: string };
  order_confirmation: {
    orderId: string;
    lines: PricedTitle[];
    discount: Money;
    total: Money;
    learnUrl: string;
  };
  payment_processing: { orderId: string; titles: string[]; total: Money };
  payment_failed: { orderId: string; titles: string[]; total: Money; retryUrl: string };
  refund: { orderId: string; titles: string[]; amount: Money; endsAccess: boolean };
  access_granted: { courseTitle: string; until: Date | null; courseUrl: string };
  access_ending: { courseTitle: string; until: Date; courseUrl: string };
  access_ended: {
    courseTitle: string;
    why: "expired" | "revoked" | "refunded" | "disputed";
    courseUrl: string;
  };
  course_update: { courseTitle: string; author: string; title: string; text: string; courseUrl: string };
  tutor_digest: {
    day: string;
    /** \`earned\`: the tutor's share of what was paid, without what was refunded. */
    sales: { title: string; count: number; earned: Money }[];
    comments: { courseTitle: string; lessonTitle: string; author: string; excerpt: string }[];
    dashboardUrl: string;
  };
  operator_alert: { subject: string; text: string };
};

/** A notice with all that it says. */
export type Message<Kind extends NoticeKind = NoticeKind> = {
  [Each in Kind]: { kind: Each; data: NoticeData[Each] };
}[Kind];

/** Who is told. `userId` is null for those without an account; `name` may be empty. */
export type Recipient = { userId: string | null; email: string; name: string; language: Language };

/** What is to be said to whom, or why it is not to be said any more. */
export type Saying = { to: Recipient; message: Message } | { cancelled: string };

/** A notice in words: as a mail, and in short for the list within the shop. */
export type Letter = {
  subject: string;
  text: string;
  html: string;
  brief: { title: string; text: string; url: string | null };
};

export interface Letters {
  /**
   * Puts a message into the recipient's words. No name or title in it is taken for markup, a header or a link.
   * `unsubscribeUrl` is shown where there is one.
   */
  write(message: Message, to: Recipient, unsubscribeUrl: string | null): Letter;
}

export type Mail = {
  /** Names the mail; becomes the Message-ID, so that a copy of the same mail is recognisable. */
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Where one click ends mails of this kind (RFC 8058); null for those that cannot be declined. */
  unsubscribeUrl: string | null;
  /**
   * Its Date, where that is ours to say. A copy of the same mail has the same: Exchange tells copies by Message-ID and
   * Date together.
   */
  date: Date;
};

/** What came of handing a mail over. */
export type Delivery =
  | { outcome: "accepted" }
  /** It was not taken, and may be tried again, after so many seconds where the provider says so. */
  | { outcome: "not_now"; reason: string; retryAfter?: number }
  /** It was not taken, and never will be, such as for an address that does not exist. */
  | { outcome: "refused"; reason: string }
  /** It was handed over and no answer came: it may have been taken. */
  | { outcome: "unknown"; reason: string };

export interface Mailer {
  /**
   * Hands a mail to the mail server, within three minutes; never throws for what the server does. Awaits
   * `beforeHandOver` at the last moment: before it resolves, the server cannot have taken the mail.
   */
  send(mail: Mail, beforeHandOver: () => Promise<void>): Promise<Delivery>;
}

/** A notice as it is put on its way. */
export type Parcel = {
  notice: Notice;
  /** What it is about: a kind is sent once per subject. */
  subject: string;
  /** Sent once per time that it is caused instead, but for those that still wait. */
  isRecurring: boolean;
  /** To many at once: it waits for urgent mail and for the provider's limits. */
  isBulk: boolean;
};

/** A mail that was claimed for delivery. */
export type ClaimedMail = {
  id: string;
  notice: Notice;
  /** Counts this try. */
  attempts: number;
  /** Tries that followed a hand-over to which no answer came, this one included: the server may have the mail. */
  unanswered: number;
  /** When it was first claimed. */
  date: Date;
};

/** How much may be sent; null: any number. */
export type MailLimits = {
  /** Mails in any 24 hours, by the provider's rule. */
  perDay: number | null;
  /** Mails to many, in any minute. */
  bulkPerMinute: number | null;
};

/** Mails on their way. What is added in a transaction is sent after its commit, and only then. */
export interface Outbox {
  /** Puts notices on their way, once per kind and subject, in the caller's transaction. */
  add(...parcels: Parcel[]): Promise<void>;
  /**
   * Takes up to `limit` mails that are due, urgent ones first, for `leaseSeconds`: whoever crashes meanwhile leaves
   * them to the next claim. Concurrent claims share nothing.
   */
  claim(
    input: { now: Date; limit: number; leaseSeconds: number; limits: MailLimits },
  ): Promise<ClaimedMail[]>;
  /** Why nothing may be mailed to the address, or nothing on the topic to the user; null when all is well. */
  objection(to: Recipient, topic: Topic | null): Promise<string | null>;
  /** Notes, committed, that the mail is about to be handed over to that address. */
  handOver(id: string, recipient: string, now: Date): Promise<void>;
  /** Ends a mail's way. */
  conclude(
    id: string,
    state: "sent" | "failed" | "cancelled" | "unconfirmed",
    reason: string | null,
  ): Promise<void>;
  /** Puts a mail back, to be tried again at that time; `mayHaveArrived` when it was handed over and no answer came. */
  postpone(id: string, until: Date, why: { reason: string; mayHaveArrived: boolean }): Promise<void>;
}

/** Signed links by which anyone who has them declines a topic for a user. They do not expire: neither do old mails. */
export interface UnsubscribeTokens {
  issue(claim: { userId: string; topic: Topic }): Promise<string>;
  /** Null for a token that is malformed or forged. */
  read(token: string): Promise<{ userId: string; topic: Topic } | null>;
}

/** `version` counts the passwords: links that are mailed hold it. */
export type Person = Recipient & {
  userId: string;
  emailVerifiedAt: Date | null;
  pendingEmail: string | null;
  version: number;
};

/** What notices speak of, as it stands at this moment. Each answers null for what does not exist (any more). */
export interface NoticeFacts {
  person(userId: string): Promise<Person | null>;
  /** Told at the account's present address, or at the order's where the account is gone. */
  order(orderId: string): Promise<
    | {
      to: Recipient;
      state: OrderState;
      lines: (PricedTitle & { courseSlug: string })[];
      discount: Money;
      total: Money;
    }
    | null
  >;
  grant(grantId: string): Promise<
    | {
      to: Recipient;
      courseTitle: string;
      courseSlug: string;
      endsAt: Date | null;
      /** What ended it before its time; null when nothing did. */
      endedBy: "revoked" | "refunded" | "disputed" | null;
      /** The student can watch the course now, by this grant or another. */
      hasAccess: boolean;
      /** Another grant lasts longer. */
      isOutlasted: boolean;
    }
    | null
  >;
  /** Told as the order is. `endsAccess`: a course that it is about can no more be watched by its purchase. */
  refund(refundId: string): Promise<
    | {
      to: Recipient;
      orderId: string;
      isFailed: boolean;
      titles: string[];
      amount: Money;
      endsAccess: boolean;
    }
    | null
  >;
  /** Told at the invited address, in its account's language where there is one. */
  invitation(invitationId: string): Promise<
    | { to: Recipient; isOpen: boolean; courseTitle: string; invitedBy: string; sharePercent: number }
    | null
  >;
  session(sessionId: string): Promise<{ to: Recipient; device: string; openedAt: Date } | null>;
  /** Null also when the user has no access to the course (any more). */
  update(updateId: string, userId: string): Promise<
    | { to: Recipient; courseTitle: string; courseSlug: string; author: string; title: string; text: string }
    | null
  >;
  /** Null when nothing happened on that day. */
  digest(
    tutorId: string,
    day: string,
  ): Promise<({ to: Recipient } & Pick<NoticeData["tutor_digest"], "sales" | "comments">) | null>;
}

export const MAIL_STATES = ["queued", "sending", "sent", "failed", "cancelled", "unconfirmed"] as const;
export type MailState = (typeof MAIL_STATES)[number];

/** What came of a mail, without what it says. */
export type SentMail = {
  id: string;
  kind: NoticeKind;
  /** What it is about. */
  subject: string;
  state: MailState;
  reason: string | null;
  /** Null until it was handed over. */
  recipient: string | null;
  attempts: number;
  createdAt: Date;
  updatedAt: Date;
};

export type Range = { limit: number; offset: number };

/** Mails for those who run the shop. */
export interface MailLog {
  /** Newest first. */
  list(state: MailState | null, range: Range): Promise<{ count: number; mails: SentMail[] }>;
  /** Puts a mail whose way has ended without success back into the queue, its tries forgotten. Null for any other. */
  requeue(id: string): Promise<{ before: MailState; mail: SentMail } | null>;
  /** Forgets mails whose way ended, and notices that were shown, before that moment. */
  purge(before: Date): Promise<void>;
}

export type Suppression = { email: string; reason: string; createdAt: Date };

/** Addresses that nothing is mailed to. */
export interface Suppressions {
  /** False when it was known already; the first reason stays. */
  add(email: string, reason: string): Promise<boolean>;
  list(range: Range): Promise<{ count: number; suppressions: Suppression[] }>;
  /** Null when there is none. */
  lift(email: string): Promise<Suppression | null>;
}

/** Which topics people declined. */
export interface MailPreferences {
  declined(userId: string): Promise<Topic[]>;
  /** Repeating it is harmless; without effect when the user is gone. */
  decline(userId: string, topic: Topic): Promise<void>;
  accept(userId: string, topic: Topic): Promise<void>;
}

/** News of a mail that ends further mail to its address. */
export type MailEvent = { email: string; reason: string };

export interface MailEvents {
  /**
   * Reads events that a mail provider signed, and keeps those that end mail to an address. Throws DomainError
   * `bad_signature`, or `not_found` where the shop has no key to verify them by.
   */
  verify(body: string, header: (name: string) => string | null): MailEvent[];
}

export type CourseUpdate = { id: string; title: string; text: string; author: string; createdAt: Date };

export interface CourseUpdates {
  /** Whether the person teaches the course, and whether they can watch it now; null when there is no such course. */
  reader(
    slugOrId: string,
    userId: string,
  ): Promise<{ courseId: string; teaches: boolean; hasAccess: boolean } | null>;
  add(update: { courseId: string; authorId: string; title: string; text: string }): Promise<CourseUpdate>;
  /** Newest first. */
  list(courseId: string, range: Range): Promise<{ count: number; updates: CourseUpdate[] }>;
  /**
   * The next people, at most `limit`, who have access to the update's course and whose mail is not in the outbox; empty
   * when all are. In a transaction: it holds the update and moves its mark past them.
   */
  nextReaders(updateId: string, limit: number): Promise<string[]>;
  /** Tutors who have a share of a sale of that day (YYYY-MM-DD, UTC), or in whose courses something was said. */
  tutorsWithNews(day: string): Promise<string[]>;
}

/** A notice in the list within the shop, in the words of the day it came. */
export type Brief = {
  id: string;
  kind: NoticeKind;
  title: string;
  text: string;
  url: string | null;
  createdAt: Date;
  readAt: Date | null;
};

export interface NoticeBoard {
  /** Shows a notice to a user, once per mail. */
  post(
    notice: {
      mailId: string;
      userId: string;
      kind: NoticeKind;
      title: string;
      text: string;
      url: string | null;
    },
  ): Promise<void>;
  /** The user's notices, newest first. `unread` counts all of them. */
  list(
    userId: string,
    range: Range,
  ): Promise<{ count: number; unread: number; notices: Brief[] }>;
  /** Marks all as read. */
  markAllRead(userId: string, now: Date): Promise<void>;
  /** Marks one as read, and counts those still unread; null when the user has no such notice. Repeating it is harmless. */
  markRead(userId: string, noticeId: string, now: Date): Promise<{ unread: number } | null>;
}
