/** The subjects of all alerts; one may be followed by a colon and details. `adapters/config/deploy.md` says what to do about each. */
export const ALERT_SUBJECTS = [
  "A payment needs a review",
  "A payment is disputed",
  "A refund was refused",
  "A refund failed",
  "An event from Stripe could not be applied",
  "Stripe is silent",
  "A job was given up",
  "A dead letter was found",
  "Money and access do not agree",
  "The video service is down",
] as const;

type Subject = (typeof ALERT_SUBJECTS)[number];
export type AlertSubject = Subject | `${Subject}: ${string}`;

/** What the operator is told, once per key. */
export type Alert = { key: string; subject: AlertSubject; text: string };

export interface Alerts {
  /** Records an alert for the operator; returns false when one with that key was recorded before. */
  raise(alert: Alert): Promise<boolean>;
}

/** One thing that should not be. */
export type Violation = {
  invariant: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
  subject: string;
  detail: string;
  /** The order that is to be brought into its books, where that mends it. */
  orderId: string | null;
  /** Whose access is to be suspended, where that mends it. */
  studentId: string | null;
  /** The alert that is missing, where one is. */
  alertKey: string | null;
};

export interface Violations {
  /** What breaks an invariant now, at most some hundred per invariant. Reads every order. */
  all(): Promise<Violation[]>;
  /**
   * Does the same for orders that any statement changed since they were last found intact. A broken order is found
   * again until it is repaired. The cost depends on what has changed, not on how many orders there are.
   */
  changed(): Promise<Violation[]>;
  /** Marks every broken order as changed, for changes the triggers did not see, such as those of a restore. Reads every order. */
  noteUnchanged(): Promise<void>;
}

export interface Watch {
  /** When the last event came, if that is before the given moment and an order has been open since before it; else null. */
  quietSince(before: Date): Promise<Date | null>;
  /** Jobs that were given up. */
  deadJobs(): Promise<{ id: string; kind: string; error: string }[]>;
  /** Notes how much broke each invariant at that moment, for the gauges. */
  noteChecks(broken: { invariant: number; count: number }[], at: Date): Promise<void>;
}

/** Numbers for those who run the shop, by name and label; see the metrics' endpoint. */
export interface Gauges {
  read(): Promise<{ name: string; labels: Record<string, string>; value: number }[]>;
}
