import type { Caller } from "../../accounts/ports.ts";
import { mayAuthor } from "../../authoring/rights.ts";
import { noSuch } from "../../errors.ts";
import type { CourseUpdate, CourseUpdates } from "./ports.ts";
import type { Range } from "../../range.ts";

/**
 * Lists a course's updates, for people who can watch it, its tutors and administrators; for everyone else the course
 * does not exist.
 */
export async function listUpdates(
  deps: { courseUpdates: CourseUpdates },
  { caller, slugOrId, range }: { caller: Caller; slugOrId: string; range: Range },
): Promise<{ count: number; updates: CourseUpdate[] }> {
  const reader = await deps.courseUpdates.reader(slugOrId, caller.id);
  if (!reader || !(reader.hasAccess || mayAuthor(caller, reader.teaches))) {
    throw noSuch("course");
  }
  return await deps.courseUpdates.list(reader.courseId, range);
}
