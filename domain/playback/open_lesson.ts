import { noSuch } from "../errors.ts";
import { mayWatch, viewerAtThisMoment } from "../access/may_watch.ts";
import { attemptOf, type Visit } from "./attempt.ts";
import type { LessonForViewer, PlaybackLog } from "./ports.ts";

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
