import type { Notice, NoticeKind, Recipient, Topic } from "../ports.ts";
import type { Range } from "../../range.ts";

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

/**
 * The lanes that mails wait in, those that go first first, and the share of a day's limit after which each stops and leaves the rest
 * to those before it: what somebody paid for; what people do with their account; what strangers can have mailed by registering;
 * what others cause, such as invitations; and mail to many.
 */
export const LANES = { money: 1, accounts: 0.95, newcomers: 0.85, others: 0.7, bulk: 0.6 };
export type Lane = keyof typeof LANES;

/** A notice as it is queued. */
export type OutboxEntry = {
  notice: Notice;
  /** What it is about: a kind is sent once per subject. */
  subjectKey: string;
  /** Sent once per occurrence rather than once per subject, unless an earlier one is still queued. */
  isRecurring: boolean;
  lane: Lane;
};

/** A mail that was claimed for delivery. */
export type ClaimedMail = {
  id: string;
  notice: Notice;
  /** Counts this try. */
  attempts: number;
  /** Attempts after a hand-over without a response, this one included: the server may have the mail. */
  unanswered: number;
  /** When it was first claimed. */
  date: Date;
};

/** Identifies one attempt to deliver a mail: each attempt has its own number. */
export type Claim = Pick<ClaimedMail, "id" | "attempts">;

/** Sending limits; null: unlimited. */
export type MailLimits = {
  /** Mails in any 24 hours, by the provider's rule. */
  perDay: number | null;
  /** Mails to many, in any minute. */
  bulkPerMinute: number | null;
};

/** Mails to be delivered. Entries added in a transaction are sent only after its commit. */
export interface Outbox {
  /**
   * Queues notices in the caller's transaction, once per kind and subject key. A notice that was cancelled because its
   * cause was undone is queued again when it is caused again.
   */
  add(...entries: OutboxEntry[]): Promise<void>;
  /**
   * Claims up to `limit` due mails, lane by lane, for `leaseSeconds`. If the process crashes, they are left to the next
   * claim. Concurrent claims never share a mail.
   */
  claim(
    input: { now: Date; limit: number; leaseSeconds: number; limits: MailLimits },
  ): Promise<ClaimedMail[]>;
  /**
   * Why nothing may be mailed to the address, nothing on the topic to the user, or nothing more to the address, which was handed
   * `quota.mails` since then; null when all is well.
   */
  objection(
    to: Recipient,
    topic: Topic | null,
    quota: { mails: number; since: Date } | null,
  ): Promise<string | null>;
  /**
   * Records and commits that the mail is about to be handed over to that address. Throws when the claim has expired and
   * another process has the mail, or when the recipient has been erased.
   */
  handOver(claim: Claim, to: Recipient, now: Date): Promise<void>;
  /** Concludes a mail; has no effect when the claim has expired. */
  conclude(
    claim: Claim,
    state: "sent" | "failed" | "cancelled" | "unconfirmed",
    reason: string | null,
  ): Promise<void>;
  /**
   * Puts a mail back, to be tried again at that time; `mayHaveArrived` when it was handed over and no answer came. Without
   * effect when the claim has run out.
   */
  postpone(claim: Claim, until: Date, why: { reason: string; mayHaveArrived: boolean }): Promise<void>;
}

export type MailState = "queued" | "sending" | "sent" | "failed" | "cancelled" | "unconfirmed";

/** A mail's delivery status, without its content. */
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

/** The list of mails, for administrators. */
export interface MailLog {
  /** Newest first. */
  list(state: MailState | null, range: Range): Promise<{ count: number; mails: SentMail[] }>;
  /** Queues a mail again that ended without success, and resets its attempts. Returns null for any other. */
  requeue(id: string): Promise<{ before: MailState; mail: SentMail } | null>;
  /** Deletes mails that were concluded, and notices that were shown, before that time. */
  purge(before: Date): Promise<void>;
}

export type Suppression = { email: string; reason: string; createdAt: Date };

/** Addresses that nothing is mailed to. */
export interface Suppressions {
  /** Returns how many were new; those already listed keep their first reason. */
  add(...addresses: MailEvent[]): Promise<number>;
  list(range: Range): Promise<{ count: number; suppressions: Suppression[] }>;
  /** Null when there is none. */
  lift(email: string): Promise<Suppression | null>;
}

/** A bounce or complaint, which suppresses the address. */
export type MailEvent = { email: string; reason: string };

/** What a mail provider signed: `token` names the signature, `said` what came with it, for a signature need not cover that. */
export type SignedEvents = { token: string; said: string; events: MailEvent[] };

/** Which signatures of mail providers were seen. */
export interface MailEventTokens {
  /** Notes one; returns whether it was seen before, and then whether with the same. In a transaction. */
  see(signed: Pick<SignedEvents, "token" | "said">): Promise<"new" | "repeated" | "forged">;
  /** Deletes the tokens first seen before that time. */
  purge(before: Date): Promise<void>;
}

export interface MailEvents {
  /**
   * Reads events that a mail provider signed, and keeps those that end mail to an address. Throws DomainError
   * `bad_signature`, or `not_found` where the shop has no key to verify them by.
   */
  verify(body: string, header: (name: string) => string | null): SignedEvents;
}
