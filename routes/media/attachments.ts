import { readAttachmentLinks } from "../../domain/playback/read_access_log.ts";
import { attachFile, confirmUpload, expectUpload, removeAttachment } from "../../domain/media/attach_file.ts";
import type { Attachment } from "../../domain/media/ports.ts";
import { DOWNLOAD_SECONDS, linkAttachment, listAttachments } from "../../domain/media/read_attachments.ts";
import type { Attachment as WireAttachment } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<typeof attachFile | typeof linkAttachment>;

/** Serves lessons' attachments. */
export const attachmentRoutes = (
  deps: Deps,
): Handlers<
  | "listAttachments"
  | "attachFile"
  | "createAttachmentUpload"
  | "confirmAttachmentUpload"
  | "deleteAttachment"
  | "linkAttachment"
  | "listAttachmentLinks"
> => ({
  async listAttachments({ params, caller, ipAddress, userAgent }) {
    const results = await listAttachments(deps, {
      slugOrId: params.slug,
      viewer: caller,
      ipAddress,
      userAgent,
    });
    return {
      status: 200,
      body: { count: results.length, next: null, previous: null, results: results.map(toAttachment) },
    };
  },

  async attachFile({ params, files, caller, requestId, isGone }) {
    const attachment = await attachFile(deps, {
      slugOrId: params.slug,
      file: files.file,
      caller,
      requestId,
      isGone,
    });
    return { status: 201, body: toAttachment(attachment) };
  },

  async createAttachmentUpload({ params, body, caller, requestId }) {
    const { id, url, headers, expiresAt } = await expectUpload(deps, {
      slugOrId: params.slug,
      file: { name: body.name, contentType: body.content_type, size: body.size },
      caller,
      requestId,
    });
    return { status: 201, body: { id, method: "PUT", url, headers, expires_at: expiresAt.toISOString() } };
  },

  async confirmAttachmentUpload({ params, caller, requestId }) {
    return {
      status: 201,
      body: toAttachment(await confirmUpload(deps, { uploadId: params.id, caller, requestId })),
    };
  },

  async deleteAttachment({ params, caller, requestId }) {
    await removeAttachment(deps, { id: params.id, caller, requestId });
    return { status: 204, body: undefined };
  },

  async linkAttachment({ params, caller, ipAddress, userAgent }) {
    const { url } = await linkAttachment(deps, { id: params.id, viewer: caller, ipAddress, userAgent });
    return { status: 200, body: { url, expires_in: DOWNLOAD_SECONDS } };
  },

  async listAttachmentLinks(request) {
    const { count, links } = await readAttachmentLinks(deps, {
      caller: request.caller,
      filter: { viewerId: request.query.viewer, lessonId: request.query.lesson },
      range: rangeOf(request.query),
    });
    const results = links.map((link) => ({
      id: link.id,
      occurred_at: link.occurredAt.toISOString(),
      viewer: link.viewerId === null ? null : { id: link.viewerId, email: link.viewerEmail },
      lesson_id: link.lessonId,
      attachment_id: link.attachmentId,
      name: link.name,
      address: link.ipAddress,
      user_agent: link.userAgent,
    }));
    return { status: 200, body: pageOf(request, count, results) };
  },
});

function toAttachment({ id, name, contentType, size, createdAt }: Attachment): WireAttachment {
  return { id, name, content_type: contentType, size, created_at: createdAt.toISOString() };
}
