import type { Caller, DeviceName } from "../accounts/ports.ts";
import { mayAuthor } from "../authoring/rights.ts";
import { DomainError } from "../errors.ts";
import type { Limits } from "../limits/ports.ts";
import type { Transaction } from "../transaction.ts";
import { attemptOf, type Visit } from "./attempt.ts";
import type {
  LessonForViewer,
  Lessons,
  PlaybackAttempt,
  PlaybackLog,
  PlaybackSessions,
  PlaybackTicket,
  PlayerSetup,
  Videos,
} from "./ports.ts";
import { replacedBy, streamLimitReached, streamsInTheWay } from "./stream_limit.ts";
import { watermark } from "./watermark.ts";

/** How long a one-time password for a video is valid, in seconds. */
export const TICKET_SECONDS = 300;

/** The maximum length stored of a playback session's user agent. */
const LONGEST_USER_AGENT = 500;

/** The shop's settings for playback. */
export type PlaybackPolicy = {
  /** Streams that one student may have at the same time, on all devices together; null: any number. */
  streamsPerStudent: number | null;
  /** The pattern of the watermark, such as `{email}` or `{name} {order}`. */
  watermark: string;
};

export type TicketDeps = {
  videos: Videos;
  limits: Pick<Limits, "count">;
  lessons: Pick<Lessons, "playerSetup">;
  playbackLog: PlaybackLog;
  playbackSessions: PlaybackSessions;
  playbackPolicy: PlaybackPolicy;
  deviceName: DeviceName;
  transaction: Transaction<{ playbackSessions: PlaybackSessions }>;
};

/** Why a person who may see a lesson cannot watch it now. */
export const PLAYBACK_FAILURES = [
  "no_video",
  "video_not_ready",
  "stream_limit",
  "vendor_unavailable",
] as const;
export type PlaybackFailure = (typeof PLAYBACK_FAILURES)[number];

/** Created once, because every read of a lesson without a video ends with it. Its stack is that of module load. */
const NO_VIDEO = new DomainError("no_video", "This lesson has no video.");

export type IssuedTicket = { ticket: PlaybackTicket; playbackSessionId: string | null; setup: PlayerSetup };

/**
 * Issues a ticket for the video of a lesson that the viewer may watch, and begins a playback session (none for
 * anonymous viewers). Throws DomainError `no_video`, `video_not_ready`, `stream_limit` or `vendor_unavailable`, each of
 * which is logged, and `too_many_requests`.
 */
export async function issueTicket(
  deps: TicketDeps,
  lesson: LessonForViewer,
  visit: Visit,
  options: { leaseSeconds: number; takeOver?: string },
): Promise<IssuedTicket> {
  const attempt = (outcome: PlaybackAttempt["outcome"], playbackSessionId: string | null = null) =>
    attemptOf(lesson, visit, outcome, playbackSessionId);
  const { videoId } = lesson;
  if (videoId === null) {
    deps.playbackLog.note(attempt("no_video"));
    throw NO_VIDEO;
  }
  const setup = await deps.lessons.playerSetup(lesson, visit.viewer);
  if (!setup.videoIsPlayable) {
    deps.playbackLog.note(attempt("no_video"));
    throw new DomainError("video_not_ready", "The video of this lesson is not ready yet.", {
      retryAfter: 60,
    });
  }
  const { viewer, ipAddress } = visit;
  await deps.limits.count(
    viewer
      ? { limit: "ticket_of_account", of: viewer.id }
      : { limit: "anonymous_ticket_of_address", of: ipAddress },
  );
  let playbackSessionId: string | null = null;
  try {
    playbackSessionId = viewer && await openSession(deps, lesson, { ...visit, viewer, videoId }, options);
    const ticket = await deps.videos.ticket({
      videoId,
      viewerId: viewer?.id ?? null,
      watermark: watermark(deps.playbackPolicy.watermark, setup.viewer),
      ttlSeconds: TICKET_SECONDS,
      rules: setup.rules,
    });
    await deps.playbackLog.record(attempt("ticket_issued", playbackSessionId));
    return { ticket, playbackSessionId, setup };
  } catch (error) {
    if (playbackSessionId !== null) await deps.playbackSessions.end(playbackSessionId, "failure");
    if (!(error instanceof DomainError)) throw error;
    const outcome = { stream_limit: "stream_limit", video_not_ready: "no_video" } as const;
    deps.playbackLog.note(
      attempt(outcome[error.code as keyof typeof outcome] ?? "vendor_unavailable", playbackSessionId),
    );
    throw error;
  }
}

/**
 * Begins a playback session if the limit of streams allows it, after ending the sessions that it replaces or takes
 * over.
 */
async function openSession(
  deps: TicketDeps,
  lesson: LessonForViewer,
  visit: Visit & { viewer: Caller; videoId: string },
  { leaseSeconds, takeOver }: { leaseSeconds: number; takeOver?: string },
): Promise<string> {
  const { viewer, videoId, ipAddress } = visit;
  const userAgent = visit.userAgent.slice(0, LONGEST_USER_AGENT);
  const session = {
    viewerId: viewer.id,
    signInId: viewer.signInId,
    lessonId: lesson.id,
    courseId: lesson.courseId,
    videoId,
    ipAddress,
    userAgent,
    leaseSeconds,
  };
  const limit = streamLimitFor(deps.playbackPolicy, viewer, lesson);
  if (limit === null) return await deps.playbackSessions.open(session);
  return await deps.transaction(async ({ playbackSessions }) => {
    const streams = await playbackSessions.lockStreams(viewer.id);
    const ending = new Set([
      ...streams.filter((stream) => stream.playbackSessionId === takeOver),
      ...replacedBy(streams, { signInId: viewer.signInId, userAgent: session.userAgent }),
    ]);
    const inTheWay = streamsInTheWay(streams.filter((stream) => !ending.has(stream)), limit);
    if (inTheWay.length > 0) throw streamLimitReached(inTheWay, deps.deviceName);
    await playbackSessions.takeOver([...ending].map(({ playbackSessionId }) => playbackSessionId));
    return await playbackSessions.open(session);
  });
}

/** Returns the limit of streams, which is for students: the course's tutors and administrators have none. */
export function streamLimitFor(
  policy: PlaybackPolicy,
  viewer: Caller,
  lesson: LessonForViewer,
): number | null {
  return mayAuthor(viewer, lesson.access.viewerTeaches) ? null : policy.streamsPerStudent;
}
