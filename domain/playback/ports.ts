import type { Role } from "../accounts/ports.ts";
import type { LessonAccess } from "../access/ports.ts";
import type { Range } from "../range.ts";

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

/** Who asked to watch what, and the outcome. */
export type PlaybackAttempt = {
  lessonId: string;
  courseId: string;
  videoId: string | null;
  viewerId: string | null;
  /** The playback session that it began or continued. */
  playbackSessionId: string | null;
  ipAddress: string;
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
  /** In the whole playback session; null without one. */
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
  /** Writes the entry before it resolves: for tickets that are handed out. */
  record(attempt: PlaybackAttempt): Promise<void>;
  /**
   * Writes the entry within a second, together with others, and when the process stops: for attempts that were refused.
   * A process that crashes before that loses it.
   */
  note(attempt: PlaybackAttempt): void;
  /** The newest first. */
  list(
    filter: PlaybackLogFilter,
    range: Range,
  ): Promise<{ count: number; entries: PlaybackLogEntry[] }>;
  /** Deletes attempts and playback sessions from before the date. */
  purge(before: Date): Promise<void>;
}

export type LessonForViewer = {
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

/** What a player needs to show a lesson's video, in addition to a ticket. */
export type PlayerSetup = {
  /** False while the video is known to be processing, or to have failed. */
  videoIsPlayable: boolean;
  posterUrl: string | null;
  /** Where the viewer stopped last time; 0 the first time. */
  positionSeconds: number;
  rules: PlaybackRules;
  /** Whom the watermark names; null for the anonymous. `orderId`: of the purchase that gives access. */
  viewer: { name: string; email: string; orderId: string | null } | null;
};

/** The person who asks for a lesson, by account and sign-in. */
export type Viewer = { id: string; signInId: string };

export interface Lessons {
  /**
   * A lesson with the viewer's standing and access to it; by id, by slug, or by the slug that the frontend makes of its
   * title, which other lessons may share: of those the viewer's own come first (bought, then taught), then the one
   * whose slug it really is, then free previews.
   */
  find(slugOrId: string, viewer: Viewer | null): Promise<LessonForViewer | null>;
  /** Finds a lesson that shows this video, preferably one that the viewer may watch. */
  showing(videoId: string, viewer: Viewer | null): Promise<LessonForViewer | null>;
  /** Returns what a player needs to show the lesson's video to the viewer. */
  playerSetup(lesson: Pick<LessonForViewer, "id">, viewer: Viewer | null): Promise<PlayerSetup>;
}

/** A playback session whose lease runs. */
export type Stream = {
  playbackSessionId: string;
  /** The viewer's sign-in, which identifies a device. */
  signInId: string;
  userAgent: string;
  lessonTitle: string;
  startedAt: Date;
};

/** One player showing one lesson, from its ticket to its last heartbeat. */
export type PlaybackSession = {
  id: string;
  lessonId: string;
  /** Null while it continues. */
  endedBy: "viewer" | "takeover" | "failure" | null;
};

export interface PlaybackSessions {
  /** The viewer's streams; those of one viewer are read by one transaction at a time, until it ends. */
  lockStreams(viewerId: string): Promise<Stream[]>;
  /** Begins a playback session with a lease of `leaseSeconds`; returns its id. */
  open(session: {
    viewerId: string;
    signInId: string;
    lessonId: string;
    courseId: string;
    videoId: string;
    ipAddress: string;
    userAgent: string;
    leaseSeconds: number;
  }): Promise<string>;
  /** The viewer's own playback session. */
  find(id: string, viewerId: string): Promise<PlaybackSession | null>;
  /**
   * Renews the lease and saves the position; counts the time since the last heartbeat as watched while `playing`, 90
   * seconds of it at most. Returns the seconds counted, or null when the session has ended.
   */
  beat(
    id: string,
    beat: { positionSeconds: number; playing: boolean; leaseSeconds: number },
  ): Promise<number | null>;
  end(id: string, endedBy: "viewer" | "failure"): Promise<void>;
  /** Ends playback sessions in favour of another one. */
  takeOver(ids: string[]): Promise<void>;
}

export interface CoursePlaybackRules {
  /** What the course's tutors decided; rules that forbid nothing where they decided nothing. Null without such a course. */
  find(
    slugOrId: string,
    callerId: string,
  ): Promise<{ courseId: string; callerTeaches: boolean; rules: PlaybackRules } | null>;
  save(courseId: string, rules: PlaybackRules): Promise<void>;
}
