import { type Caller, ROLE } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { requireTutor } from "../authoring/rights.ts";
import { DomainError, noSuch } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { VideoLibrary, VideoService } from "./ports.ts";

type Stores = { videoLibrary: VideoLibrary; jobs: Jobs };
type Deps = { videoLibrary: VideoLibrary; transaction: Transaction<Stores> };

/**
 * Deletes a video that no lesson shows. Throws DomainError: `forbidden` for callers who are not tutors, `not_found`
 * if it is not the caller's (administrators may delete any), `video_in_use` if a lesson shows it.
 */
export async function removeVideo(
  deps: { videoLibrary: VideoLibrary; transaction: Transaction<Stores & { audit: AuditLog }> },
  { caller, videoId, requestId }: { caller: Caller; videoId: string; requestId: string },
): Promise<void> {
  requireTutor(caller);
  const video = await deps.videoLibrary.find(videoId, {});
  const isTheirs = video?.uploader?.id === caller.id || caller.role === ROLE.admin;
  if (!video || !isTheirs || video.status === "deleted") {
    throw noSuch("video of yours");
  }
  if (video.status === "deleting") return;
  const isClaimed = await deps.transaction(async ({ audit, ...stores }) => {
    if (!(await claim(stores, videoId))) return false;
    await noteAdministrator(audit, caller, {
      action: "video.delete",
      subject: { type: "video", id: videoId },
      before: { title: video.title },
      requestId,
    });
    return true;
  });
  if (!isClaimed) {
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
    if (await deps.transaction((stores) => claim(stores, video.id))) swept.push(video);
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

async function claim({ videoLibrary, jobs }: Stores, videoId: string): Promise<boolean> {
  const isClaimed = await videoLibrary.claimForDeletion(videoId);
  if (isClaimed) await jobs.add({ kind: "delete_video", videoId });
  return isClaimed;
}
