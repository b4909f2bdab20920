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

export interface Watch {
  /**
   * Returns when the last event arrived, if that is before the given time and an order has been open since before it;
   * else null.
   */
  quietSince(before: Date): Promise<Date | null>;
  /** Returns the keys of the alerts that are not resolved and whose cause a recurring check can find to be over. */
  openAlerts(): Promise<string[]>;
  /** Returns the jobs that were given up. */
  deadJobs(): Promise<{ id: string; kind: string; error: string }[]>;
  /** Stores the number of violations of each invariant at that time, for the metrics. */
  noteChecks(broken: { invariant: number; count: number }[], at: Date): Promise<void>;
}

/** Metrics for operators, by name and label. */
export interface Gauges {
  read(): Promise<{ name: string; labels: Record<string, string>; value: number }[]>;
}
