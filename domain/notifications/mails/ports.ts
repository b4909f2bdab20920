import type { Notice, NoticeKind, Recipient, SmsCode, Topic } from "../ports.ts";
import type { Range } from "../../range.ts";

export type Mail = {
  /** Identifies the mail. Becomes the Message-ID, so that copies of a mail are recognised. */
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The URL for one-click unsubscription (RFC 8058); null for kinds that cannot be opted out of. */
  unsubscribeUrl: string | null;
  /**
   * Its Date header, if the transport lets us set it. Copies of a mail have the same, because Exchange recognises
   * copies by Message-ID and Date together.
   */
  date: Date;
};

/** The result of handing a notice over. */
export type Delivery =
  /** `vendorId`: the id that the vendor reports its delivery under, if it does so. */
  | { outcome: "accepted"; vendorId?: string }
  /** It was not accepted and may be retried; `retryAfter`: in so many seconds, if the provider says so. */
  | { outcome: "not_now"; reason: string; retryAfter?: number }
  /** It was refused permanently, for example because the address does not exist. */
  | { outcome: "refused"; reason: string }
  /** It was handed over without a response: it may have been accepted. */
  | { outcome: "unknown"; reason: string }
  /** The same happened in an earlier attempt. What came of it could not be found out, so nothing was handed over now. */
  | { outcome: "still_unknown"; reason: string };

export interface Mailer {
  /**
   * Hands a mail to the mail server, within three minutes. Never throws because of the server. Awaits
   * `beforeHandOver` at the last moment: until it resolves, the server cannot have accepted the mail.
   */
  send(mail: Mail, beforeHandOver: () => Promise<void>): Promise<Delivery>;
}

/**
 * The lanes in which mails wait, most urgent first, and the share of the daily limit at which each stops and leaves
 * the rest to more urgent ones: mails about purchases; about actions on the recipient's account; those that strangers
 * can cause by registering; those caused by others, such as invitations; and bulk mail.
 */
export const LANES = { money: 1, accounts: 0.95, newcomers: 0.85, others: 0.7, bulk: 0.6 };
export type Lane = keyof typeof LANES;

/** The ways by which notices travel. Each has its own entries, so that none waits for another. */
export const CHANNELS = ["mail", "sms", "webhook"] as const;
export type Channel = (typeof CHANNELS)[number];

/** A notice as it is queued. */
export type OutboxEntry = {
  channel: Channel;
  notice: Notice | SmsCode;
  /** What it is about: a kind is sent once per subject key. */
  subjectKey: string;
  /** Sent once per occurrence rather than once per subject, unless an earlier one is still queued. */
  isRecurring: boolean;
  lane: Lane;
};

/** A mail, or a notice on another channel, claimed for delivery. */
export type ClaimedMail<Said = Notice> = {
  id: string;
  notice: Said;
  /** The number of attempts, this one included. */
  attempts: number;
  /** Attempts after a hand-over without a response, this one included: the server may have the mail. */
  unanswered: number;
  /** The time of its first claim. */
  date: Date;
};

/** Identifies one attempt to deliver a mail: each attempt has its own number. */
export type Claim = Pick<ClaimedMail, "id" | "attempts">;

/** Sending limits; null: unlimited. */
export type MailLimits = {
  /** In any 24 hours, of the channel. */
  perDay: number | null;
  /** Bulk mails in any minute. */
  bulkPerMinute: number | null;
};

