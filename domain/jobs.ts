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
  /** Forgets sessions that ended long ago. */
  | { kind: "purge_sessions" };

/** A job that comes again and again: once in every `everySeconds`, however many processes run. */
export type RecurringJob = { job: Job; everySeconds: number };

export interface Jobs {
  add(job: Job): Promise<void>;
}
