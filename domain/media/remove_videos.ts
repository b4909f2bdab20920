import { type Caller, ROLE } from "../accounts/ports.ts";
import { requireTutor } from "../authoring/rights.ts";
import { DomainError, noSuch } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { VideoLibrary, VideoService } from "./ports.ts";

type Deps = {
  videoLibrary: VideoLibrary;
  transaction: Transaction<{ videoLibrary: VideoLibrary; jobs: Jobs }>;
};

/**
 * Deletes a video that no lesson shows. Throws DomainError: `forbidden` for callers who are not tutors, `not_found`
 * if it is not the caller's (administrators may delete any), `video_in_use` if a lesson shows it.
 */
export async function removeVideo(
  deps: Deps,
  { caller, videoId }: { caller: Caller; videoId: string },
): Promise<void> {
  requireTutor(caller);
  const video = await deps.videoLibrary.find(videoId, {});
  const isTheirs = video?.uploader?.id === caller.id || caller.role === ROLE.admin;
  if (!video || !isTheirs || video.status === "deleted") {
    throw noSuch("video of yours");
  }
  if (video.status === "deleting") return;
  if (!(await claim(deps, videoId))) {
    throw new DomainError("video_in_use", "This video is used in a lesson. Remove it from the lesson first.");
  }
}

/** Deletes the videos that no lesson has shown for `graceDays`, and returns them. A dry run only returns them. */
export async function sweepVideos(
  deps: Deps,
  { graceDays, dryRun = false }: { graceDays: number; dryRun?: boolean },
): Promise<{ id: string; title: string; unusedSince: Date }[]> {
  const unused = await deps.videoLibrary.unusedFor(graceDays);
  if (dryRun) return unused;
  const swept = [];
  for (const video of unused) {
    if (await claim(deps, video.id)) swept.push(video);
  }
  return swept;
}

/** Has the video service delete a video that was claimed for deletion. Throws DomainError `vendor_unavailable`. */
export async function deleteVideo(
  deps: { videoLibrary: VideoLibrary; videoService: VideoService },
  { videoId }: { videoId: string },
): Promise<void> {
  await deps.videoService.remove(videoId);
  await deps.videoLibrary.markDeleted(videoId);
}

function claim(deps: Deps, videoId: string): Promise<boolean> {
  return deps.transaction(async ({ videoLibrary, jobs }) => {
    const isClaimed = await videoLibrary.claimForDeletion(videoId);
    if (isClaimed) await jobs.add({ kind: "delete_video", videoId });
    return isClaimed;
  });
}
