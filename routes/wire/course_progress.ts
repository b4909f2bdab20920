import { percentCompleted } from "../../domain/learning/course_progress.ts";
import type { CourseProgressSummary } from "../../domain/learning/ports.ts";

/** Converts a student's progress in a course to the wire's shape. */
export function toWireSummary({ completedLessons, totalLessons, next }: CourseProgressSummary) {
  return {
    completed_lessons: completedLessons,
    total_lessons: totalLessons,
    percent: percentCompleted({ completedLessons, totalLessons }),
    next_lesson: next &&
      { id: next.id, slug: next.slug, title: next.title, position_seconds: next.positionSeconds },
  };
}
