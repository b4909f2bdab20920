import type { Delivery } from "../notifications/mails/ports.ts";

/**
 * The subjects of all alerts. A colon and details may follow. `adapters/config/deploy.md` says what to do about each.
 */
export const ALERT_SUBJECTS = [
  "A payment needs a review",
  "A payment of the former shop has no order",
  "A payment is disputed",
  "A refund was refused",
  "A refund failed",
  "An event from Stripe could not be applied",
  "Stripe is silent",
  "A job was given up",
  "A dead letter was found",
  "Money and access do not agree",
  "The video service is down",
  "A webhook endpoint was disabled",
] as const;

type Subject = (typeof ALERT_SUBJECTS)[number];
export type AlertSubject = Subject | `${Subject}: ${string}`;

/**
 * An alert to the operator, raised once per key until it is resolved. Parts of a key are separated by colons, from the
 * cause to its details.
 */
export type Alert = { key: string; subject: AlertSubject; text: string };

/** How often the cause of an alert has come about. */
export type Raised = { times: number };

export interface Alerts {
  /** Records an alert for the operator. Returns null if one with that key is not resolved. */
  raise(alert: Alert): Promise<Raised | null>;
  /**
   * Resolves the alerts with that key or whose key begins with it and a colon. Returns the latest of them; null if
   * there were none.
   */
  resolve(cause: string): Promise<(Pick<Alert, "key" | "subject"> & Raised) | null>;
}

/** The operator's chat or other receiver of alerts. */
export interface AlertWebhook {
  /**
   * Posts an alert, within 15 seconds. Never throws because of the receiver, and never names its URL, which is a secret.
   * Awaits `beforeHandOver` at the last moment.
   */
  post(alert: { subject: string; text: string }, beforeHandOver: () => Promise<void>): Promise<Delivery>;
}

/** A violation of an invariant. */
export type Violation = {
  invariant: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
  subject: string;
  detail: string;
  /** The order to settle again, if that repairs it. */
  orderId: string | null;
  /** The student whose access to suspend, if that repairs it. */
  studentId: string | null;
  /** The key of the missing alert, if one is missing. */
  alertKey: string | null;
};

export interface Violations {
  /** Lists current violations, at most a few hundred per invariant. Reads every order. */
  all(): Promise<Violation[]>;
  /**
   * Does the same for orders that any statement changed since they were last found intact. A broken order is found
   * again until it is repaired. The cost depends on what has changed, not on how many orders there are.
   */
  changed(): Promise<Violation[]>;
  /**
   * Marks every broken order as changed, for changes that the triggers did not see, such as a restore. Reads every
   * order.
   */
  noteUnchanged(): Promise<void>;
}

/** `error`, `stack`: of the last attempt. */
export type DeadJob = { id: string; kind: string; error: string; stack: string | null };

export interface Watch {
  /**
   * Returns when the last event arrived, if that is before the given time and an order has been open since before it;
   * else null.
   */
  quietSince(before: Date): Promise<Date | null>;
  /** Returns the keys of the alerts that are not resolved and whose cause a recurring check can find to be over. */
  openAlerts(): Promise<string[]>;
  /** Returns the jobs that were given up. */
  deadJobs(): Promise<DeadJob[]>;
  /** Stores the number of violations of each invariant at that time, for the metrics. */
  noteChecks(broken: { invariant: number; count: number }[], at: Date): Promise<void>;
}

/**
 * What is counted and measured in the database for operators, by name. No value is larger than what happened lately or
 * waits, so that reading them takes as long in a large shop as in a small one.
 */
export const GAUGES = {
  orders: "Orders of the last 24 hours, by state.",
  oldest_order_under_way_seconds:
    "Age of the oldest order that is neither paid nor over; 0 if there is none.",
  payment_events: "Events received from Stripe in the last 24 hours, by outcome.",
  dead_payment_events: "Events from Stripe that were given up.",
  seconds_since_last_payment_event: "Time since the last event from Stripe.",
  webhook_lag_seconds:
    "Longest time from an event's creation at Stripe to its arrival, in the last 15 minutes.",
  refunds_under_way: "Refunds that Stripe has not answered for yet, by status.",
  disputes: "Disputes, by status.",
  payments_to_review: "Payments that an administrator must review.",
  broken_invariants: "Violations at the last check, by invariant.",
  seconds_since_invariants_checked: "Time since the invariants were last checked.",
  jobs: "Jobs that wait or run, by kind and state.",
  oldest_due_job_seconds: "For how long the oldest due job has waited, by kind.",
  seconds_since_recurring_job: "Time since a recurring job last succeeded within two days, by kind.",
  dead_jobs: "Jobs that were given up.",
  mails: "Mails that wait or were not sent, by state.",
  oldest_due_mail_seconds: "For how long the oldest due mail has waited; 0 if none is due.",
  oldest_stale_response_seconds:
    "For how long an edge cache may have served old responses; 0 if it does not.",
  database_connections: "Connections of this process to the database, by state.",
  database_waiting: "Statements of this process that wait for a connection.",
} as const;

export type Gauge = { name: keyof typeof GAUGES; labels: Record<string, string>; value: number };

export interface Gauges {
  /** Reads all gauges, in a fixed number of queries. */
  read(): Promise<Gauge[]>;
}

/** Work that is measured: a call to a vendor, or a job. `kind`: of the job. */
export type MeasuredWork =
  | { type: "vendor_call"; vendor: string; operation: string }
  | { type: "job"; kind: string };

/** How work ended. `refused`: the input or the state did not allow it. `unavailable`: the vendor did not respond. */
export type WorkOutcome = "done" | "refused" | "unavailable" | "failed";

/** Sees what a process does, to measure it. Its failures affect nothing. */
export interface Observer {
  /**
   * Notes a response. `operation`: its id in the contract, null for other paths. `path`: the pattern, which holds no
   * values.
   */
  responded(
    response: { operation: string | null; method: string; path: string; status: number; seconds: number },
  ): void;
  /** Performs work, notes how long it took and how it ended, and returns its result. */
  during<Result>(
    work: MeasuredWork,
    perform: () => Promise<Result>,
    outcomeOf?: (result: Result) => WorkOutcome,
  ): Promise<Result>;
}

/** An error that nobody foresaw, so never a DomainError, and what it happened to. `job`: the kind. */
export type Fault = { error: unknown; requestId?: string; operation?: string; userId?: string; job?: string };

/** Tells developers of errors. */
export interface Faults {
  /** Reports an error, without waiting. Never throws. */
  report(fault: Fault): void;
}
