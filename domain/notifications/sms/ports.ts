import type { Language } from "../../accounts/ports.ts";
import type { Delivery, SmsDelivery } from "../mails/ports.ts";
import type { Message } from "../ports.ts";

/** The notices that people may want by SMS too, by their public names. */
export const SMS_TOPICS = ["access_ending", "payment_failed"] as const;
export type SmsTopic = (typeof SMS_TOPICS)[number];

/** Why a number gets no SMS: its owner replied STOP, or it cannot get any. */
export type NumberProblem = "stopped" | "unreachable";

/** Where SMS may go; null: the shop sends none. */
export type SmsPolicy = {
  /** ISO 3166-1, two letters. */
  countries: string[];
  /** The operator's number in E.164, for alerts; null: none. */
  alertNumber: string | null;
} | null;

export interface PhoneNumbers {
  /** Returns a number that may get SMS, in E.164, with its country; null for anything else. */
  read(text: string): Promise<{ number: string; country: string } | null>;
}

export interface SmsCodes {
  /** Returns a new code, and a hash that only the holder of the shop's secret can compute. */
  create(userId: string): { code: string; hash: string };
  matches(userId: string, code: string, hash: string): boolean;
}

export type SmsNumber = {
  /** In E.164. */
  number: string;
  confirmedAt: Date | null;
  problem: NumberProblem | null;
  codeRequestedAt: Date | null;
  /** Since when the person wants each topic; topics without a wish are missing. */
  consents: Partial<Record<SmsTopic, Date>>;
};

/** The last code that was sent. */
export type SentCode = { hash: string; expiresAt: Date; tries: number };

/** People's numbers. A person has at most one. */
export interface SmsNumbers {
  /** Returns null if there is none. */
  find(userId: string): Promise<SmsNumber | null>;
  /** Does the same, and keeps everybody else from changing the person's number until the transaction ends. */
  lock(userId: string): Promise<(SmsNumber & { code: SentCode | null }) | null>;
  /** Stores an unconfirmed number for which a code was requested. The consents stay only if it is the same number. */
  request(userId: string, number: string, at: Date): Promise<void>;
  confirm(userId: string, at: Date): Promise<void>;
  countWrongCode(userId: string): Promise<void>;
  /** Does nothing if there is none. */
  remove(userId: string): Promise<void>;
  consent(userId: string, topic: SmsTopic): Promise<void>;
  withdraw(userId: string, topic: SmsTopic): Promise<void>;
  /**
   * Stores a code that is about to be sent, in place of the last one, and returns the number. Returns null if the
   * number was confirmed or removed, or another code was requested since.
   */
  issue(
    userId: string,
    code: { hash: string; expiresAt: Date; requestedAt: string },
  ): Promise<string | null>;
  /** Returns the confirmed number of a person who wants the topic; else null. */
  wanted(userId: string, topic: SmsTopic): Promise<string | null>;
  /** Returns the ids of those grants and orders whose student wants the topic by SMS. */
  wishes(notices: { topic: SmsTopic; id: string }[]): Promise<Set<string>>;
  /** Marks a number, whoever has it; with the id of an SMS, only who has not set it again after that was sent. */
  mark(number: string, problem: NumberProblem, mailId?: string): Promise<void>;
  /**
   * Records what the vendor says about an SMS, by the id of its entry in the outbox, unless something else than
   * `after` was said before. An entry that still waits to be found out about counts as sent.
   */
  noteDelivery(status: SmsStatus, after: SmsDelivery[]): Promise<void>;
}

export type Sms = {
  /** In E.164. */
  to: string;
  text: string;
  /** The id of its entry in the outbox, under which its delivery is reported. */
  id: string;
  /** After so many seconds it is not delivered any more. */
  validSeconds: number;
};

export type SmsOutcome =
  | Exclude<Delivery, { outcome: "refused" }>
  | { outcome: "refused"; reason: string; problem?: NumberProblem };

export interface Texter {
  /**
   * Hands an SMS to the vendor, within 15 seconds. Never throws because of the vendor, and never names the number.
   * Awaits `beforeHandOver` at the last moment.
   */
  send(sms: Sms, beforeHandOver: () => Promise<void>): Promise<SmsOutcome>;
  /**
   * Returns the vendor's id of an SMS with that text that it was given since then; null if it has none. Throws
   * DomainError `vendor_unavailable` if it does not say.
   */
  find(sms: Sms, since: Date): Promise<string | null>;
}

/** What the vendor reported about an SMS. `reason`: its error code; null if it reports none. */
export type SmsStatus = { mailId: string; vendorId: string; delivery: SmsDelivery; reason: string | null };

export interface SmsReports {
  /**
   * Reads a report that the vendor signed. Returns null for a status that means nothing here. Throws DomainError
   * `bad_signature`, or `not_found` if the shop sends no SMS.
   */
  verify(
    body: string,
    header: (name: string) => string | null,
    mailId: string,
  ): { status: SmsStatus; number: string; problem: NumberProblem | null } | null;
}

/** What is said by SMS. */
export type SmsMessage =
  | Message<SmsTopic | "operator_alert">
  | { kind: "sms_code"; data: { code: string; validMinutes: number } };

export interface SmsWords {
  /** Writes a message in few words, within one segment if names allow it. */
  write(message: SmsMessage, language: Language): string;
}
