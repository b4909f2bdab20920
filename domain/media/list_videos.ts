import { type Caller, ROLE } from "../accounts/ports.ts";
import { requireTutor } from "../authoring/rights.ts";
import { orNotFound } from "../errors.ts";
import type { Video, VideoFilter, VideoLibrary } from "./ports.ts";
import type { Range } from "../range.ts";

type Deps = { videoLibrary: VideoLibrary };

/**
 * Lists the videos that a tutor uploaded or that belong to their courses; for administrators, all. Throws DomainError
 * `forbidden`.
 */
export async function listVideos(
  { videoLibrary }: Deps,
  { caller, filter, range }: {
    caller: Caller;
    filter: Omit<VideoFilter, "visibleTo">;
    range: Range;
  },
): Promise<{ count: number; videos: Video[] }> {
  requireTutor(caller);
  return await videoLibrary.list({ ...filter, ...visibility(caller) }, range);
}

/** Returns one of the videos that `listVideos` lists. Throws DomainError `not_found` for others. */
export async function showVideo(
  { videoLibrary }: Deps,
  { caller, videoId }: { caller: Caller; videoId: string },
): Promise<Video> {
  requireTutor(caller);
  const video = orNotFound(await videoLibrary.find(videoId, visibility(caller)), "video of yours");
  return video;
}

const visibility = ({ id, role }: Caller) => role === ROLE.admin ? {} : { visibleTo: id };
