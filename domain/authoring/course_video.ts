import { type Caller, ROLE } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { VideoLibrary } from "../media/ports.ts";

/**
 * Refuses a video that the caller did not upload, unless it was uploaded for this course: a co-tutor gets no access
 * to the videos of another tutor's other courses. Administrators may use any. Keeps the video from being deleted
 * until the transaction ends. Returns its length in seconds, or null if unknown.
 */
export async function requireVideo(
  videoLibrary: VideoLibrary,
  { videoId, courseId, caller }: { videoId: string; courseId: string; caller: Caller },
): Promise<number | null> {
  const callerId = caller.role === ROLE.admin ? null : caller.id;
  const video = await videoLibrary.hold(videoId, { courseId, callerId });
  if (video) return video.lengthSeconds;
  throw new DomainError(
    "invalid_input",
    "Choose one of your videos, or one that was uploaded for this course.",
    {
      fields: {
        video_service_id: ["You have not uploaded this video, and nobody has uploaded it for this course."],
      },
    },
  );
}
