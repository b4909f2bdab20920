import type { Visit } from "../playback/attempt.ts";
import { openLesson } from "../playback/open_lesson.ts";
import type { Lessons, PlaybackLog } from "../playback/ports.ts";
import { orNotFound } from "../errors.ts";
import type { Attachment, Attachments, Files } from "./ports.ts";

/** How long a link to an attachment is valid, in seconds. */
export const DOWNLOAD_SECONDS = 60;

type Deps = { lessons: Lessons; playbackLog: PlaybackLog; attachments: Attachments };

/** Lists a lesson's attachments, for people who may watch it; for everyone else it does not exist. */
export async function listAttachments(
  deps: Deps,
  { slugOrId, ...visit }: Visit & { slugOrId: string },
): Promise<Attachment[]> {
  const lesson = openLesson(deps, await deps.lessons.find(slugOrId, visit.viewer), visit);
  return await deps.attachments.ofLesson(lesson.id);
}

/**
 * Creates a link that downloads an attachment under its name, for people who may watch its lesson. The link is logged.
 */
export async function linkAttachment(
  deps: Deps & { files: Files },
  { id, ...visit }: Visit & { id: string },
): Promise<{ url: string }> {
  const { viewer, ipAddress, userAgent } = visit;
  const attachment = orNotFound(await deps.attachments.find(id), "attachment");
  const lesson = openLesson(deps, await deps.lessons.find(attachment.lessonId, viewer), visit);
  const url = await deps.files.presignedRead(attachment.key, DOWNLOAD_SECONDS, attachment.name);
  await deps.attachments.recordLink({
    attachment,
    courseId: lesson.courseId,
    viewerId: viewer?.id ?? null,
    ipAddress,
    userAgent,
  });
  return { url };
}
