import { type Caller, ROLE } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { Catalogue, CourseDetail, Part } from "./ports.ts";

type Deps = { catalogue: Catalogue };
/** `isKept`: the viewer keeps the course: teaches it, or is an administrator. */
export type CourseView = { course: CourseDetail; isKept: boolean };

/**
 * A course with its parts and lessons. What is not on sale shows to those who have access to it, its tutors and
 * administrators; ids of videos to the latter two only.
 */
export async function showCourse(
  { catalogue }: Deps,
  { slugOrId, viewer }: { slugOrId: string; viewer: Caller | null },
): Promise<CourseView> {
  return viewOf(await catalogue.course(slugOrId, viewer?.id ?? null), viewer, "There is no such course.");
}

/** A part with its lessons, to those who may see its course. */
export async function showPart(
  { catalogue }: Deps,
  { slugOrId, viewer }: { slugOrId: string; viewer: Caller | null },
): Promise<CourseView & { part: Part }> {
  const found = await catalogue.courseOfPart(slugOrId, viewer?.id ?? null);
  const view = viewOf(found, viewer, "There is no such part.");
  const part = view.course.parts.find(({ slug, id }) => slug === slugOrId || id === slugOrId)!;
  return { ...view, part };
}

function viewOf(course: CourseDetail | null, viewer: Caller | null, refusal: string): CourseView {
  const keeps = course !== null && viewer !== null &&
    (viewer.role === ROLE.admin || course.tutors.some((tutor) => tutor.id === viewer.id));
  const isOnSale = course !== null && course.isPublished && !course.isArchived;
  if (!course || !(isOnSale || course.isEnrolled || keeps)) throw new DomainError("not_found", refusal);
  return { course, isKept: keeps };
}
