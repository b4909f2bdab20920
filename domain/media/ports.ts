import type { Range } from "../range.ts";

export type StoredFile = { size: number; contentType: string; etag: string };

/**
 * Private files, named by a key such as `media/images/course_thumbnails/<random>.png`. What asks the store throws
 * DomainError `vendor_unavailable` when it fails or does not answer within 10 seconds.
 */
export interface Files {
  /**
   * A URL that reads the file without further authorization for `seconds` (1 to 604,800); with `downloadName`, browsers
   * save it under that name. Costs no network call.
   */
  presignedRead(key: string, seconds: number, downloadName?: string): Promise<string>;
  /** A URL that takes a PUT of exactly this type and length for `seconds`. Costs no network call. */
  presignedUpload(key: string, file: { contentType: string; size: number; seconds: number }): Promise<string>;
  /** Stores the bytes under the key, replacing what was there. */
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /** Null when there is no such file. */
  describe(key: string): Promise<StoredFile | null>;
  /** The bytes from `start` up to, not including, `end`, of a file that is still the one with this etag; null when it is not. */
  read(key: string, start: number, end: number, etag: string): Promise<Uint8Array | null>;
  /** Copies a file that is still the one with this etag, and gives the copy this type; false when it is not. */
  copy(from: string, to: string, file: { etag: string; contentType: string }): Promise<boolean>;
  /** Removes the files; those that are not there are no fault. */
  remove(keys: string[]): Promise<void>;
  /** All files whose key begins so, in pages of up to 1,000. */
  list(prefix: string): AsyncIterable<{ key: string; storedAt: Date }[]>;
}

/** What is wrong with bytes that were sent as a picture. */
export type PictureFault =
  | "unknown_type"
  | "bmp"
  | "svg"
  | "tiff"
  | "too_many_pixels"
  | "truncated"
  | "followed_by_other_data"
  | "animated"
  | "print_colours"
  | "undecodable";

/** What to make of a picture: nothing is ever enlarged. */
export type PicturePlan = {
  /** Pixels that the largest version may be wide and high. */
  maxSide: number;
  /** Widths in pixels of smaller WebP versions, beside the WebP of the largest. */
  smallerWidths: number[];
};

export type EncodedPicture = {
  width: number;
  contentType: "image/jpeg" | "image/png" | "image/webp";
  bytes: Uint8Array;
};

/** Whose work something is, so that all are served in turn, and whether they still wait for it. */
export type Sender = { id: string; isGone?(): boolean };

export interface Pictures {
  /**
   * Decodes what the bytes show (JPEG, PNG, WebP, GIF, AVIF or HEIC, told by content) and encodes it anew, upright and without anything
   * else that the file held: one JPEG, or a PNG where something is transparent, first; then WebP in each width. Off the
   * main thread, those of each sender in turn. Throws DomainError `too_many_requests` when too many of this sender wait,
   * `vendor_unavailable` when too many of all do or it takes longer than 30 seconds.
   */
  encodeAnew(
    bytes: Uint8Array,
    plan: PicturePlan,
    sender: Sender,
  ): Promise<EncodedPicture[] | { fault: PictureFault }>;
}

/** How a video stands at the video service. */
export type VideoStatus = {
  state: "awaiting_upload" | "processing" | "ready" | "failed";
  /** Null while unknown. */
  lengthSeconds: number | null;
  posterUrl: string | null;
};

/** What a browser posts a video file with: these fields, then `file`, to `uploadLink`. Valid for an hour. */
export type UploadForm = {
  policy: string;
  key: string;
  "x-amz-signature": string;
  "x-amz-algorithm": string;
  "x-amz-date": string;
  "x-amz-credential": string;
  uploadLink: string;
};

