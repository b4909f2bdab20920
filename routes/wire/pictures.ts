/** The path of the placeholder for a missing picture. */
export const PLACEHOLDER = "media/placeholder.png";

/** Returns the public URL of a course's picture, or of the placeholder for a missing picture. */
export function thumbnailUrl(origin: string, key: string | null): string {
  return `${origin}/${keyPath(key ?? PLACEHOLDER)}`;
}

/** Returns the public URL of a picture; null if there is none. */
export function mediaUrl(origin: string, key: string | null): string | null {
  return key === null ? null : `${origin}/${keyPath(key)}`;
}

/** Returns a key as the path of a URL. The former shop's files have the names of their uploaders, in any letters. */
export function keyPath(key: string): string {
  return key.split("/").map(encodeURIComponent).join("/");
}
