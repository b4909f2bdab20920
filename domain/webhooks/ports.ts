import type { Range } from "../range.ts";

/** Events that endpoints may ask for. The contract describes each under `webhooks`. */
export const EVENT_TYPES = [
  "order.paid",
  "order.refunded",
  "dispute.opened",
  "dispute.closed",
  "access.granted",
  "access.ended",
  "course.published",
  "course.unpublished",
  "enrollment.completed",
  "user.registered",
  "review.created",
  "operator.alert",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The event by which one tries an endpoint. */
export const TEST_EVENT = "webhook.test";

/** An address of an integrator that is told of events. */
export type Endpoint = {
  id: string;
  url: string;
  description: string;
  eventTypes: EventType[];
  createdAt: Date;
  /** Null if events are sent to it. */
  disabled: { at: Date; reason: string } | null;
};

export type EndpointChange = Partial<
  Pick<Endpoint, "url" | "description" | "eventTypes"> & { isEnabled: boolean }
>;

/** `sending`: a process is at it, or died at it; then it is tried again. `failed`: given up. */
export type DeliveryState = "pending" | "sending" | "delivered" | "failed";

/** An event on its way to one endpoint. */
export type Delivery = {
  id: string;
  endpointId: string;
  /** The same for every try: what the receiver knows a repetition by. */
  messageId: string;
  type: EventType | typeof TEST_EVENT;
  state: DeliveryState;
  attempts: number;
  /** When it is tried next; null if it is not. */
  dueAt: Date | null;
  responseStatus: number | null;
  /** Why the last try failed; empty if it did not. */
  error: string;
  createdAt: Date;
};

/** A delivery that this process is to send now. */
export type DueDelivery = {
  id: string;
  endpointId: string;
  url: string;
  /** The endpoint's secrets: the current one, then the one that it replaces while that still signs. */
  secrets: string[];
  message: { id: string; type: string; occurredAt: Date; data: unknown };
  /** Tries before this one. */
  attempts: number;
};

export type DeliveryResult =
  | { state: "delivered"; status: number }
  | { state: "pending" | "failed"; status: number | null; error: string; afterSeconds: number };

export interface Endpoints {
  add(endpoint: Pick<Endpoint, "url" | "description" | "eventTypes"> & { secret: string }): Promise<Endpoint>;
  byId(id: string): Promise<Endpoint | null>;
  list(range: Range): Promise<{ count: number; endpoints: Endpoint[] }>;
  /** Returns null if there is no such endpoint. Enabled again, it is sent what waits for it. */
  change(id: string, change: EndpointChange): Promise<Endpoint | null>;
  /** Also deletes its deliveries. */
  remove(id: string): Promise<boolean>;
  /** Replaces the secret. The former one signs as well for so many seconds. */
  rotate(id: string, secret: string, formerSeconds: number): Promise<Endpoint | null>;
  /** Returns false if it already was disabled, or has taken another delivery since then; null: whatever it took. */
  disable(id: string, reason: string, unlessDeliveredSince: Date | null): Promise<boolean>;
  /** Queues a test event for the endpoint alone, even if it is disabled for all others. Returns its delivery. */
  queueTest(id: string): Promise<Delivery | null>;
}

export interface Deliveries {
  list(
    filter: { endpointId?: string; state?: DeliveryState },
    range: Range,
  ): Promise<{ count: number; deliveries: Delivery[] }>;
  /** Queues a delivery once more, with the same message. Returns null if there is none, or it is on its way. */
  replay(id: string): Promise<Delivery | null>;
  /**
   * Takes deliveries that are due, for the given seconds, at most `perEndpoint` under way per endpoint over all
   * processes, the longest waiting first. What was taken longer ago counts as due again. Serialises all callers until
   * the end of their transactions.
   */
  claim(limits: { most: number; perEndpoint: number; leaseSeconds: number }): Promise<DueDelivery[]>;
  conclude(id: string, result: DeliveryResult): Promise<void>;
  /** Deletes messages that happened before so many seconds, with their deliveries. */
  purge(olderThanSeconds: number): Promise<void>;
}

export interface EndpointSecrets {
  /** Returns a new random secret (`whsec_…`). */
  issue(): string;
}

/** What an endpoint said to a try. */
export type Receipt = { status: number; retryAfterSeconds: number | null };

export interface Messenger {
  /**
   * Throws DomainError `invalid_input` for an address that can never be sent to: not https, not a host name or public
   * address, with credentials or a port of its own.
   */
  requireSendable(url: string): Promise<void>;
  /**
   * Sends a signed message once, to a public address only, following no redirect. Throws an error with the reason in
   * its message if the endpoint does not respond within 15 seconds.
   */
  send(
    to: { url: string; secrets: string[] },
    message: { id: string; body: string; now: Date },
  ): Promise<Receipt>;
}
