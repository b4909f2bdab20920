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
