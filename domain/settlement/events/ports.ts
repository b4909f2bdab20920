import type { Evidence } from "../evidence.ts";
import type { Range } from "../../range.ts";

/** A webhook event with a verified signature, or one that the provider itself listed. */
export type PaymentEvent = {
  /** The provider's id of the event. */
  id: string;
  type: string;
  /** The verified body, kept for the record. */
  payload: string;
  reading: EventReading;
};

/** What an event tells us: its own evidence, or if that is not enough, what to fetch from the provider. */
export type EventReading =
  | { kind: "evidence"; evidence: Evidence }
  | { kind: "refunds_of"; paymentIntentId: string }
  | { kind: "dispute"; disputeId: string }
  /** `why` in one sentence, for an operator. */
  | { kind: "nothing"; why: string };

export interface PaymentEvents {
  /** Throws DomainError `bad_signature` unless the body was signed within the last 300 seconds by the provider. */
  verify(body: string, signature: string | null): Promise<PaymentEvent>;
  /** Reads a body that has been verified before. */
  read(body: string): PaymentEvent;
}

/**
 * Results of a received event, each with its outcome: the word under which it is stored, counted and reported to
 * integrators. `accepted`: not applied yet. `failed`: retried on the next delivery. `dead`: given up, with an alert.
 */
export const EVENT_OUTCOME = {
  accepted: "accepted",
  settled: "settle",
  flagged: "flag",
  kept: "keep",
  ignored: "ignore",
  failed: "failed",
  dead: "dead",
} as const;
export type EventResult = keyof typeof EVENT_OUTCOME;
export type EventOutcome = (typeof EVENT_OUTCOME)[EventResult];

export interface Inbox {
  /**
   * Returns true for the first delivery of an event to an endpoint, and for one whose application failed before;
   * false for all others. A concurrent delivery waits for the first.
   */
  accept(endpoint: string, event: PaymentEvent): Promise<boolean>;
  /** Stores the result of an accepted event. */
  conclude(endpoint: string, eventId: string, result: EventResult, reason: string | null): Promise<void>;
  /**
   * Counts a failed application, in its own transaction. From the given number on, the event is `dead`. Returns how
   * many there were.
   */
  countFailure(endpoint: string, event: PaymentEvent, reason: string, deadAfter: number): Promise<number>;
}

/** A received event with its result. */
export type EventRecord = {
  id: string;
  endpoint: string;
  /** The provider's id. */
  eventId: string;
  type: string;
  result: EventResult;
  reason: string | null;
  /** Failed applications so far. */
  attempts: number;
  payload: unknown;
  receivedAt: Date;
  updatedAt: Date;
};

export interface ReceivedEvents {
  find(id: string): Promise<EventRecord | null>;
  /** Newest first. */
  list(
    filter: { outcome?: EventOutcome; type?: string; eventId?: string },
    range: Range,
  ): Promise<{ count: number; events: Omit<EventRecord, "payload">[] }>;
}