/** Each throws DomainError `vendor_unavailable` when the service refuses, fails or does not answer within 5 seconds. */
export interface VideoService {
  /** Makes room for a video and returns how to upload it. */
  requestUpload(video: { title: string; folderId: string }): Promise<{ videoId: string; form: UploadForm }>;
  /** Has the service fetch a video by itself. */
  importFrom(video: { url: string; title: string }): Promise<{ videoId: string }>;
  /** Null when the service has no such video. */
  status(videoId: string): Promise<VideoStatus | null>;
  /** Removes the video; does nothing when there is none. */
  remove(videoId: string): Promise<void>;
}

/** A video of the shop, whether or not it has arrived. */
export type Video = {
  /** The video service's own. */
  id: string;
  title: string;
  /** Who may use it in lessons; null when their account is gone. */
  uploader: { id: string; name: string } | null;
  courseId: string | null;
  origin: "upload" | "import" | "legacy";
  /** `abandoned`: the upload never arrived. `deleting`: lessons can no longer use it. */
  status: VideoStatus["state"] | "abandoned" | "deleting" | "deleted";
  lengthSeconds: number | null;
  posterUrl: string | null;
  /** How many lessons show it. */
  lessonCount: number;
  createdAt: Date;
};

/** Each member that is given narrows the list. `visibleTo`: uploaded by them, or shown in or meant for a course of theirs. */
export type VideoFilter = { visibleTo?: string; courseId?: string; status?: Video["status"] };

export interface VideoLibrary {
  /** Remembers a video that was asked for. */
  add(video: {
    id: string;
    title: string;
    uploaderId: string;
    courseId: string | null;
    origin: "upload" | "import";
    sourceUrl?: string;
  }): Promise<void>;
  /** The newest first; deleted ones only when asked for by status. */
  list(
    filter: VideoFilter,
    range: Range,
  ): Promise<{ count: number; videos: Video[] }>;
  find(videoId: string, filter: Pick<VideoFilter, "visibleTo">): Promise<Video | null>;
  /**
   * A video that the caller may put into the course, kept from being deleted until the transaction ends: one that they
   * uploaded, that was uploaded for this course, or that it shows already; any without a caller, for administrators. Null for
   * all others and for those on their way out.
   */
  hold(
    videoId: string,
    by: { courseId: string; callerId: string | null },
  ): Promise<{ lengthSeconds: number | null } | null>;
  /**
   * What somebody who leaves a course brought to it stays the course's; what no other course has or shows belongs to its
   * owner from then on.
   */
  passOn(courseId: string, hands: { from: string; to: string }): Promise<void>;
  /** The ids of videos on their way that were not asked about for `quietSeconds`, the longest waiting first. */
  pending(quietSeconds: number, limit: number): Promise<string[]>;
  /**
   * Saves how the video stands and, when it is ready, its length into the lessons that show it. An upload that did not
   * come within a day is abandoned. Does nothing for videos that are being deleted.
   */
  saveStatus(videoId: string, status: VideoStatus | null): Promise<void>;
  /** Notes which videos no lesson shows since when, and returns those for which that has lasted. */
  unusedFor(
    graceDays: number,
  ): Promise<{ id: string; title: string; uploaderId: string | null; unusedSince: Date }[]>;
  /** Claims an unused video for deletion, so that lessons can no longer use it. Returns false when a lesson shows it. Needs a transaction. */
  claimForDeletion(videoId: string): Promise<boolean>;
  markDeleted(videoId: string): Promise<void>;
}

export interface PublicHosts {
  /** Whether a host name or address leads to public addresses of the Internet, and to no other, at this moment. */
  isPublic(host: string): Promise<boolean>;
}

/** What is wrong with a file that was sent as an attachment. */
export type DocumentFault =
  | "unknown_type"
  | "wrong_extension"
  | "truncated"
  | "followed_by_other_data"
  | "unsafe_names"
  | "encrypted"
  | "too_many_entries"
  | "bomb"
  | "macros";

/** Bytes that are read piece by piece, wherever they are. */
export type ByteSource = { size: number; read(start: number, end: number): Promise<Uint8Array> };

const OFFICE = "application/vnd.openxmlformats-officedocument.";
const OPEN_DOCUMENT = "application/vnd.oasis.opendocument.";

