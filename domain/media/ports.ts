import type { Range } from "../range.ts";

/**
 * Who reads a stored file. `everybody`: caches may keep it for good, because no key is used for two contents. `entitled`:
 * no cache may keep it.
 */
export type Readers = "everybody" | "entitled";

export type StoredFile = { size: number; contentType: string; etag: string };

/**
 * Private files, named by a key such as `media/images/course_thumbnails/<random>.png`. Methods that call the store
 * throw DomainError `vendor_unavailable` if it fails or does not respond within 10 seconds.
 */
export interface Files {
  /**
   * Returns a URL that reads the file without further authorization for `seconds` (1 to 604,800). With
   * `downloadName`, browsers save it under that name. Makes no network call.
   */
  presignedRead(key: string, seconds: number, downloadName?: string): Promise<string>;
  /** Returns a URL that accepts a PUT of exactly this type and length for `seconds`. Makes no network call. */
  presignedUpload(key: string, file: { contentType: string; size: number; seconds: number }): Promise<string>;
  /** Stores the bytes under the key, replacing what was there. */
  put(key: string, bytes: Uint8Array, file: { contentType: string; readers: Readers }): Promise<void>;
  /** Returns null if there is no such file. */
  describe(key: string): Promise<StoredFile | null>;
  /** Returns the bytes from `start` to before `end`; null unless the file still has this etag. */
  read(key: string, start: number, end: number, etag: string): Promise<Uint8Array | null>;
  /** Copies a file and gives the copy this type and these readers. Returns false unless the file still has this etag. */
  copy(
    from: string,
    to: string,
    file: { etag: string; contentType: string; readers: Readers },
  ): Promise<boolean>;
  /** Removes the files. Missing ones are ignored. */
  remove(keys: string[]): Promise<void>;
  /** Lists all files whose key has this prefix, in pages of up to 1,000. */
  list(prefix: string): AsyncIterable<{ key: string; storedAt: Date }[]>;
}

/** Why bytes are not accepted as a picture. */
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

/** The versions to make of a picture. Pictures are never enlarged. */
export type PicturePlan = {
  /** The maximum width and height of the largest version, in pixels. */
  maxSide: number;
  /** Widths in pixels of smaller WebP versions, in addition to the WebP of the largest. */
  smallerWidths: number[];
};

export type EncodedPicture = {
  width: number;
  contentType: "image/jpeg" | "image/png" | "image/webp";
  bytes: Uint8Array;
};

/** The sender of some work, so that senders take turns, and whether they have disconnected. */
export type Sender = { id: string; isGone?(): boolean };

export interface Pictures {
  /**
   * Decodes a picture (JPEG, PNG, WebP, GIF, AVIF or HEIC, by content) and encodes it again, upright and without any
   * other data of the file: first one JPEG, or a PNG if parts are transparent, then WebP in each width. Works off the
   * main thread; senders take turns. Throws DomainError `too_many_requests` if too many pictures of this sender are
   * waiting, `vendor_unavailable` if too many are waiting in total or it takes longer than 30 seconds.
   */
  encodeAnew(
    bytes: Uint8Array,
    plan: PicturePlan,
    sender: Sender,
  ): Promise<EncodedPicture[] | { fault: PictureFault }>;
}

/** The status of a video at the video service. */
export type VideoStatus = {
  state: "awaiting_upload" | "processing" | "ready" | "failed";
  /** Null if unknown. */
  lengthSeconds: number | null;
  posterUrl: string | null;
};

/** A form for uploading a video: a browser posts these fields, then `file`, to `uploadLink`. Valid for an hour. */
export type UploadForm = {
  policy: string;
  key: string;
  "x-amz-signature": string;
  "x-amz-algorithm": string;
  "x-amz-date": string;
  "x-amz-credential": string;
  uploadLink: string;
};

/**
 * The video service. Each method throws DomainError `vendor_unavailable` if the service refuses, fails or does not
 * respond within 5 seconds.
 */
export interface VideoService {
  /** Registers a video and returns how to upload it. */
  requestUpload(video: { title: string; folderId: string }): Promise<{ videoId: string; form: UploadForm }>;
  /** Has the service import a video from a URL. */
  importFrom(video: { url: string; title: string }): Promise<{ videoId: string }>;
  /** Returns null if the service has no such video. */
  status(videoId: string): Promise<VideoStatus | null>;
  /** Removes the video. Does nothing if there is none. */
  remove(videoId: string): Promise<void>;
}

/** A video of the shop, whether uploaded yet or not. */
export type Video = {
  /** The id at the video service. */
  id: string;
  title: string;
  /** The uploader, who may use it in lessons; null if the account no longer exists. */
  uploader: { id: string; name: string } | null;
  courseId: string | null;
  origin: "upload" | "import" | "legacy";
  /** `abandoned`: the upload never arrived. `deleting`: lessons can no longer use it. */
  status: VideoStatus["state"] | "abandoned" | "deleting" | "deleted";
  lengthSeconds: number | null;
  posterUrl: string | null;
  /** The number of lessons that show it. */
  lessonCount: number;
  createdAt: Date;
};

/**
 * Each given field narrows the list. `visibleTo`: uploaded by them, or shown in or uploaded for one of their courses.
 */
export type VideoFilter = { visibleTo?: string; courseId?: string; status?: Video["status"] };

