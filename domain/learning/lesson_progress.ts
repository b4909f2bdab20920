import { mayWatch, viewerAtThisMoment } from "../access/may_watch.ts";
import type { LessonForViewer, Lessons } from "../playback/ports.ts";
import type { Caller } from "../accounts/ports.ts";
import { orNotFound } from "../errors.ts";
import type { LessonProgress, Progress } from "./ports.ts";
import { type ProgressDeps, saveProgress } from "./save_progress.ts";

type Deps = { lessons: Lessons; progress: Progress };

/**
 * Returns the lesson, for people who may watch it. For everyone else neither the lesson nor anything that belongs to
 * it exists.
 */
export async function watchableLesson(
  deps: { lessons: Lessons },
  input: { slugOrId: string; viewer: Caller | null; what?: "lesson" | "comment" },
): Promise<LessonForViewer> {
  const { viewer, what = "lesson" } = input;
  const lesson = await deps.lessons.find(input.slugOrId, viewer);
  return orNotFound(lesson && mayWatch(viewerAtThisMoment(viewer, lesson), lesson.access) && lesson, what);
}

/** Saves the caller's progress in a lesson that they may watch. */
export async function reportProgress(
  deps: Deps & ProgressDeps,
  input: {
    caller: Caller;
    slugOrId: string;
    report: { positionSeconds?: number; watchedSeconds?: number; isCompleted?: boolean };
  },
): Promise<{ lesson: LessonForViewer; progress: LessonProgress }> {
  const lesson = await watchableLesson(deps, { slugOrId: input.slugOrId, viewer: input.caller });
  const progress = await saveProgress(deps, { studentId: input.caller.id, lesson, ...input.report });
  return { lesson, progress };
}

/** Returns the caller's progress in a lesson that they may watch; null if they have not started it. */
export async function showProgress(
  deps: Deps,
  input: { caller: Caller; slugOrId: string },
): Promise<{ lesson: LessonForViewer; progress: LessonProgress | null }> {
  const lesson = await watchableLesson(deps, { slugOrId: input.slugOrId, viewer: input.caller });
  return { lesson, progress: await deps.progress.ofLesson(input.caller.id, lesson.id) };
}
