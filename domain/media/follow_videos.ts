import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { VideoLibrary, VideoService } from "./ports.ts";

type Deps = { videoLibrary: VideoLibrary; videoService: VideoService };

/** Seconds between two queries about a pending video, and how many are asked about per run. */
const QUIET_SECONDS = 60;
const BATCH = 20;

/** Asks the video service for a video's status and saves it. Throws DomainError `vendor_unavailable`. */
export async function followVideo(
  { videoLibrary, videoService }: Deps,
  input: { videoId: string },
): Promise<void> {
  await videoLibrary.saveStatus(input.videoId, await videoService.status(input.videoId));
}

/** Follows all pending videos, because the video service does not report failures by itself. */
export async function followPendingVideos(deps: Deps): Promise<void> {
  for (const videoId of await deps.videoLibrary.pending(QUIET_SECONDS, BATCH)) {
    try {
      await followVideo(deps, { videoId });
    } catch (error) {
      if (error instanceof DomainError) return; // the service is down: the next run continues
      throw error;
    }
  }
}

/** Looks up the video that an event names. Events are not signed, so nothing else in them is trusted. */
export async function receiveVideoEvent(
  deps: { transaction: Transaction<{ jobs: Jobs }> },
  { videoId }: { videoId: string },
): Promise<void> {
  await deps.transaction(({ jobs }) => jobs.add({ kind: "follow_video", videoId }));
}
