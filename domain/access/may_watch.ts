import type { Caller, Role } from "../accounts/ports.ts";
import { mayAuthor } from "../authoring/rights.ts";
import { DomainError } from "../errors.ts";
import type { LessonAccess } from "./ports.ts";

/**
 * The one gate to lessons and their videos; what it does not name is refused. Those who teach the course and
 * administrators watch everything, students what they have access to, and everyone the free previews of published courses.
 */
export function mayWatch(viewer: Pick<Caller, "role"> | null, lesson: LessonAccess): boolean {
  if (mayAuthor(viewer, lesson.viewerTeaches) || lesson.viewerHasGrant) return true;
  return lesson.courseIsPublished && lesson.isFreePreview;
}

/**
 * The viewer as they stand at this moment: an access token lasts an hour, but what may be watched ends with the session and follows
 * the role at once. Refuses with `not_authenticated` when the session or the account has ended.
 */
export function viewerAtThisMoment(
  viewer: Caller | null,
  lesson: { viewerRole: Role | null },
): Caller | null {
  if (!viewer) return null;
  if (lesson.viewerRole === null) {
    throw new DomainError("not_authenticated", "This session has ended. Sign in again.");
  }
  return { ...viewer, role: lesson.viewerRole };
}
