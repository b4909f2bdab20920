import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { VideoLibrary, VideoService } from "./ports.ts";

type Deps = { videoLibrary: VideoLibrary; videoService: VideoService };

/** Seconds after which a video on its way is asked about again, and how many are in one go. */
const QUIET_SECONDS = 60;
const BATCH = 20;

/** Asks the video service how a video stands and saves it. Throws DomainError `vendor_unavailable`. */
export async function followVideo(
  { videoLibrary, videoService }: Deps,
  input: { videoId: string },
): Promise<void> {
  await videoLibrary.saveStatus(input.videoId, await videoService.status(input.videoId));
}

/** Follows the videos on their way, for the video service tells of no failure by itself. */
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

/** Looks into a video that an event tells of: events are not signed, so nothing in them is believed. */
export async function receiveVideoEvent(
  deps: { transaction: Transaction<{ jobs: Jobs }> },
  { videoId }: { videoId: string },
): Promise<void> {
  await deps.transaction(({ jobs }) => jobs.add({ kind: "follow_video", videoId }));
}
