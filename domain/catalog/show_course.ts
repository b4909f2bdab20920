import { type Caller, ROLE } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { Catalogue, CourseDetail } from "./ports.ts";

/** A course with its parts and lessons. Drafts show to their tutors and to administrators; ids of videos likewise. */
export async function showCourse(
  deps: { catalogue: Catalogue },
  input: { slugOrId: string; viewer: Caller | null },
): Promise<{ course: CourseDetail; showsVideoIds: boolean }> {
  const { viewer } = input;
  const course = await deps.catalogue.course(input.slugOrId, viewer?.id ?? null);
  const keeps = course !== null && viewer !== null &&
    (viewer.role === ROLE.admin || course.tutors.some((tutor) => tutor.id === viewer.id));
  if (!course || !(course.isPublished || course.isEnrolled || keeps)) {
    throw new DomainError("not_found", "There is no such course.");
  }
  return { course, showsVideoIds: keeps };
}
