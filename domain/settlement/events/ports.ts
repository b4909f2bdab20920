import type { Evidence } from "../evidence.ts";
import type { Range } from "../../range.ts";

/** A webhook event whose signature was verified, or that the provider itself listed. */
export type PaymentEvent = {
  /** The provider's id of the event. */
  id: string;
  type: string;
  /** The verified body, kept for the record. */
  payload: string;
  reading: EventReading;
};

/** What an event is about. Where its own word is not enough, it names what to ask the provider for. */
export type EventReading =
  | { kind: "evidence"; evidence: Evidence }
  | { kind: "refunds_of"; paymentIntentId: string }
  | { kind: "dispute"; disputeId: string }
  /** `why` in one sentence, for an operator. */
  | { kind: "nothing"; why: string };

export interface PaymentEvents {
  /** Throws DomainError `bad_signature` unless the body was signed within the last 300 seconds by the provider. */
  verify(body: string, signature: string | null): Promise<PaymentEvent>;
  /** Reads a body that was verified before. */
  read(body: string): PaymentEvent;
}

/**
 * Results of a received event, each with its outcome: the word under which it is stored, counted and reported to integrators.
 * `accepted`: not applied yet. `failed`: tried again when it is delivered again. `dead`: given up, with an alert.
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
   * True for the first delivery of an event to an endpoint, and for one whose application failed before; false ever
   * after. A concurrent one waits for the first.
   */
  accept(endpoint: string, event: PaymentEvent): Promise<boolean>;
  /** Stores the result of an accepted event. */
  conclude(endpoint: string, eventId: string, result: EventResult, reason: string | null): Promise<void>;
  /** Counts a failed application, in a transaction of its own; `dead` from the given number on. Returns how many there were. */
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
