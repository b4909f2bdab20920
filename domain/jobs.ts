import type { ReportedSale } from "./analytics/ports.ts";
import type { Notice } from "./notifications/ports.ts";
import type { SupportNews } from "./support/ports.ts";

/** Work that follows a commit. Added inside the transaction that causes it, it runs after the commit, at least once. */
export type Job =
  | { kind: "send_notice"; notice: Notice }
  /** Puts the mails of a course update into the outbox. */
  | { kind: "mail_course_update"; updateId: string }
  /** Puts yesterday's digests for tutors into the outbox. */
  | { kind: "mail_digests" }
  /** Deletes old mails and notices. */
  | { kind: "purge_mails" }
  /** Expires a payment page. Without a session id: the page that may have been opened. */
  | { kind: "close_page"; orderId: string; attempt: number; sessionId: string | null }
  /** Abandons unpaid orders for courses that are no longer sold. */
  | { kind: "end_sales" }
  /** Asks the payment provider for a refund that the shop has decided on. */
  | { kind: "submit_refund"; refundId: string }
  /** Reconciles our records with the payment provider's. */
  | { kind: "reconcile" }
  /** Alerts the operator when payments need attention. */
  | { kind: "watch_payments" }
  /** Marks every order for that job, which checks only orders that have changed. */
  | { kind: "review_all_orders" }
  /** Deletes events that were sent to integrators a month ago. */
  | { kind: "purge_webhooks" }
  /** Deletes sessions that ended long ago. */
  | { kind: "purge_sessions" }
  /** Deletes counters of attempts whose window has ended. */
  | { kind: "purge_limits" }
  /** Notifies students whose access will end or has ended. */
  | { kind: "announce_access_ends" }
  /** Asks the video service for a video's status. */
  | { kind: "follow_video"; videoId: string }
  /** Does the same for all videos that are being processed. */
  | { kind: "follow_pending_videos" }
  /** Deletes videos that no lesson has shown for a long time. */
  | { kind: "sweep_videos" }
  /** Has the video service delete a video that is claimed for it. */
  | { kind: "delete_video"; videoId: string }
  /** Removes a file that was replaced or whose owner is gone. */
  | { kind: "delete_file"; key: string }
  /** Removes orphaned files. */
  | { kind: "sweep_files" }
  /** Stores the analytics events of an order that are due. */
  | { kind: "report_sale"; of: ReportedSale }
  /** Stores the analytics events of a completed lesson. */
  | { kind: "report_completion"; studentId: string; lessonId: string }
  /** Sends an analytics event. */
  | { kind: "send_hit"; hitId: string }
  /** Brings the support team's contact up to date with an account. */
  | { kind: "save_support_contact"; userId: string }
  /** Deletes the support team's contact of an erased account. */
  | { kind: "remove_support_contact"; userId: string }
  /** Tells the support team what happened to a student. */
  | { kind: "tell_support"; news: SupportNews }
  /** Deletes old entries of the playback log. */
  | { kind: "purge_playback_log" };

/** Jobs of the queue; notices travel through the outbox. */
export type QueuedJob = Exclude<Job, { kind: "send_notice" }>;

/** A handler for each kind of job. */
export type JobHandlers = {
  [Kind in QueuedJob["kind"]]: (job: Extract<QueuedJob, { kind: Kind }>) => Promise<void>;
};

/** A recurring job: it runs once every `everySeconds`, however many processes run. */
export type RecurringJob = { job: Job; everySeconds: number };

export interface Jobs {
  add(...jobs: Job[]): Promise<void>;
}
