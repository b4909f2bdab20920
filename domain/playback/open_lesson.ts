import type { Caller } from "../accounts/ports.ts";
import { noSuch } from "../errors.ts";
import { mayWatch, viewerAtThisMoment } from "../access/may_watch.ts";
import type { LessonForViewer, PlaybackAttempt, PlaybackLog } from "./ports.ts";

/** The viewer of a lesson, their IP address and user agent. */
export type Visit = { viewer: Caller | null; ipAddress: string; userAgent: string };

/** Builds the access log's entry for a visit to a lesson. */
export function attemptOf(
  lesson: LessonForViewer,
  { viewer, ipAddress, userAgent }: Visit,
  outcome: PlaybackAttempt["outcome"],
  playbackSessionId: string | null = null,
): PlaybackAttempt {
  const { id: lessonId, courseId, videoId } = lesson;
  return {
    lessonId,
    courseId,
    videoId,
    viewerId: viewer?.id ?? null,
    playbackSessionId,
    ipAddress,
    userAgent,
    outcome,
  };
}

/** Returns the lesson to people who may watch it. For all others it does not exist, and the attempt is logged. */
export function openLesson(
  deps: { playbackLog: PlaybackLog },
  lesson: LessonForViewer | null,
  visit: Visit,
): LessonForViewer {
  if (!lesson) throw noSuch("lesson");
  if (mayWatch(viewerAtThisMoment(visit.viewer, lesson), lesson.access)) return lesson;
  deps.playbackLog.note(attemptOf(lesson, visit, "refused"));
  throw noSuch("lesson");
}
