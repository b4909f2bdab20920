import { createHash, timingSafeEqual } from "node:crypto";
import { DomainError } from "../../domain/errors.ts";
import { receiveVideoEvent } from "../../domain/media/follow_videos.ts";
import { listVideos, showVideo } from "../../domain/media/list_videos.ts";
import type { Video } from "../../domain/media/ports.ts";
import { removeVideo } from "../../domain/media/remove_videos.ts";
import { importVideo, requestVideoUpload } from "../../domain/media/request_video_upload.ts";
import type { Video as WireVideo } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { clockDuration } from "../wire/duration.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps =
  & Needs<typeof importVideo | typeof receiveVideoEvent | typeof removeVideo>
  & {
    /** The secret in the webhook's URL; null if there is no webhook. */
    videoWebhookSecret: string | null;
  };

/** Serves videos: uploads and their status. */
export const videoRoutes = (
  deps: Deps,
): Handlers<
  | "createUploadCredentials"
  | "importVideo"
  | "listVideos"
  | "getVideo"
  | "deleteVideo"
  | "videoWebhook"
> => ({
  async createUploadCredentials({ caller, body, requestId }) {
    const { videoId, form } = await requestVideoUpload(deps, { caller, requestId, ...body });
    return { status: 200, body: { videoId, clientPayload: form } };
  },

  async importVideo({ caller, body, requestId }) {
    const { videoId } = await importVideo(deps, { caller, requestId, ...body });
    return { status: 201, body: toVideo(await showVideo(deps, { caller, videoId })) };
  },

  async listVideos(request) {
    const { status, course } = request.query;
    const { count, videos } = await listVideos(deps, {
      caller: request.caller,
      filter: { status, courseId: course },
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, videos.map(toVideo)) };
  },

  async getVideo({ caller, params }) {
    return { status: 200, body: toVideo(await showVideo(deps, { caller, videoId: params.id })) };
  },

  async deleteVideo({ caller, params, requestId }) {
    await removeVideo(deps, { caller, videoId: params.id, requestId });
    return { status: 202, body: toVideo(await showVideo(deps, { caller, videoId: params.id })) };
  },

  async videoWebhook({ params, body }) {
    if (!isSame(params.secret, deps.videoWebhookSecret)) {
      throw new DomainError("not_found", "There is nothing at this URL.");
    }
    await receiveVideoEvent(deps, { videoId: body.payload.id });
    return { status: 200, body: { received: true } };
  },
});

function toVideo(video: Video): WireVideo {
  return {
    id: video.id,
    title: video.title,
    uploader: video.uploader,
    course_id: video.courseId,
    origin: video.origin,
    status: video.status,
    duration: clockDuration(video.lengthSeconds),
    poster: video.posterUrl,
    lesson_count: video.lessonCount,
    created_at: video.createdAt.toISOString(),
  };
}

/** Compares in constant time, so that timing does not reveal where the texts differ. */
function isSame(given: string, secret: string | null): boolean {
  if (secret === null) return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
