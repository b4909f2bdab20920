/** Private files, named by a key such as `media/images/course_thumbnails/<random>.png`. */
export interface Files {
  /** A URL that reads the file without further authorization for `seconds` (1 to 604,800). Costs no network call. */
  presignedRead(key: string, seconds: number): Promise<string>;
  /** Stores the bytes under the key, replacing what was there. Throws DomainError `vendor_unavailable` after 10 seconds. */
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
}

/** What is wrong with bytes that were sent as a picture. */
export type PictureFault =
  | "unknown_type"
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

export interface Pictures {
  /**
   * Decodes what the bytes show (JPEG, PNG or WebP, told by content) and encodes it anew, upright and without anything
   * else that the file held: one JPEG, or a PNG where something is transparent, first; then WebP in each width. Off the
   * main thread. Throws DomainError `vendor_unavailable` when too many wait or it takes longer than 30 seconds.
   */
  encodeAnew(bytes: Uint8Array, plan: PicturePlan): Promise<EncodedPicture[] | { fault: PictureFault }>;
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
  /** Makes room for a video and answers how to upload it. */
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
  /** `abandoned`: the upload never came. `deleting`: no lesson can take it any more. */
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
    range: { limit: number; offset: number },
  ): Promise<{ count: number; videos: Video[] }>;
  find(videoId: string, filter: Pick<VideoFilter, "visibleTo">): Promise<Video | null>;
  /** The course's id when this person teaches it. */
  taughtCourse(slugOrId: string, userId: string): Promise<string | null>;
  /** The ids of videos on their way that were not asked about for `quietSeconds`, the longest waiting first. */
  pending(quietSeconds: number, limit: number): Promise<string[]>;
  /**
   * Saves how the video stands and, when it is ready, its length into the lessons that show it. An upload that did not
   * come within a day is abandoned. Does nothing for videos that are being deleted.
   */
  saveStatus(videoId: string, status: VideoStatus | null): Promise<void>;
  /** Notes which videos no lesson shows since when, and answers those for which that has lasted. */
  unusedFor(
    graceDays: number,
  ): Promise<{ id: string; title: string; uploaderId: string | null; unusedSince: Date }[]>;
  /** Claims an unused video for deletion, so that no lesson can take it any more; false when one shows it. */
  claimForDeletion(videoId: string): Promise<boolean>;
  markDeleted(videoId: string): Promise<void>;
}

export interface PublicHosts {
  /** Whether a host name or address leads to public addresses of the Internet, and to no other, at this moment. */
  isPublic(host: string): Promise<boolean>;
}
