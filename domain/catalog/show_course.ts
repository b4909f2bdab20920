import type { Caller } from "../accounts/ports.ts";
import { mayAuthor } from "../authoring/rights.ts";
import { noSuch } from "../errors.ts";
import type { Catalog, Course, CourseDetail, PartWithLessons } from "./ports.ts";

type Deps = { catalog: Catalog };
/** `isKept`: the viewer may author the course (see `keepsCourse`). */
export type CourseView = { course: CourseDetail; isKept: boolean };

/**
 * Returns a course with its parts and lessons. A course that is not on sale is visible to people with access to it, its
 * tutors and administrators; video ids only to tutors and administrators.
 */
export async function showCourse(
  { catalog }: Deps,
  { slugOrId, viewer }: { slugOrId: string; viewer: Caller | null },
): Promise<CourseView> {
  return viewOf(await catalog.course(slugOrId, viewer?.id ?? null), viewer, "course");
}

/** Returns a part with its lessons, for people who may see its course. */
export async function showPart(
  { catalog }: Deps,
  { slugOrId, viewer }: { slugOrId: string; viewer: Caller | null },
): Promise<CourseView & { part: PartWithLessons }> {
  const found = await catalog.courseOfPart(slugOrId, viewer?.id ?? null);
  const view = viewOf(found, viewer, "part");
  const part = view.course.parts.find(({ slug, id }) => slug === slugOrId || id === slugOrId)!;
  return { ...view, part };
}

function viewOf(course: CourseDetail | null, viewer: Caller | null, what: string): CourseView {
  const keeps = course !== null && keepsCourse(course, viewer);
  const isOnSale = course !== null && course.isPublished && !course.isArchived;
  if (!course || !(isOnSale || course.isEnrolled || keeps)) throw noSuch(what);
  return { course, isKept: keeps };
}

/** Returns whether the viewer may author the course. */
export function keepsCourse({ tutors }: Pick<Course, "tutors">, viewer: Caller | null): boolean {
  return mayAuthor(viewer, tutors.some(({ id }) => id === viewer?.id));
}
