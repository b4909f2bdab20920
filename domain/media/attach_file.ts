import type { LessonForViewer, Lessons } from "../playback/ports.ts";
import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Authoring } from "../authoring/ports.ts";
import { lockAuthored, mayAuthor } from "../authoring/rights.ts";
import { DomainError, invalidField, noSuch, orNotFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import {
  type Attachment,
  type Attachments,
  type ByteSource,
  DOCUMENT_TYPES,
  type DocumentFault,
  type Documents,
  type Files,
} from "./ports.ts";
import { tidyText } from "../text.ts";

const MIB = 1024 * 1024;
/** The maximum size in bytes through the API, and directly into the bucket. */
const MAX_FORM_BYTES = 20 * MIB;
const MAX_UPLOAD_BYTES = 500 * MIB;
const UPLOAD_SECONDS = 3600;
/**
 * Media types that an upload may declare: the accepted ones, Windows' name for a ZIP, and that of files unknown to
 * browsers. The file is stored under the type found by its content.
 */
const UPLOAD_TYPES = [
  ...Object.values(DOCUMENT_TYPES) as string[],
  "application/x-zip-compressed",
  "application/octet-stream",
];

type Stores = { authoring: Authoring; attachments: Attachments; audit: AuditLog; jobs: Jobs };
type Deps = {
  lessons: Lessons;
  attachments: Attachments;
  documents: Documents;
  files: Files;
  randomName: () => string;
  transaction: Transaction<Stores>;
};
type Request = { caller: Caller; requestId: string };

const ADVICE: Record<DocumentFault, string> = {
  unknown_type:
    "This is neither PDF, PowerPoint, Word, Excel, OpenDocument nor ZIP. Send one of those; other files in a ZIP.",
  wrong_extension: "The name's ending does not fit what the file is. Rename it and send it again.",
  truncated: "This file is incomplete. Send it again.",
  followed_by_other_data:
    "This file contains something besides the document. Save it again and send the new file.",
  unsafe_names:
    "This archive has names that lead out of its folder, links, or the same name twice. Pack it anew.",
  encrypted: "This archive is encrypted, so that nobody can check it. Pack it without a password.",
  too_many_entries: "This archive has more than 10,000 files, or a list of them of many MiB.",
  bomb: "This archive unpacks to far more than it holds. Pack it anew.",
  macros: "This document has macros. Save it without them.",
};

/** Attaches a file from the request to a lesson, for its tutors and administrators. */
export async function attachFile(
  deps: Deps,
  { slugOrId, file, isGone, ...request }: Request & {
    slugOrId: string;
    file: { name: string; bytes: Uint8Array };
    isGone?(): boolean;
  },
): Promise<Attachment> {
  const lesson = await ownLesson(deps, slugOrId, request.caller);
  const { bytes } = file;
  if (bytes.byteLength > MAX_FORM_BYTES) {
    throw invalidField(
      "file",
      `At most ${MAX_FORM_BYTES / MIB} MiB are accepted here. Upload larger files directly.`,
    );
  }
  const name = fileName("file", file.name.replaceAll("%22", '"')); // browsers escape quotes in forms like this
  const source = {
    size: bytes.byteLength,
    read: (start: number, end: number) => Promise.resolve(bytes.subarray(start, end)),
  };
  requireContent("file", source);
  const inspection = await deps.documents.inspect(name, source, { id: request.caller.id, isGone });
  if ("fault" in inspection) throw invalidField("file", ADVICE[inspection.fault]);
  const { contentType } = inspection;
  const key = attachmentKey(deps);
  await deps.files.put(key, bytes, { contentType, readers: "entitled" });
  return await deps.transaction(async (stores) => {
    await lockAuthored(stores.authoring, request.caller, lesson.courseId);
    return await add(stores, request, lesson, { key, name, contentType, size: bytes.byteLength });
  });
}

export type UploadTicket = { id: string; url: string; headers: Record<string, string>; expiresAt: Date };

/** Lets a tutor upload one file of this type and length directly into the bucket, to be confirmed afterwards. */
export async function expectUpload(
  deps: Deps,
  { slugOrId, caller, file }: Request & {
    slugOrId: string;
    file: { name: string; contentType: string; size: number };
  },
): Promise<UploadTicket> {
  const lesson = await ownLesson(deps, slugOrId, caller);
  if (file.size > MAX_UPLOAD_BYTES) {
    throw invalidField("size", `At most ${MAX_UPLOAD_BYTES / MIB} MiB are accepted.`);
  }
  const { contentType, size } = file;
  const name = fileName("name", file.name);
  if (!Object.keys(DOCUMENT_TYPES).includes(name.split(".").at(-1)!.toLowerCase())) {
    throw invalidField("name", ADVICE.unknown_type);
  }
  if (!UPLOAD_TYPES.includes(contentType)) throw invalidField("content_type", ADVICE.unknown_type);
  const key = `uploads/${deps.randomName()}`;
  const expected = await deps.transaction(async ({ authoring, attachments }) => {
    await lockAuthored(authoring, caller, lesson.courseId);
    return await attachments.expect({
      lessonId: lesson.id,
      key,
      name,
      contentType,
      size,
      userId: caller.id,
      seconds: UPLOAD_SECONDS,
    });
  });
  if (!expected) throw noSuch("lesson of yours");
  const url = await deps.files.presignedUpload(key, { contentType, size, seconds: UPLOAD_SECONDS });
  return { ...expected, url, headers: { "content-type": contentType } };
}

/**
 * Attaches an uploaded file after checking that it is what was announced. It is copied out of the uploader's reach,
 * under the type found by its content. Throws DomainError `not_found` for an upload that is already confirmed. A
 * refused file can be replaced by another upload, and is not checked again until then.
 */
export async function confirmUpload(
  deps: Deps,
  { uploadId, ...request }: Request & { uploadId: string },
): Promise<Attachment> {
  const { caller } = request;
  const upload = orNotFound(
    await deps.attachments.expected(uploadId, caller.id),
    "upload of yours under way",
  );
  const lesson = await ownLesson(deps, upload.lessonId, caller);
  const stored = await deps.files.describe(upload.key);
  if (!stored) {
    throw invalidField("upload", "Nothing has been uploaded yet. Send the file to the upload's url first.");
  }
  if (stored.size !== upload.size) {
    throw invalidField(
      "upload",
      `${upload.size} bytes were announced, but ${stored.size} arrived. Upload the file again.`,
    );
  }
  const { etag } = stored;
  if (upload.refused?.etag === etag) throw invalidField("upload", ADVICE[upload.refused.fault]);
  const changed = () =>
    invalidField("upload", "The file changed while it was being checked. Confirm it again.");
  const source = {
    size: stored.size,
    async read(start: number, end: number) {
      const bytes = await deps.files.read(upload.key, start, end, etag);
      if (bytes === null) throw changed();
      return bytes;
    },
  };
  requireContent("upload", source);
  const inspection = await deps.documents.inspect(upload.name, source, { id: caller.id });
  if ("fault" in inspection) {
    const { fault } = inspection;
    await deps.attachments.refuse(uploadId, { etag, fault });
    throw invalidField("upload", ADVICE[fault]);
  }
  const { contentType } = inspection;
  const key = attachmentKey(deps);
  if (!(await deps.files.copy(upload.key, key, { etag, contentType, readers: "entitled" }))) throw changed();
  return await deps.transaction(async (stores) => {
    const { authoring, attachments, jobs } = stores;
    await lockAuthored(authoring, caller, lesson.courseId);
    if (!(await attachments.expected(uploadId, caller.id))) {
      throw new DomainError("not_found", "This upload has already been confirmed.");
    }
    await attachments.forgetUpload(uploadId);
    await jobs.add({ kind: "delete_file", key: upload.key });
    const { name, size } = upload;
    return await add(stores, request, lesson, { key, name, contentType, size });
  });
}

/** Removes an attachment from its lesson. A job removes the file soon after. */
export async function removeAttachment(
  deps: Deps,
  { id, ...request }: Request & { id: string },
): Promise<void> {
  const attachment = orNotFound(await deps.attachments.find(id), "attachment");
  const lesson = await ownLesson(deps, attachment.lessonId, request.caller, "attachment");
  await deps.transaction(async ({ authoring, attachments, audit, jobs }) => {
    await lockAuthored(authoring, request.caller, lesson.courseId);
    if (!(await attachments.remove(id))) throw noSuch("attachment");
    await jobs.add({ kind: "delete_file", key: attachment.key });
    await noteAdministrator(audit, request.caller, {
      action: "attachment.remove",
      subject: { type: "attachment", id },
      before: { name: attachment.name },
      requestId: request.requestId,
    });
  });
}

async function ownLesson(
  { lessons }: { lessons: Lessons },
  slugOrId: string,
  caller: Caller,
  what = "lesson of yours",
): Promise<LessonForViewer> {
  const lesson = await lessons.find(slugOrId, caller);
  if (!lesson || !mayAuthor(caller, lesson.access.viewerTeaches)) throw noSuch(what);
  return lesson;
}

async function add(
  { attachments, audit }: Stores,
  request: Request,
  lesson: LessonForViewer,
  file: Pick<Attachment, "key" | "name" | "contentType" | "size">,
): Promise<Attachment> {
  const added = await attachments.add({ ...file, lessonId: lesson.id, uploadedBy: request.caller.id });
  if (!added) {
    throw invalidField(
      "lesson",
      "This lesson already has the maximum number of attachments, or it no longer exists.",
    );
  }
  await noteAdministrator(audit, request.caller, {
    action: "attachment.add",
    subject: { type: "attachment", id: added.id },
    after: { name: file.name, lesson: lesson.id },
    requestId: request.requestId,
  });
  return added;
}

function requireContent(field: string, { size }: ByteSource): void {
  if (size === 0) throw invalidField(field, "This file is empty.");
}

/** Returns the file name without folders and unsafe characters. */
function fileName(field: string, given: string): string {
  const name = tidyText(given.split(/[\\/]/).at(-1)!.replace(/\p{C}/gu, ""));
  if (name === "" || name.length > 200) {
    throw invalidField(field, "Give the file a name of 1 to 200 characters.");
  }
  return name;
}

const attachmentKey = ({ randomName }: Deps) => `attachments/${randomName()}`;