/** Notices to be delivered. Entries added in a transaction are sent only after its commit. */
export interface Outbox {
  /**
   * Queues notices in the caller's transaction, once per kind, subject key and channel. A notice that was cancelled
   * because its cause was undone is queued again if the cause recurs.
   */
  add(...entries: OutboxEntry[]): Promise<void>;
  /**
   * Claims up to `limit` due entries of a channel, lane by lane, for `leaseSeconds`. If the process crashes, they are
   * left to the next claim. Concurrent claims never share an entry.
   */
  claim<Said>(
    input: { channel: Channel; now: Date; limit: number; leaseSeconds: number; limits: MailLimits },
  ): Promise<ClaimedMail<Said>[]>;
  /**
   * Returns why the mail must not be sent: the address is suppressed, the user has opted out of the topic, or the
   * address has been sent `quota.mails` since then. Returns null if it may be sent.
   */
  objection(
    to: Recipient,
    topic: Topic | null,
    quota: { mails: number; since: Date } | null,
  ): Promise<string | null>;
  /**
   * Records and commits that the mail is about to be handed over to that address. Throws if the claim has expired and
   * another process has the mail, or if the recipient has been erased.
   */
  handOver(claim: Claim, to: Pick<Recipient, "email" | "userId">, now: Date): Promise<void>;
  /** Concludes a mail. Has no effect if the claim has expired. */
  conclude(
    claim: Claim,
    state: "sent" | "failed" | "cancelled" | "unconfirmed",
    reason: string | null,
    vendorId?: string,
  ): Promise<void>;
  /**
   * Puts a mail back, to be retried at that time. Has no effect if the claim has expired. `mayHaveArrived`: it was
   * handed over without a response; if `earlier`, in an earlier attempt only.
   */
  postpone(
    claim: Claim,
    until: Date,
    why: { reason: string; mayHaveArrived: boolean | "earlier" },
  ): Promise<void>;
}

/** What the vendor says about the delivery of an SMS. The last three are final. */
export type SmsDelivery = "queued" | "sending" | "sent" | "delivered" | "undelivered" | "failed";

export type MailState = "queued" | "sending" | "sent" | "failed" | "cancelled" | "unconfirmed";

/** A mail's delivery status, without its content. */
export type SentMail = {
  id: string;
  channel: Channel;
  kind: NoticeKind | SmsCode["kind"];
  /** What it is about. */
  subject: string;
  state: MailState;
  reason: string | null;
  /** Null until it was handed over. Of a telephone number only the last two digits. */
  recipient: string | null;
  /** What the vendor said last about the delivery of an SMS; else null. */
  delivery: SmsDelivery | null;
  attempts: number;
  createdAt: Date;
  updatedAt: Date;
};

/** The list of mails, for administrators. */
export interface MailLog {
  /** Newest first. */
  list(state: MailState | null, range: Range): Promise<{ count: number; mails: SentMail[] }>;
  /** Queues a mail that ended without success again, and resets its attempts. Returns null for any other mail. */
  requeue(id: string): Promise<{ before: MailState; mail: SentMail } | null>;
  /** Deletes mails that were concluded, and notices that were shown, before that time. */
  purge(before: Date): Promise<void>;
}

export type Suppression = { email: string; reason: string; createdAt: Date };

/** Addresses to which nothing is mailed. */
export interface Suppressions {
  /** Returns how many were new; those already listed keep their first reason. */
  add(...addresses: MailEvent[]): Promise<number>;
  list(range: Range): Promise<{ count: number; suppressions: Suppression[] }>;
  /** Returns null if there is none. */
  lift(email: string): Promise<Suppression | null>;
}

/** A bounce or complaint, which suppresses the address. */
export type MailEvent = { email: string; reason: string };

/**
 * Events that a mail provider signed. `token` identifies the signature, `said` is the body, which the signature need
 * not cover.
 */
export type SignedEvents = { token: string; said: string; events: MailEvent[] };

/** The signatures of mail providers that have been used. */
export interface MailEventTokens {
  /**
   * Records a signature. Returns whether it was seen before, and if so whether with the same body. To be used in a
   * transaction.
   */
  see(signed: Pick<SignedEvents, "token" | "said">): Promise<"new" | "repeated" | "forged">;
  /** Deletes the tokens first seen before that time. */
  purge(before: Date): Promise<void>;
}

export interface MailEvents {
  /**
   * Reads events that a mail provider signed, and returns those that suppress an address. Throws DomainError
   * `bad_signature`, or `not_found` if the shop has no key to verify them with.
   */
  verify(body: string, header: (name: string) => string | null): SignedEvents;
}
