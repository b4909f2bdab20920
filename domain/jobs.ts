import type { Notice } from "./notifications/ports.ts";

/** Work that follows a commit. Added inside the transaction that causes it, it runs after the commit, at least once. */
export type Job =
  | { kind: "send_notice"; notice: Notice }
  /** Puts the mails of a course update into the outbox. */
  | { kind: "mail_course_update"; updateId: string }
  /** Puts yesterday's digests for tutors into the outbox. */
  | { kind: "mail_digests" }
  /** Forgets mails and notices of long ago. */
  | { kind: "purge_mails" }
  /** Expires a payment page. Without a session id: the page that may have been opened. */
  | { kind: "close_page"; orderId: string; attempt: number; sessionId: string | null }
  /** Gives up the orders that wait to be paid for courses that are sold no more. */
  | { kind: "end_sales" }
  /** Asks the payment provider for a refund that the shop has decided on. */
  | { kind: "submit_refund"; refundId: string }
  /** Reconciles our records with the payment provider's. */
  | { kind: "reconcile" }
  /** Alerts when payments need a person. */
  | { kind: "watch_payments" }
  /** Looks at every order, where that job looks at those that changed. */
  | { kind: "review_all_orders" }
  /** Forgets sessions that ended long ago. */
  | { kind: "purge_sessions" }
  /** Forgets counters of tries whose window has ended. */
  | { kind: "purge_limits" }
  /** Has students told that their access will end or has ended. */
  | { kind: "announce_access_ends" }
  /** Asks the video service how a video stands. */
  | { kind: "follow_video"; videoId: string }
  /** The same for all that are on their way. */
  | { kind: "follow_pending_videos" }
  /** Deletes videos that no lesson has shown for long. */
  | { kind: "sweep_videos" }
  /** Has the video service delete a video that is claimed for it. */
  | { kind: "delete_video"; videoId: string }
  /** Removes a file that was replaced or whose owner is gone. */
  | { kind: "delete_file"; key: string }
  /** Removes files that nothing refers to. */
  | { kind: "sweep_files" }
  /** Forgets who watched what long ago. */
  | { kind: "purge_playback_log" };

/** Jobs of the queue; notices travel through the outbox. */
export type QueuedJob = Exclude<Job, { kind: "send_notice" }>;

/** What does each kind of job. */
export type JobHandlers = {
  [Kind in QueuedJob["kind"]]: (job: Extract<QueuedJob, { kind: Kind }>) => Promise<void>;
};

/** A job that comes again and again: once in every `everySeconds`, however many processes run. */
export type RecurringJob = { job: Job; everySeconds: number };

export interface Jobs {
  add(...jobs: Job[]): Promise<void>;
}