export interface VideoLibrary {
  /** Stores a requested video. */
  add(video: {
    id: string;
    title: string;
    uploaderId: string;
    courseId: string | null;
    origin: "upload" | "import";
    sourceUrl?: string;
  }): Promise<void>;
  /** Lists videos, newest first; deleted ones only if requested by status. */
  list(
    filter: VideoFilter,
    range: Range,
  ): Promise<{ count: number; videos: Video[] }>;
  find(videoId: string, filter: Pick<VideoFilter, "visibleTo">): Promise<Video | null>;
  /**
   * Returns a video that the caller may use in the course, and keeps it from being deleted until the transaction
   * ends: one that they uploaded, that was uploaded for this course, or that it already shows. Without a caller, for
   * administrators, returns any. Returns null for other videos and for those that are being deleted.
   */
  hold(
    videoId: string,
    by: { courseId: string; callerId: string | null },
  ): Promise<{ lengthSeconds: number | null } | null>;
  /** Keeps a leaving tutor's videos with the course. Those that no other course owns or shows become the owner's. */
  passOn(courseId: string, hands: { from: string; to: string }): Promise<void>;
  /** Returns the ids of pending videos that were not asked about for `quietSeconds`, longest waiting first. */
  pending(quietSeconds: number, limit: number): Promise<string[]>;
  /**
   * Saves the video's status and, if it is ready, its length into the lessons that show it. An upload that does not
   * arrive within a day is abandoned. Does nothing for videos that are being deleted.
   */
  saveStatus(videoId: string, status: VideoStatus | null): Promise<void>;
  /** Records since when each video has been in no lesson, and returns those for which that has lasted long enough. */
  unusedFor(
    graceDays: number,
  ): Promise<{ id: string; title: string; uploaderId: string | null; unusedSince: Date }[]>;
  /**
   * Claims an unused video for deletion, so that lessons can no longer use it. Returns false if a lesson shows it. To
   * be used in a transaction.
   */
  claimForDeletion(videoId: string): Promise<boolean>;
  markDeleted(videoId: string): Promise<void>;
}

export interface PublicHosts {
  /** Returns whether a host name or IP address currently resolves to public IP addresses only. */
  isPublic(host: string): Promise<boolean>;
}

/** Why a file is not accepted as an attachment. */
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

/** Bytes that are read in ranges, from memory or elsewhere. */
export type ByteSource = { size: number; read(start: number, end: number): Promise<Uint8Array> };

const OFFICE = "application/vnd.openxmlformats-officedocument.";
const OPEN_DOCUMENT = "application/vnd.oasis.opendocument.";

/** The accepted types of attachments: file extension and media type. */
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
   * Determines a file's type from its content: PDF, Office or OpenDocument without macros, or ZIP. Checks that its
   * name matches, and that an archive's names stay within its folder and its contents have a reasonable size. Returns
   * the media type. Reads at most a few MiB, one file at a time. Throws DomainError `too_many_requests` if too many
   * files of this sender are waiting, `vendor_unavailable` if too many are waiting in total, and whatever reading
   * throws.
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
  /** In bytes. */
  size: number;
  createdAt: Date;
};

/** A permitted upload directly into the bucket that has not been confirmed. */
export type PendingUpload = {
  id: string;
  lessonId: string;
  key: string;
  name: string;
  contentType: string;
  size: number;
  /** Why the uploaded file was refused, and its etag; null if it was not. */
  refused: { etag: string; fault: DocumentFault } | null;
};

export interface Attachments {
  /** Lists a lesson's attachments, oldest first. */
  ofLesson(lessonId: string): Promise<Attachment[]>;
  find(id: string): Promise<Attachment | null>;
  /** Returns null if the lesson no longer exists or has the maximum number of attachments. */
  add(attachment: Omit<Attachment, "id" | "createdAt"> & { uploadedBy: string }): Promise<Attachment | null>;
  remove(id: string): Promise<boolean>;
  /** Stores a permitted upload for `seconds`. Returns null if the lesson no longer exists. */
  expect(
    upload: Omit<PendingUpload, "id" | "refused"> & { userId: string; seconds: number },
  ): Promise<{ id: string; expiresAt: Date } | null>;
  /** Returns a user's own unexpired upload, locked until the transaction ends. */
  expected(id: string, userId: string): Promise<PendingUpload | null>;
  /**
   * Deletes a user's pending uploads, for one course or for all (null). Returns the keys of files that may have
   * arrived.
   */
  forgetExpected(userId: string, courseId: string | null): Promise<string[]>;
  forgetUpload(uploadId: string): Promise<void>;
  /** Records why an uploaded file was refused. */
  refuse(uploadId: string, refused: NonNullable<PendingUpload["refused"]>): Promise<void>;
  /** Records who got a link to which file. */
  recordLink(link: {
    attachment: Attachment;
    courseId: string;
    viewerId: string | null;
    ipAddress: string;
    userAgent: string;
  }): Promise<void>;
  /** Lists the issued links, newest first. */
  links(
    filter: { viewerId?: string; lessonId?: string },
    range: Range,
  ): Promise<{ count: number; links: AttachmentLink[] }>;
  /** Deletes the records of links issued before the date. */
  purgeLinks(before: Date): Promise<void>;
}

export type AttachmentLink = {
  id: string;
  attachmentId: string;
  lessonId: string;
  name: string;
  viewerId: string | null;
  /** Null for anonymous viewers and for accounts that no longer exist. */
  viewerEmail: string | null;
  ipAddress: string;
  userAgent: string;
  occurredAt: Date;
};

/** References to files; files without any may be removed. */
export interface FileReferences {
  /**
   * Returns those of the keys that are referenced, or are versions of a referenced picture, in whatever case of
   * letters.
   */
  among(keys: string[]): Promise<Set<string>>;
  /** Whether the former shop's files may be removed: once its import is declared complete. */
  formerShopIsDone(): Promise<boolean>;
}