/** What attachments may be: the ending of their name, and their media type. */
export const DOCUMENT_TYPES = {
  pdf: "application/pdf",
  pptx: `${OFFICE}presentationml.presentation`,
  docx: `${OFFICE}wordprocessingml.document`,
  xlsx: `${OFFICE}spreadsheetml.sheet`,
  odp: `${OPEN_DOCUMENT}presentation`,
  odt: `${OPEN_DOCUMENT}text`,
  ods: `${OPEN_DOCUMENT}spreadsheet`,
  zip: "application/zip",
} as const;
export type DocumentType = keyof typeof DOCUMENT_TYPES;

export interface Documents {
  /**
   * Determines a file's type from its content: PDF, Office or OpenDocument without macros, or ZIP. Checks that its name
   * agrees, and that an archive's names stay in their folder and its contents have a sane size. Returns the media type.
   * Reads at most a few MiB, one file at a time. Throws DomainError `too_many_requests` when too many files of this
   * sender wait, `vendor_unavailable` when too many wait in all, and whatever reading throws.
   */
  inspect(
    name: string,
    source: ByteSource,
    sender: Sender,
  ): Promise<{ contentType: string } | { fault: DocumentFault }>;
}

export type Attachment = {
  id: string;
  lessonId: string;
  key: string;
  name: string;
  contentType: string;
  /** Bytes. */
  size: number;
  createdAt: Date;
};

/** An upload straight into the bucket that was agreed upon and not confirmed yet. */
export type PendingUpload = {
  id: string;
  lessonId: string;
  key: string;
  name: string;
  contentType: string;
  size: number;
  /** What was found to be wrong with what was uploaded, and its etag; null: nothing so far. */
  refused: { etag: string; fault: DocumentFault } | null;
};

export interface Attachments {
  /** The oldest first. */
  ofLesson(lessonId: string): Promise<Attachment[]>;
  find(id: string): Promise<Attachment | null>;
  /** Null when the lesson is gone or has as many attachments as it may. */
  add(attachment: Omit<Attachment, "id" | "createdAt"> & { uploadedBy: string }): Promise<Attachment | null>;
  remove(id: string): Promise<boolean>;
  /** Remembers an upload for `seconds`. Null when the lesson is gone. */
  expect(
    upload: Omit<PendingUpload, "id" | "refused"> & { userId: string; seconds: number },
  ): Promise<{ id: string; expiresAt: Date } | null>;
  /** Somebody's own upload that has not lapsed; locked until the transaction ends. */
  expected(id: string, userId: string): Promise<PendingUpload | null>;
  /** Deletes a person's pending uploads, for one course or for all (null). Returns the keys of the files that may have arrived. */
  forgetExpected(userId: string, courseId: string | null): Promise<string[]>;
  forgetUpload(uploadId: string): Promise<void>;
  /** Records why an uploaded file was refused. */
  refuse(uploadId: string, refused: NonNullable<PendingUpload["refused"]>): Promise<void>;
  /** Records who was given a link to which file. */
  recordLink(link: {
    attachment: Attachment;
    courseId: string;
    viewerId: string | null;
    ipAddress: string;
    userAgent: string;
  }): Promise<void>;
  /** Lists the links that were given, newest first. */
  links(
    filter: { viewerId?: string; lessonId?: string },
    range: Range,
  ): Promise<{ count: number; links: AttachmentLink[] }>;
  /** Deletes the records of links given before the date. */
  purgeLinks(before: Date): Promise<void>;
}

export type AttachmentLink = {
  id: string;
  attachmentId: string;
  lessonId: string;
  name: string;
  viewerId: string | null;
  /** Null for the anonymous and for accounts that are gone. */
  viewerEmail: string | null;
  ipAddress: string;
  userAgent: string;
  occurredAt: Date;
};

/** Which files the shop still knows; all others may go. */
export interface FileReferences {
  /** Those of the keys that something refers to, or that are versions of such a picture. */
  among(keys: string[]): Promise<Set<string>>;
}
