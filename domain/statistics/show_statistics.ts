import type { Caller } from "../accounts/ports.ts";
import type { Authoring, OwnCourse } from "../authoring/ports.ts";
import { requireAuthor, requireTutor } from "../authoring/rights.ts";
import type { CourseStatistics, Statistics, TutorCourse, TutorStatistics } from "./ports.ts";
import type { Range } from "../range.ts";

/** Returns figures on the caller's courses; for tutors and administrators. */
export async function showTutorStatistics(
  deps: { statistics: Statistics },
  input: { caller: Caller },
): Promise<TutorStatistics> {
  requireTutor(input.caller);
  return await deps.statistics.ofTutor(input.caller.id);
}

/** Lists the caller's courses with their figures; for tutors and administrators. */
export async function listTutorCourses(
  deps: { statistics: Statistics },
  input: { caller: Caller; range: Range },
): Promise<{ count: number; courses: TutorCourse[] }> {
  requireTutor(input.caller);
  return await deps.statistics.coursesOf(input.caller.id, input.range);
}

/** Returns figures on the students of a course; for its tutors and administrators. */
export async function showCourseStatistics(
  deps: { authoring: Authoring; statistics: Statistics },
  input: { caller: Caller; slugOrId: string },
): Promise<{ course: OwnCourse; statistics: CourseStatistics }> {
  const course = requireAuthor(input.caller, await deps.authoring.course(input.slugOrId, input.caller.id));
  return { course, statistics: await deps.statistics.ofCourse(course.id) };
}
