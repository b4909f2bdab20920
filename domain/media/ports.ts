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
