import type { Role } from "../accounts/ports.ts";
import type { Range } from "../range.ts";

/** What decides whether somebody may watch a lesson. */
export type LessonAccess = {
  /** The course is on sale. */
  courseIsPublished: boolean;
  isFreePreview: boolean;
  viewerTeaches: boolean;
  /** The viewer has a grant for the course that is active at this moment. */
  viewerHasGrant: boolean;
};

/** Where access comes from: something bought, something that cost nothing, a person in charge, or a list of theirs. */
export type GrantSource = "order_line" | "free_enrolment" | "administrator" | "import";

/** One entry of the ledger of access. A student has access to a course while any of their grants counts. */
export type Grant = {
  id: string;
  studentId: string;
  /** Empty when the account is gone. */
  studentEmail: string;
  isStudentVerified: boolean;
  courseId: string;
  /** Empty when the course is gone. */
  courseTitle: string;
  source: GrantSource;
  /** The order that bought it; null when an administrator gave it. */
  orderId: string | null;
  grantedBy: string | null;
  reason: string;
  startsAt: Date;
  /** Null: without an end. */
  endsAt: Date | null;
  /** `by` is null when the shop itself took it back, as after a refund. */
  revoked: { at: Date; by: string | null; reason: string } | null;
  /**
   * What became of the payment that bought it: in dispute it suspends the grant, else it ends it; as a `duplicate` it is paid
   * back, for the student has the course already.
   */
  paymentHold: "disputed" | "refunded" | "dispute_lost" | "duplicate" | null;
  /** While its account is deactivated. */
  isSuspended: boolean;
  createdAt: Date;
  /** Whether it gives access at this moment. */
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

/** A student by id or e-mail address, and a course by id or slug, as people write them. */
export type AccessReference = { student: string; course: string };

/** What a reference stands for; null where there is no such student or course. */
export type ResolvedReference = {
  studentId: string | null;
  /** They were named by their address, and nobody has confirmed yet that it is theirs. */
  isUnverified: boolean;
  isDeactivated: boolean;
  courseId: string | null;
  /** The student's grants for the course that are not revoked, also those that have ended or not begun. */
  grants: Grant[];
};

/** The ledger as administrators keep it; to be used in a transaction. */
export interface AccessLedger {
  /**
   * Resolves each reference, in their order. Until the transaction ends, other administrators wait here, these
   * students' checkouts and settlements wait, and none of the courses is deleted.
   */
  resolve(references: AccessReference[]): Promise<ResolvedReference[]>;
  /** Adds grants and enrolls their students. */
  add(grants: NewGrant[]): Promise<Grant[]>;
  /** Locks and returns a grant; null when there is none. */
  lock(id: string): Promise<Grant | null>;
  /** Revokes those of the grants that are not revoked yet. */
  revoke(ids: string[], revocation: { by: string; reason: string }): Promise<Grant[]>;
  /** Suspends all that the student has, as while the account is deactivated, or takes that back. */
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

/** What is known of a student's access to a course. */
export type AccessRecord = {
  /** A deactivated account watches nothing, whatever it was given. */
  student: { id: string; email: string; role: Role; isDeactivated: boolean };
  course: { id: string; slug: string; title: string; isPublished: boolean };
  teaches: boolean;
  /** As every lesson judges it. */
  hasGrant: boolean;
  enrolledAt: Date | null;
  /** Newest first. */
  grants: Grant[];
  /** The moment for which all this was judged. */
  judgedAt: Date;
};

export interface AccessReads {
  byId(id: string): Promise<Grant | null>;
  /** Newest first. */
  list(
    filter: GrantFilter,
    range: Range,
  ): Promise<{ count: number; grants: Grant[] }>;
  /** Null when there is no such student or course. */
  record(reference: AccessReference): Promise<AccessRecord | null>;
}
