import type { Role } from "../accounts/ports.ts";

/** What the player needs to show one video once. Both values are URL-safe. */
export type PlaybackTicket = { otp: string; playbackInfo: string };

export interface Videos {
  /**
   * A one-time ticket, valid for `ttlSeconds`, that shows `watermark` over the picture.
   * `viewerId` is 1 to 36 characters of [A-Za-z0-9_-]. Throws DomainError `vendor_unavailable` when the video service
   * refuses, fails or does not answer within 5 seconds.
   */
  ticket(
    request: { videoId: string; viewerId: string; watermark: string; ttlSeconds: number },
  ): Promise<PlaybackTicket>;
}

/** Who asked to watch what, and what came of it. */
export type PlaybackAttempt = {
  lessonId: string;
  courseId: string;
  videoId: string | null;
  viewerId: string | null;
  address: string;
  userAgent: string;
  outcome: "ticket_issued" | "no_video" | "vendor_unavailable" | "refused";
};

export interface PlaybackLog {
  record(attempt: PlaybackAttempt): Promise<void>;
}

/** What decides whether somebody may watch a lesson. */
export type LessonAccess = {
  /** The course is on sale. */
  courseIsPublished: boolean;
  isFreePreview: boolean;
  viewerTeaches: boolean;
  /** The viewer has a grant for the course that is active at this moment. */
  viewerHasGrant: boolean;
};

export type Lesson = {
  id: string;
  courseId: string;
  slug: string;
  title: string;
  description: string;
  order: number;
  /** Null when unknown. */
  durationSeconds: number | null;
  isFreePreview: boolean;
  videoId: string | null;
  createdAt: Date;
  /**
   * The viewer as they stand at this moment, with the address to be shown over the picture; null for the anonymous, and when
   * the account or the session has ended since the access token was issued.
   */
  viewer: { role: Role; label: string } | null;
  access: LessonAccess;
};

export interface Lessons {
  /**
   * A lesson with the viewer's standing and access to it, in one query; by id, by slug, or by the slug that the frontend makes of its
   * title, which other lessons may share: of those the viewer's own come first (bought, then taught), then the one
   * whose slug it really is, then free previews.
   */
  find(slugOrId: string, viewer: { id: string; sessionId: string } | null): Promise<Lesson | null>;
}

/** Where access comes from: something bought, something that cost nothing, a person in charge, or a list of theirs. */
export type GrantSource = "order_line" | "free_enrolment" | "administrator" | "import";

/** One entry of the ledger of access. A student has access to a course while any of their grants counts. */
export type Grant = {
  id: string;
  studentId: string;
  /** Empty when the account is gone. */
  studentEmail: string;
  courseId: string;
  /** Empty when the course is gone. */
  courseTitle: string;
  source: GrantSource;
  /** The order that bought it; null when an administrator gave it. */
  orderId: string | null;
  grantedBy: string | null;
  reason: string;
  startsAt: Date;
  /** Null: for good. */
  endsAt: Date | null;
  /** `by` is null when the shop itself took it back, as after a refund. */
  revoked: { at: Date; by: string | null; reason: string } | null;
  /** What became of the payment that bought it: in dispute it suspends the grant, else it ends it. */
  paymentHold: "disputed" | "refunded" | "dispute_lost" | null;
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
  courseId: string | null;
  /** The student's grants for the course that are not revoked, also those that have ended or not begun. */
  grants: Grant[];
};

/** The ledger as administrators keep it; to be used in a transaction. */
export interface AccessLedger {
  /** What each reference stands for, in their order. Until the transaction ends, no other administrator gets past this. */
  resolve(references: AccessReference[]): Promise<ResolvedReference[]>;
  /** Adds grants and enrolls their students. */
  add(grants: NewGrant[]): Promise<Grant[]>;
  /** Locks and answers a grant; null when there is none. */
  lock(id: string): Promise<Grant | null>;
  /** Revokes those of the grants that are not revoked yet. */
  revoke(ids: string[], revocation: { by: string; reason: string }): Promise<Grant[]>;
  /**
   * Up to 200 grants with an end whose students are to be told, noting that they are: those that end within
   * `noticeSeconds` (unless they last less than twice as long), and those that have ended.
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
  student: { id: string; email: string; role: Role };
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
    range: { limit: number; offset: number },
  ): Promise<{ count: number; grants: Grant[] }>;
  /** Null when there is no such student or course. */
  record(reference: AccessReference): Promise<AccessRecord | null>;
}
