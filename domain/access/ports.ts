import type { Role } from "../accounts/ports.ts";

/** What the player needs to show one video once. Both values are URL-safe. */
export type PlaybackTicket = { otp: string; playbackInfo: string };

/** Where a course's videos may be embedded and watched. */
export type PlaybackRules = {
  /** Hosts that may embed the player, such as `www.example.com`; none: any may. */
  embedHosts: string[];
  countryRule: "none" | "allow" | "block";
  /** ISO 3166-1 alpha-2, in upper case; what the rule allows or blocks. */
  countries: string[];
};

export type TicketRequest = {
  videoId: string;
  /** Null for the anonymous. */
  viewerId: string | null;
  watermark: string;
  ttlSeconds: number;
  rules: PlaybackRules;
};

export interface Videos {
  /**
   * A one-time ticket, valid for `ttlSeconds`, that shows `watermark` over the picture and plays where the rules allow.
   * `viewerId` is 1 to 36 characters of [A-Za-z0-9_-]. What comes of tickets for the anonymous has no effect on those of others.
   * Throws DomainError: `video_not_ready` when the video service has no such video to play, `vendor_unavailable` when it refuses, fails or does not answer within 5 seconds.
   */
  ticket(request: TicketRequest): Promise<PlaybackTicket>;
}

/** Who asked to watch what, and what came of it. */
export type PlaybackAttempt = {
  lessonId: string;
  courseId: string;
  videoId: string | null;
  viewerId: string | null;
  /** The viewing that it began or went on with. */
  sessionId: string | null;
  address: string;
  userAgent: string;
  outcome: "ticket_issued" | "no_video" | "vendor_unavailable" | "refused" | "stream_limit";
};

/** One line of the access log: the attempt, with names as they are now and how long was watched. */
export type PlaybackLogEntry = PlaybackAttempt & {
  id: string;
  occurredAt: Date;
  /** Null for the anonymous and for accounts that are gone. */
  viewerEmail: string | null;
  /** Null when the lesson is gone. */
  lessonTitle: string | null;
  courseTitle: string | null;
  /** Of the whole viewing; null without one. */
  watchedSeconds: number | null;
  lastSeenAt: Date | null;
};

/** Each member that is given narrows the log. */
export type PlaybackLogFilter = {
  viewerId?: string;
  courseId?: string;
  lessonId?: string;
  outcome?: PlaybackAttempt["outcome"];
  from?: Date;
  before?: Date;
};

export interface PlaybackLog {
  /** Writes the line before it answers: for what is handed out. */
  record(attempt: PlaybackAttempt): Promise<void>;
  /**
   * Writes the line within a second, with others, and when the process stops: for attempts that were given nothing. A
   * process that dies meanwhile loses it.
   */
  note(attempt: PlaybackAttempt): void;
  /** The newest first. */
  list(
    filter: PlaybackLogFilter,
    range: { limit: number; offset: number },
  ): Promise<{ count: number; entries: PlaybackLogEntry[] }>;
  /** Forgets attempts and viewings from before the date. */
  purge(before: Date): Promise<void>;
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
   * The viewer's role at this moment; null for the anonymous, and when the account or the session has ended since the access
   * token was issued.
   */
  viewerRole: Role | null;
  access: LessonAccess;
};

/** What it takes to play a lesson's video to a viewer, besides a ticket. */
export type PlayerSetup = {
  /** False while the video is known to be on its way, or to have failed. */
  videoIsPlayable: boolean;
  posterUrl: string | null;
  /** Where the viewer stopped last time; 0 at first. */
  positionSeconds: number;
  rules: PlaybackRules;
  /** Whom the watermark names; null for the anonymous. `orderId`: of the purchase that gives access. */
  viewer: { name: string; email: string; orderId: string | null } | null;
};

/** Whoever asks for a lesson, by account and session. */
export type Viewer = { id: string; sessionId: string };

export interface Lessons {
  /**
   * A lesson with the viewer's standing and access to it; by id, by slug, or by the slug that the frontend makes of its
   * title, which other lessons may share: of those the viewer's own come first (bought, then taught), then the one
   * whose slug it really is, then free previews.
   */
  find(slugOrId: string, viewer: Viewer | null): Promise<Lesson | null>;
  /** A lesson that shows this video, one that the viewer may watch before others. */
  showing(videoId: string, viewer: Viewer | null): Promise<Lesson | null>;
  /** How to play the lesson's video to the viewer. */
  playerSetup(lesson: Pick<Lesson, "id">, viewer: Viewer | null): Promise<PlayerSetup>;
}

/** A viewing whose lease runs. */
export type Stream = {
  sessionId: string;
  /** The viewer's sign-in, which stands for a device. */
  signInId: string;
  userAgent: string;
  lessonTitle: string;
  startedAt: Date;
};

/** A viewing, from its ticket to its last heartbeat. */
export type PlaybackSession = {
  id: string;
  lessonId: string;
  /** Null while it goes on. */
  endedBy: "viewer" | "takeover" | "failure" | null;
};

export interface PlaybackSessions {
  /** The viewer's streams; those of one viewer are read by one transaction at a time, until it ends. */
  lockStreams(viewerId: string): Promise<Stream[]>;
  /** Begins a viewing with a lease of `leaseSeconds`; answers its id. */
  open(session: {
    viewerId: string;
    signInId: string;
    lessonId: string;
    courseId: string;
    videoId: string;
    address: string;
    userAgent: string;
    leaseSeconds: number;
  }): Promise<string>;
  /** The viewer's own viewing. */
  find(sessionId: string, viewerId: string): Promise<PlaybackSession | null>;
  /**
   * Renews the lease and saves the position; counts the time since the last heartbeat as watched while `playing`, 90
   * seconds of it at the most. Answers the seconds counted, or null when the viewing has ended.
   */
  beat(
    sessionId: string,
    beat: { positionSeconds: number; playing: boolean; leaseSeconds: number },
  ): Promise<number | null>;
  end(sessionId: string, endedBy: "viewer" | "failure"): Promise<void>;
  /** Ends viewings for another one. */
  takeOver(sessionIds: string[]): Promise<void>;
}

export interface CoursePlaybackRules {
  /** What the course's tutors decided; rules that forbid nothing where they decided nothing. Null without such a course. */
  find(
    slugOrId: string,
    callerId: string,
  ): Promise<{ courseId: string; callerTeaches: boolean; rules: PlaybackRules } | null>;
  save(courseId: string, rules: PlaybackRules): Promise<void>;
}

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
  /** Null: for good. */
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
   * What each reference stands for, in their order. Until the transaction ends, no other administrator gets past this, no
   * checkout or settlement of these students goes on, and none of the courses is deleted.
   */
  resolve(references: AccessReference[]): Promise<ResolvedReference[]>;
  /** Adds grants and enrolls their students. */
  add(grants: NewGrant[]): Promise<Grant[]>;
  /** Locks and answers a grant; null when there is none. */
  lock(id: string): Promise<Grant | null>;
  /** Revokes those of the grants that are not revoked yet. */
  revoke(ids: string[], revocation: { by: string; reason: string }): Promise<Grant[]>;
  /** Suspends all that the student has, as while the account is deactivated, or takes that back. */
  suspend(studentId: string, isSuspended: boolean): Promise<void>;
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
    range: { limit: number; offset: number },
  ): Promise<{ count: number; grants: Grant[] }>;
  /** Null when there is no such student or course. */
  record(reference: AccessReference): Promise<AccessRecord | null>;
}
