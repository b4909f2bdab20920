import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Authoring } from "../authoring/ports.ts";
import { mayAuthor, requireTutor } from "../authoring/rights.ts";
import { DomainError, invalidField } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import type { PublicHosts, UploadForm, VideoLibrary, VideoService } from "./ports.ts";
import { tidyText } from "../text.ts";

type Deps = {
  authoring: Authoring;
  videoService: VideoService;
  transaction: Transaction<{ videoLibrary: VideoLibrary; audit: AuditLog }>;
};
type Request = { caller: Caller; title: string; course?: string; requestId: string };

/**
 * Registers a tutor's video and returns the form that uploads it. The video belongs to the tutor from then on. Throws
 * DomainError: `forbidden` for others, `not_found` for a course that they do not teach, `vendor_unavailable`.
 */
export async function requestVideoUpload(
  deps: Deps,
  { caller, title, course, folderId, requestId }: Request & { folderId: string },
): Promise<{ videoId: string; form: UploadForm }> {
  const courseId = await courseOf(deps, caller, course);
  const named = titled(title);
  const { videoId, form } = await deps.videoService.requestUpload({ title: named, folderId });
  await keep(deps, { caller, requestId }, { id: videoId, title: named, courseId, origin: "upload" });
  return { videoId, form };
}

/**
 * Has the video service import a tutor's video from a public URL. Throws DomainError: `invalid_input` naming `url`
 * for other URLs, and what `requestVideoUpload` throws.
 */
export async function importVideo(
  deps: Deps & { publicHosts: PublicHosts },
  { caller, title, course, url, requestId }: Request & { url: string },
): Promise<{ videoId: string }> {
  const courseId = await courseOf(deps, caller, course);
  const address = new URL(url);
  const refuse = (message: string) => invalidField("url", message);
  if (address.protocol !== "https:" || (address.port !== "" && address.port !== "443")) {
    throw refuse("Enter a URL that begins with https:// and names no port.");
  }
  if (address.username !== "" || address.password !== "") {
    throw refuse("Enter a URL without a user name or password.");
  }
  if (!(await deps.publicHosts.isPublic(address.hostname))) {
    throw refuse("This host cannot be reached from the Internet.");
  }
  const named = titled(title);
  const { videoId } = await deps.videoService.importFrom({ url: address.href, title: named });
  const video = { id: videoId, title: named, courseId, origin: "import", sourceUrl: address.href } as const;
  await keep(deps, { caller, requestId }, video);
  return { videoId };
}

/** Stores a video that the service knows, as the caller's. */
async function keep(
  { transaction }: Pick<Deps, "transaction">,
  { caller, requestId }: Pick<Request, "caller" | "requestId">,
  { id, ...video }: Omit<Parameters<VideoLibrary["add"]>[0], "uploaderId">,
): Promise<void> {
  await transaction(async ({ videoLibrary, audit }) => {
    await videoLibrary.add({ id, ...video, uploaderId: caller.id });
    await noteAdministrator(audit, caller, {
      action: `video.${video.origin}`,
      subject: { type: "video", id },
      after: video,
      requestId,
    });
  });
}

async function courseOf(
  { authoring }: { authoring: Authoring },
  caller: Caller,
  slugOrId: string | undefined,
): Promise<string | null> {
  requireTutor(caller);
  if (slugOrId === undefined) return null;
  const course = await authoring.course(slugOrId, caller.id);
  if (course && mayAuthor(caller, course.isTaught)) return course.id;
  throw new DomainError("not_found", "You do not teach such a course.");
}

/** Returns a title for the video. The frontend sends the lesson's title, which may still be empty. */
const titled = (title: string) => tidyText(title) || "Untitled";
