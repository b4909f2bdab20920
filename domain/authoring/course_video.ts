import { DomainError } from "../errors.ts";
import type { VideoLibrary } from "../media/ports.ts";

/**
 * Refuses a video that none of the course's tutors brought, and keeps it from being deleted until the transaction ends.
 * Answers its length in seconds, null while unknown.
 */
export async function requireVideo(
  videoLibrary: VideoLibrary,
  { videoId, courseId }: { videoId: string; courseId: string },
): Promise<number | null> {
  const video = await videoLibrary.hold(videoId, courseId);
  if (video) return video.lengthSeconds;
  throw new DomainError("invalid_input", "Choose a video of this course's tutors.", {
    fields: { video_service_id: ["The tutors of this course have uploaded no such video."] },
  });
}
