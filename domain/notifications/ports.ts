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
  | { kind: "choose_password"; userId: string; isMerged: boolean }
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
  /** Sales in which the tutor has a share, and comments in their courses, on a day (YYYY-MM-DD, UTC). */
  | { kind: "tutor_digest"; tutorId: string; day: string }
  /** An alert to the operator; once per key. */
  | { kind: "operator_alert"; key: string; subject: string; text: string };

export type NoticeKind = Notice["kind"];

/** The code that confirms a telephone number, requested at that time. It is made when it is sent, by SMS only. */
export type SmsCode = { kind: "sms_code"; userId: string; requestedAt: string };

export type NoticeOf<Kind extends NoticeKind> = Extract<Notice, { kind: Kind }>;

/** The topics that people can opt out of, by their public names. */
export const TOPICS = ["course_updates", "tutor_digest"] as const;

export type Topic = (typeof TOPICS)[number];

export type PricedTitle = { title: string; price: Money };

/** The data of each kind of notice, ready to be put into words. Links are complete. */
export type NoticeData = {
  welcome: { coursesUrl: string };
  verify_email: { url: string; validHours: number };
  confirm_email_change: { url: string; newEmail: string; validHours: number };
  email_changed: { formerEmail: string; newEmail: string; shopUrl: string };
  reset_password: { url: string; validMinutes: number };
  /** For people of the former shop without a usable password. `isMerged`: they had several accounts. */
  choose_password: { url: string; validDays: number; isMerged: boolean };
  password_changed: { shopUrl: string };
  new_sign_in: { device: string; at: Date; shopUrl: string };
  tutor_invitation: { courseTitle: string; invitedBy: string; sharePercent: number; url: string };
  /**
   * `lines` minus `discount` plus `tax` is `total`, the amount charged. `opened`: the courses to which it gives
   * access.
   */
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
    /** `earned`: the tutor's share of what was paid and not refunded. */
    sales: { title: string; count: number; earned: Money }[];
    comments: { courseTitle: string; lessonTitle: string; author: string; excerpt: string }[];
    dashboardUrl: string;
  };
  operator_alert: { subject: string; text: string };
};

/** A notice with its data. */
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

/** A message with its recipient, or the reason why it is cancelled. */
export type Saying = { to: Recipient; message: Message } | { cancelled: string };

/** A notice in words: as a mail, and abridged for the list within the shop. */
export type Letter = {
  subject: string;
  text: string;
  html: string;
  brief: { title: string; text: string; url: string | null };
};

export interface Letters {
  /**
   * Writes a message in the recipient's language. Names and titles in it are never treated as markup, a header or a
   * link, and recipients who do not know the person who chose them are shown no contact details in them.
   * `unsubscribeUrl` is shown if present.
   */
  write(message: Message, to: Recipient, unsubscribeUrl: string | null): Letter;
}

/**
 * Signed links that opt a user out of a topic, for anybody who has them. They do not expire, because old mails stay
 * around.
 */
export interface UnsubscribeTokens {
  issue(claim: { userId: string; topic: Topic }): Promise<string>;
  /** Returns null for a token that is malformed or forged. */
  read(token: string): Promise<{ userId: string; topic: Topic } | null>;
}

/** `version` counts the password changes. Mailed links contain it. */
export type Person = Recipient & {
  userId: string;
  emailVerifiedAt: Date | null;
  pendingEmail: string | null;
  version: number;
};

/** The current data for notices. Each method returns null for something that does not exist. */
export interface NoticeFacts {
  person(userId: string): Promise<Person | null>;
  /** `to` is at the account's current address, or at the order's if the account no longer exists. */
  order(orderId: string): Promise<
    | {
      to: Recipient;
      state: OrderState;
      /** `isOpen`: it gives access, or will again after a dispute. */
      lines: (PricedTitle & { courseSlug: string; isOpen: boolean })[];
      discount: Money;
      /** Added to the prices. */
      tax: Money;
      /** The amount charged; before payment, the expected amount as far as it is known. */
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
      /** What ended it early; null if nothing did. */
      endedBy: "revoked" | "refunded" | "disputed" | null;
      /** Whether the student can watch the course now, by this grant or another. */
      hasAccess: boolean;
      /** Whether another grant lasts longer. */
      isOutlasted: boolean;
    }
    | null
  >;
  /**
   * `to` is chosen as for `order`. `titles`: the courses of the refunded lines; for a refund without lines, those
   * whose lines were not refunded before. `ended`: those of them to which the purchase no longer gives access because
   * they were refunded.
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
  /** `to` is the invited address, in the language of its account if there is one. */
  invitation(invitationId: string): Promise<
    | { to: Recipient; isOpen: boolean; courseTitle: string; invitedBy: string; sharePercent: number }
    | null
  >;
  session(sessionId: string): Promise<{ to: Recipient; device: string; openedAt: Date } | null>;
  /** Returns null also if the user has no access to the course. */
  update(updateId: string, userId: string): Promise<
    | { to: Recipient; courseTitle: string; courseSlug: string; author: string; title: string; text: string }
    | null
  >;
  /**
   * Returns the ids of tutors with a share in a sale of that day (YYYY-MM-DD, UTC), or with a comment in their
   * courses.
   */
  tutorsWithNews(day: string): Promise<string[]>;
  /** Returns null if nothing happened on that day. */
  digest(
    tutorId: string,
    day: string,
  ): Promise<({ to: Recipient } & Pick<NoticeData["tutor_digest"], "sales" | "comments">) | null>;
}

/** The topics that people have opted out of. */
export interface MailPreferences {
  declined(userId: string): Promise<Topic[]>;
  /** Opts the user out of a topic. Repeating it is harmless. Has no effect if the user no longer exists. */
  decline(userId: string, topic: Topic): Promise<void>;
  accept(userId: string, topic: Topic): Promise<void>;
}

/** A notice in the list within the shop, as it was worded when it was sent. */
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
  /** Lists the user's notices, newest first. `unread` counts all unread ones. */
  list(
    userId: string,
    range: Range,
  ): Promise<{ count: number; unread: number; notices: Brief[] }>;
  /** Marks all as read. */
  markAllRead(userId: string, now: Date): Promise<void>;
  /**
   * Marks one as read and returns how many are still unread; null if the user has no such notice. Repeating it is
   * harmless.
   */
  markRead(userId: string, noticeId: string, now: Date): Promise<{ unread: number } | null>;
}
