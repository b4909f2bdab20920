import type { Notice } from "./notifications/ports.ts";

/** Work that follows a commit. Added inside the transaction that causes it, it runs after the commit, at least once. */
export type Job =
  | { kind: "send_notice"; notice: Notice }
  /** Forgets sessions that ended long ago. */
  | { kind: "purge_sessions" }
  /** Forgets counters of tries whose window has ended. */
  | { kind: "purge_limits" };

/** A job that comes again and again: once in every `everySeconds`, however many processes run. */
export type RecurringJob = { job: Job; everySeconds: number };

export interface Jobs {
  add(job: Job): Promise<void>;
}
