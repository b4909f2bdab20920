import type { Caller, Role } from "../accounts/ports.ts";
import { mayAuthor } from "../authoring/rights.ts";
import { DomainError } from "../errors.ts";
import type { LessonAccess } from "./ports.ts";

/**
 * Decides who may watch lessons and their videos; everything not named here is refused. The course's tutors and
 * administrators watch everything, students what they have access to, and everyone the free previews of published
 * courses.
 */
export function mayWatch(viewer: Pick<Caller, "role"> | null, lesson: LessonAccess): boolean {
  if (mayAuthor(viewer, lesson.viewerTeaches) || lesson.viewerHasGrant) return true;
  return lesson.courseIsPublished && lesson.isFreePreview;
}

/**
 * Returns the viewer with their current role. An access token lasts an hour, but watching ends with the session and
 * follows a change of role at once. Throws DomainError `not_authenticated` when the session or the account has ended.
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
