import type { Caller } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import { mayWatch } from "./may_watch.ts";
import type { Lesson, Lessons, PlaybackAttempt, PlaybackLog, PlaybackTicket, Videos } from "./ports.ts";

/** How long a one-time password for a video is valid. */
export const TICKET_SECONDS = 300;

type Deps = { lessons: Lessons; videos: Videos; playbackLog: PlaybackLog };

/** A lesson, and its video unless it has none or the video service fails; then `failure` says why, for the operator. */
export type LessonView = { lesson: Lesson; ticket: PlaybackTicket | null; failure: DomainError | null };

/** Shows a lesson to those who may watch it and logs the attempt either way. To all others it does not exist. */
export async function viewLesson(
  deps: Deps,
  input: { slugOrId: string; viewer: Caller | null; address: string; userAgent: string },
): Promise<LessonView> {
  const { address, userAgent } = input;
  const lesson = await deps.lessons.find(input.slugOrId, input.viewer);
  if (!lesson) throw new DomainError("not_found", "There is no such lesson.");
  // An access token lasts an hour, but playback ends with the session and follows the role at once.
  if (input.viewer && !lesson.viewer) {
    throw new DomainError("not_authenticated", "This session has ended. Sign in again.");
  }
  const viewer = input.viewer && { ...input.viewer, role: lesson.viewer!.role };
  const log = (outcome: PlaybackAttempt["outcome"]) =>
    deps.playbackLog.record({
      lessonId: lesson.id,
      courseId: lesson.courseId,
      videoId: lesson.videoId,
      viewerId: viewer?.id ?? null,
      address,
      userAgent,
      outcome,
    });
  if (!mayWatch(viewer, lesson.access)) {
    await log("refused");
    throw new DomainError("not_found", "There is no such lesson.");
  }
  if (lesson.videoId === null) {
    await log("no_video");
    return { lesson, ticket: null, failure: null };
  }
  try {
    const ticket = await deps.videos.ticket({
      videoId: lesson.videoId,
      viewerId: viewer?.id ?? "anonymous",
      watermark: lesson.viewer?.label ?? "11Tutors",
      ttlSeconds: TICKET_SECONDS,
    });
    await log("ticket_issued");
    return { lesson, ticket, failure: null };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    await log("vendor_unavailable");
    return { lesson, ticket: null, failure: error };
  }
}
