import type { Role } from "../accounts/ports.ts";
import type { Range } from "../range.ts";

/** The facts that decide whether a person may watch a lesson. */
export type LessonAccess = {
  /** The course is on sale. */
  courseIsPublished: boolean;
  isFreePreview: boolean;
  viewerTeaches: boolean;
  /** The viewer has a currently active grant for the course. */
  viewerHasGrant: boolean;
};

/** Where access comes from: a purchase, a free enrollment, an administrator, or an administrator's list. */
export type GrantSource = "order_line" | "free_enrolment" | "administrator" | "import";

/** An entry of the access ledger. A student has access to a course while any of their grants is active. */
export type Grant = {
  id: string;
  studentId: string;
  /** Empty if the account no longer exists. */
  studentEmail: string;
  isStudentVerified: boolean;
  courseId: string;
  /** Empty if the course no longer exists. */
  courseTitle: string;
  source: GrantSource;
  /** The order that it was bought with; null if an administrator gave it. */
  orderId: string | null;
  grantedBy: string | null;
  reason: string;
  startsAt: Date;
  /** Null: without an end. */
  endsAt: Date | null;
  /** `by` is null if the shop itself revoked it, for example after a refund. */
  revoked: { at: Date; by: string | null; reason: string } | null;
  /**
   * The state of its payment: a dispute suspends the grant, the other values end it. A `duplicate` is refunded,
   * because the student already has the course.
   */
  paymentHold: "disputed" | "refunded" | "dispute_lost" | "duplicate" | null;
  /** True while the student's account is deactivated. */
  isSuspended: boolean;
  createdAt: Date;
  /** Whether it gives access now. */
  isActive: boolean;
};

export type NewGrant = {
  studentId: string;
  courseId: string;
  source: "administrator" | "import";
  grantedBy: string;
  reason: string;
  /** Null: from now on. */
  startsAt: Date | null;
  endsAt: Date | null;
};

/** A student by id or e-mail address, and a course by id or slug, as entered. */
export type AccessReference = { student: string; course: string };

/** The student and course of a reference; null for those that do not exist. */
export type ResolvedReference = {
  studentId: string | null;
  /** The student was named by an e-mail address that is not verified yet. */
  isUnverified: boolean;
  isDeactivated: boolean;
  courseId: string | null;
  /** The student's grants for the course that are not revoked, including those that have ended or not started. */
  grants: Grant[];
};

/** The ledger, as administrators change it; to be used in a transaction. */
export interface AccessLedger {
  /**
   * Resolves the references, in the same order. Until the transaction ends, other administrators wait here, checkouts
   * and settlements of these students wait, and none of the courses can be deleted.
   */
  resolve(references: AccessReference[]): Promise<ResolvedReference[]>;
  /** Adds grants and enrolls their students. */
  add(grants: NewGrant[]): Promise<Grant[]>;
  /** Locks and returns a grant; null if there is none. */
  lock(id: string): Promise<Grant | null>;
  /** Revokes those of the grants that have not been revoked. */
  revoke(ids: string[], revocation: { by: string; reason: string }): Promise<Grant[]>;
  /** Suspends all grants of the student, as during a deactivation of the account, or lifts the suspension. */
  suspend(studentId: string, isSuspended: boolean): Promise<void>;
  /**
   * Claims up to 200 grants whose students must be notified of their end: those that end within `noticeSeconds` (unless
   * they last less than twice as long), and those that have ended. They are recorded as notified.
   */
  takeUnannounced(noticeSeconds: number): Promise<{ grantId: string; hasEnded: boolean }[]>;
}

export type GrantFilter = {
  /** Id or e-mail address. */
  student?: string;
  /** Id or slug. */
  course?: string;
  source?: GrantSource;
  isActive?: boolean;
};

/** All data on a student's access to a course. */
export type AccessRecord = {
  /** A deactivated account may watch nothing, whatever its grants. */
  student: { id: string; email: string; role: Role; isDeactivated: boolean };
  course: { id: string; slug: string; title: string; isPublished: boolean };
  teaches: boolean;
  /** The decision that every lesson uses. */
  hasGrant: boolean;
  enrolledAt: Date | null;
  /** Newest first. */
  grants: Grant[];
  /** The time for which access was judged. */
  judgedAt: Date;
};

export interface AccessReads {
  byId(id: string): Promise<Grant | null>;
  /** Newest first. */
  list(
    filter: GrantFilter,
    range: Range,
  ): Promise<{ count: number; grants: Grant[] }>;
  /** Null if there is no such student or course. */
  record(reference: AccessReference): Promise<AccessRecord | null>;
}
