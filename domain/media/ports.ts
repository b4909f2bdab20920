/** Private files, named by a key such as `media/images/course_thumbnails/<random>.png`. */
export interface Files {
  /** A URL that reads the file without further authorization for `seconds` (1 to 604,800). Costs no network call. */
  presignedRead(key: string, seconds: number): Promise<string>;
  /** Stores the bytes under the key, replacing what was there. Throws DomainError `vendor_unavailable` after 10 seconds. */
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
}
