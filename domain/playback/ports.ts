import type { Role } from "../accounts/ports.ts";
import type { LessonAccess } from "../access/ports.ts";
import type { Range } from "../range.ts";

/** What the player needs to show one video once. Both values are URL-safe. */
export type PlaybackTicket = { otp: string; playbackInfo: string };

/** Where a course's videos may be embedded and watched. */
export type PlaybackRules = {
  /** Hosts that may embed the player, such as `www.example.com`; empty: any host. */
  embedHosts: string[];
  countryRule: "none" | "allow" | "block";
  /** The countries that the rule allows or blocks: ISO 3166-1 alpha-2, in upper case. */
  countries: string[];
};

export type TicketRequest = {
  videoId: string;
  /** Null for anonymous viewers. */
  viewerId: string | null;
  watermark: string;
  ttlSeconds: number;
  rules: PlaybackRules;
};

export interface Videos {
  /**
   * Issues a one-time ticket, valid for `ttlSeconds`, that shows `watermark` over the picture and plays where the
   * rules allow. `viewerId` is 1 to 36 characters of [A-Za-z0-9_-]. Failures of tickets for anonymous viewers do not
   * affect those of others. Throws DomainError: `video_not_ready` if the video service has no such playable video,
   * `vendor_unavailable` if it refuses, fails or does not respond within 5 seconds.
   */
  ticket(request: TicketRequest): Promise<PlaybackTicket>;
}

/** Who asked to watch what, and the outcome. */
export type PlaybackAttempt = {
  lessonId: string;
  courseId: string;
  videoId: string | null;
  viewerId: string | null;
  /** The playback session that it started or continued. */
  playbackSessionId: string | null;
  ipAddress: string;
  userAgent: string;
  outcome: "ticket_issued" | "no_video" | "vendor_unavailable" | "refused" | "stream_limit";
};

/** An entry of the access log: the attempt, with current names and the time watched. */
export type PlaybackLogEntry = PlaybackAttempt & {
  id: string;
  occurredAt: Date;
  /** Null for the anonymous and for accounts that are gone. */
  viewerEmail: string | null;
  /** Null if the lesson no longer exists. */
  lessonTitle: string | null;
  courseTitle: string | null;
  /** The total of the playback session; null without one. */
  watchedSeconds: number | null;
  lastSeenAt: Date | null;
};

/** Each given field narrows the log. */
export type PlaybackLogFilter = {
  viewerId?: string;
  courseId?: string;
  lessonId?: string;
  outcome?: PlaybackAttempt["outcome"];
  from?: Date;
  before?: Date;
};

export interface PlaybackLog {
  /** Writes the entry before it resolves: for issued tickets. */
  record(attempt: PlaybackAttempt): Promise<void>;
  /**
   * Writes the entry in a batch within a second, also when the process stops: for refused attempts. A crash before
   * that loses it.
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
   * The viewer's current role; null for anonymous viewers, and if the account or the session has ended since the
   * access token was issued.
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
  /** The person named in the watermark; null for anonymous viewers. `orderId`: the purchase that gives access. */
  viewer: { name: string; email: string; orderId: string | null } | null;
};

/** The person who requests a lesson, by account and sign-in. */
export type Viewer = { id: string; signInId: string };

export interface Lessons {
  /**
   * Returns a lesson with the viewer's role and access to it: by id, by slug, or by the slug that the frontend
   * derives from its title. Several lessons may share the latter; then the viewer's own come first (bought, then
   * taught), then the one whose actual slug it is, then free previews.
   */
  find(slugOrId: string, viewer: Viewer | null): Promise<LessonForViewer | null>;
  /** Finds a lesson that shows this video, preferably one that the viewer may watch. */
  showing(videoId: string, viewer: Viewer | null): Promise<LessonForViewer | null>;
  /** Returns what a player needs to show the lesson's video to the viewer. */
  playerSetup(lesson: Pick<LessonForViewer, "id">, viewer: Viewer | null): Promise<PlayerSetup>;
}

/** A playback session whose lease has not expired. */
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
  /** Returns the viewer's streams. Locks them: only one transaction at a time reads the streams of a viewer. */
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
  /** Returns the viewer's own playback session. */
  find(id: string, viewerId: string): Promise<PlaybackSession | null>;
  /**
   * Renews the lease and saves the position. While `playing`, counts the time since the last heartbeat as watched, at
   * most 90 seconds. Returns the seconds counted, or null if the session has ended.
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
  /**
   * Returns the rules that the course's tutors set; without any, rules that forbid nothing. Returns null if there is
   * no such course.
   */
  find(
    slugOrId: string,
    callerId: string,
  ): Promise<{ courseId: string; callerTeaches: boolean; rules: PlaybackRules } | null>;
  save(courseId: string, rules: PlaybackRules): Promise<void>;
}
