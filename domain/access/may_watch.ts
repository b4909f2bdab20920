import { type Caller, ROLE } from "../accounts/ports.ts";
import type { LessonAccess } from "./ports.ts";

/**
 * The one gate to lessons and their videos; what it does not name is refused. Those who teach the course and
 * administrators watch everything, students what they have access to, and everyone the free previews of published courses.
 */
export function mayWatch(viewer: Pick<Caller, "role"> | null, lesson: LessonAccess): boolean {
  if (viewer?.role === ROLE.admin || lesson.viewerTeaches || lesson.viewerHasGrant) return true;
  return lesson.courseIsPublished && lesson.isFreePreview;
}
