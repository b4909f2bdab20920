import type { Caller } from "../accounts/ports.ts";
import type { Catalog } from "../catalog/ports.ts";
import { type CourseView, showCourse } from "../catalog/show_course.ts";
import type { Authoring } from "./ports.ts";
import { requireAuthor } from "./rights.ts";

/** Returns a course, published or not, as students see it. For its tutors and administrators. */
export async function previewCourse(
  deps: { authoring: Authoring; catalog: Catalog },
  { caller, slugOrId }: { caller: Caller; slugOrId: string },
): Promise<CourseView> {
  const { id } = requireAuthor(caller, await deps.authoring.course(slugOrId, caller.id));
  const { course } = await showCourse(deps, { slugOrId: id, viewer: caller });
  return { course, isKept: false };
}
