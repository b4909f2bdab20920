import type { Caller } from "../accounts/ports.ts";
import type { Catalog, CourseDetail } from "../catalog/ports.ts";
import { showCourse } from "../catalog/show_course.ts";
import type { CourseProgress, CourseProgressSummary, Progress } from "./ports.ts";

/** Returns the caller's progress in a course that they can see. */
export async function showCourseProgress(
  deps: { catalog: Catalog; progress: Progress },
  input: { caller: Caller; slugOrId: string },
): Promise<{ course: CourseDetail; progress: CourseProgress }> {
  const { course } = await showCourse(deps, { slugOrId: input.slugOrId, viewer: input.caller });
  return { course, progress: await deps.progress.ofCourse(input.caller.id, course.id) };
}

/** Returns progress in whole percent: 100 only if every lesson is completed; 0 for a course without lessons. */
export function percentCompleted(
  { completedLessons, totalLessons }: Omit<CourseProgressSummary, "next">,
): number {
  return totalLessons === 0 ? 0 : Math.floor(completedLessons * 100 / totalLessons);
}
