import type { Language } from "../accounts/ports.ts";
import type { OrderState } from "../checkout/ports.ts";
import type { Money } from "../money.ts";
import type { Range } from "../range.ts";

/** A notice to a person. It holds ids only: names, addresses and texts are looked up when it is sent. */
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
  /** For the operator; once per key. */
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
  /** `lines` less `discount` with `tax` are `total`, which was charged; `opened`: the courses to which it gives access. */
  order_confirmation: {
    orderId: string;
    lines: PricedTitle[];
    discount: Money;
    tax: Money;
    total: Money;
    opened: string[];
    learnUrl: string;
  };
  payment_processing: { orderId: string; titles: string[]; total: Money };
  payment_failed: { orderId: string; titles: string[]; total: Money; retryUrl: string };
  refund: { orderId: string; titles: string[]; amount: Money; ended: string[] };
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
    /** `earned`: the tutor's share of what was paid, without what was refunded. */
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

/**
 * The recipient of a notice. `userId` is null for people without an account; `name` may be empty. `isProven`: the
 * account's owner has shown that they read this mailbox. Mail to an unproven address may reach somebody who never asked
 * for it.
 */
export type Recipient = {
  userId: string | null;
  email: string;
  name: string;
  language: Language;
  isProven: boolean;
};

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
   * Writes a message in the recipient's language. Names and titles in it are never treated as markup, a header or a
   * link, and recipients who do not know the person who chose them are not shown a place to turn to. `unsubscribeUrl`
   * is shown if present.
   */
  write(message: Message, to: Recipient, unsubscribeUrl: string | null): Letter;
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
      /** `isOpen`: it gives access, or does so again when a dispute is over. */
      lines: (PricedTitle & { courseSlug: string; isOpen: boolean })[];
      discount: Money;
      /** On top of the prices. */
      tax: Money;
      /** What was charged; before that, the amount to be paid as far as it is known. */
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
  /**
   * Told as the order is. `titles`: the courses that it is about, by name or, where it has none, those that were not given back
   * by name before; `ended`: those of them that can no more be watched by their purchase, since they are given back.
   */
  refund(refundId: string): Promise<
    | {
      to: Recipient;
      orderId: string;
      isFailed: boolean;
      titles: string[];
      amount: Money;
      ended: string[];
    }
    | null
  >;
  /** Told at the invited address, in its account's language where there is one. */
  invitation(invitationId: string): Promise<
    | { to: Recipient; isOpen: boolean; courseTitle: string; invitedBy: string; sharePercent: number }
    | null
  >;
  session(sessionId: string): Promise<{ to: Recipient; device: string; openedAt: Date } | null>;
  /** Null also when the user has no access to the course. */
  update(updateId: string, userId: string): Promise<
    | { to: Recipient; courseTitle: string; courseSlug: string; author: string; title: string; text: string }
    | null
  >;
  /** Tutors who have a share of a sale of that day (YYYY-MM-DD, UTC), or in whose courses something was said. */
  tutorsWithNews(day: string): Promise<string[]>;
  /** Null when nothing happened on that day. */
  digest(
    tutorId: string,
    day: string,
  ): Promise<({ to: Recipient } & Pick<NoticeData["tutor_digest"], "sales" | "comments">) | null>;
}

/** Which topics people declined. */
export interface MailPreferences {
  declined(userId: string): Promise<Topic[]>;
  /** Repeating it is harmless; without effect when the user is gone. */
  decline(userId: string, topic: Topic): Promise<void>;
  accept(userId: string, topic: Topic): Promise<void>;
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
