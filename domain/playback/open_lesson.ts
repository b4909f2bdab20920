import type { Caller } from "../accounts/ports.ts";
import { noSuch } from "../errors.ts";
import { mayWatch, viewerAtThisMoment } from "../access/may_watch.ts";
import type { LessonForViewer, PlaybackAttempt, PlaybackLog } from "./ports.ts";

/** Who asks, and from where. */
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

/** Passes the lesson on to those who may watch it. To all others it does not exist, and the log tells of them. */
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
