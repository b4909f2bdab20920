import type { Caller } from "../accounts/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import { type ProgressDeps, saveProgress } from "../learning/save_progress.ts";
import {
  type IssuedTicket,
  issueTicket,
  streamLimitFor,
  TICKET_SECONDS,
  type TicketDeps,
} from "./issue_ticket.ts";
import { mayWatch, viewerAtThisMoment } from "../access/may_watch.ts";
import { attemptOf, type Visit } from "./attempt.ts";
import { openLesson } from "./open_lesson.ts";
import type { LessonForViewer, Lessons } from "./ports.ts";
import { streamLimitReached, streamsInTheWay } from "./stream_limit.ts";

/** How often a player sends a heartbeat, and how long it counts as a stream without one, in seconds. */
export const HEARTBEAT_SECONDS = 30;
const LEASE_SECONDS = 90;

type Deps = TicketDeps & { lessons: Lessons; clock: Clock };
type BeatDeps = TicketDeps & ProgressDeps & { lessons: Lessons };

export type Playback = IssuedTicket & { lesson: LessonForViewer; ticketExpiresAt: Date };

/**
 * Returns everything a player needs to show a lesson to a person who may watch it, from where they stopped. `takeOver`:
 * the playback session to end for this one. Throws DomainError `not_found` for everyone else, and whatever
 * `issueTicket` throws.
 */
export async function startPlayback(
  deps: Deps,
  { slugOrId, takeOver, ...visit }: Visit & { slugOrId: string; takeOver?: string },
): Promise<Playback> {
  const lesson = openLesson(deps, await deps.lessons.find(slugOrId, visit.viewer), visit);
  const issued = await issueTicket(deps, lesson, visit, { leaseSeconds: LEASE_SECONDS, takeOver });
  return { ...issued, lesson, ticketExpiresAt: new Date(deps.clock().getTime() + TICKET_SECONDS * 1000) };
}

export type Heartbeat = { positionSeconds: number; state: "playing" | "paused" | "ended" };

/**
 * Keeps a playback session alive, or ends it, and saves its position. Throws DomainError: `not_found` if the viewer
 * has no such session or access has ended; `stream_limit` if another player took over, or replaced this one after it
 * was silent for too long, even with a token of the same sign-in.
 */
export async function keepPlaying(
  deps: BeatDeps,
  input: Visit & Heartbeat & { playbackSessionId: string; viewer: Caller },
): Promise<void> {
  const { viewer, playbackSessionId, positionSeconds, state } = input;
  const session = await deps.playbackSessions.find(playbackSessionId, viewer.id);
  const lesson = session && await deps.lessons.find(session.lessonId, viewer);
  if (!lesson || session.endedBy === "failure") throw noSuchPlayback();
  if (!mayWatch(viewerAtThisMoment(viewer, lesson), lesson.access)) {
    await deps.playbackSessions.end(playbackSessionId, "viewer");
    deps.playbackLog.note(attemptOf(lesson, input, "refused", playbackSessionId));
    throw noSuchPlayback();
  }
  const watchedSeconds = await deps.transaction(async ({ playbackSessions }) => {
    const limit = streamLimitFor(deps.playbackPolicy, viewer, lesson);
    const streams = limit === null ? [] : await playbackSessions.lockStreams(viewer.id);
    const beat = { positionSeconds, playing: state === "playing", leaseSeconds: LEASE_SECONDS };
    const others = streams.filter((stream) => stream.playbackSessionId !== session.id);
    const inTheWay = limit === null ? [] : streamsInTheWay(others, limit);
    if (inTheWay.length > 0) throw streamLimitReached(inTheWay, deps.deviceName);
    const watched = await playbackSessions.beat(playbackSessionId, beat);
    if (watched === null) throw noSuchPlayback();
    if (state === "ended") await playbackSessions.end(playbackSessionId, "viewer");
    return watched;
  });
  await saveProgress(deps, { studentId: viewer.id, lesson, positionSeconds, watchedSeconds });
}

function noSuchPlayback(): DomainError {
  return new DomainError("not_found", "This playback has ended. Start it again.");
}
