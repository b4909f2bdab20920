import type { Caller } from "../accounts/ports.ts";
import type { LessonForViewer, PlaybackAttempt } from "./ports.ts";

/** The viewer of a lesson, their IP address and user agent. */
export type Visit = { viewer: Caller | null; ipAddress: string; userAgent: string };

/** Builds the access log's entry for a visit to a lesson. */
export function attemptOf(
  lesson: LessonForViewer,
  { viewer, ipAddress, userAgent }: Visit,
  outcome: PlaybackAttempt["outcome"],
  playbackSessionId: string | null = null,
): PlaybackAttempt {
  const { id: lessonId, courseId, videoId } = lesson;
  return {
    lessonId,
    courseId,
    videoId,
    viewerId: viewer?.id ?? null,
    playbackSessionId,
    ipAddress,
    userAgent,
    outcome,
  };
}
