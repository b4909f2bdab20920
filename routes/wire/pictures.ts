/** Path of the picture that stands for a missing one. */
export const PLACEHOLDER = "media/placeholder.png";

/** The public address of a course's picture, or of the one that stands for a missing picture. */
export function thumbnailUrl(origin: string, key: string | null): string {
  return `${origin}/${key ?? PLACEHOLDER}`;
}

/** The public address of a picture; null when there is none. */
export function mediaUrl(origin: string, key: string | null): string | null {
  return key === null ? null : `${origin}/${key}`;
}
