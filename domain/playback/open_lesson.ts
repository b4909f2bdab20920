import type { Caller } from "../accounts/ports.ts";
import { noSuch } from "../errors.ts";
import { mayWatch, viewerAtThisMoment } from "../access/may_watch.ts";
import type { Lesson, PlaybackAttempt, PlaybackLog } from "./ports.ts";

/** Who asks, and from where. */
export type Visit = { viewer: Caller | null; address: string; userAgent: string };

/** What the access log says about a visit to a lesson. */
export function attemptOf(
  lesson: Lesson,
  { viewer, address, userAgent }: Visit,
  outcome: PlaybackAttempt["outcome"],
  sessionId: string | null = null,
): PlaybackAttempt {
  const { id: lessonId, courseId, videoId } = lesson;
  return {
    lessonId,
    courseId,
    videoId,
    viewerId: viewer?.id ?? null,
    sessionId,
    address,
    userAgent,
    outcome,
  };
}

/** Passes the lesson on to those who may watch it. To all others it does not exist, and the log tells of them. */
export function openLesson(
  deps: { playbackLog: PlaybackLog },
  lesson: Lesson | null,
  visit: Visit,
): Lesson {
  if (!lesson) throw noSuch("lesson");
  if (mayWatch(viewerAtThisMoment(visit.viewer, lesson), lesson.access)) return lesson;
  deps.playbackLog.note(attemptOf(lesson, visit, "refused"));
  throw noSuch("lesson");
}
