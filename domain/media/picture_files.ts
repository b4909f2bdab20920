import type { PicturePlan } from "./ports.ts";

export type PictureKind = "course_thumbnail" | "avatar" | "logo";

type PictureRules = PicturePlan & {
  folder: string;
  /** The field of the request. */
  field: string;
  maxBytes: number;
};

const MIB = 1024 * 1024;

/** The rules for each kind of picture, and the sizes stored for it. */
export const PICTURES: Record<PictureKind, PictureRules> = {
  course_thumbnail: {
    folder: "media/images/course_thumbnails/",
    field: "thumbnail",
    maxBytes: 5 * MIB,
    maxSide: 1280,
    smallerWidths: [320, 640],
  },
  avatar: {
    folder: "media/images/avatars/",
    field: "avatar",
    maxBytes: 5 * MIB,
    maxSide: 512,
    smallerWidths: [96, 256],
  },
  logo: {
    folder: "media/logos/",
    field: "logo",
    maxBytes: 2 * MIB,
    maxSide: 512,
    smallerWidths: [96, 256],
  },
};

// The width in the name determines the other versions, so that no table is needed. The former shop's files have the
// names of their uploaders, such as slide-w2.png, and no other versions.
const NAME = /^(.*\/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-w(\d+)\.(?:jpg|png)$/;
const OWN_PICTURE = /\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-w\d+\.(?:jpg|png|webp)$/;

/** Returns whether this shop has named a file. The former shop had pictures only, all of them below `media/`. */
export const isOwnFile = (key: string): boolean => !key.startsWith("media/") || OWN_PICTURE.test(key);

/**
 * Returns the key of the version that is stored for a picture: `<folder><name>-w<width>.jpg`, or `.png`. `name`: a UUID.
 */
export function pictureKey(
  kind: PictureKind,
  name: string,
  { width, contentType }: { width: number; contentType: string },
): string {
  const extension = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp" }[contentType];
  return `${PICTURES[kind].folder}${name}-w${width}.${extension}`;
}

/** Returns the keys of a picture's WebP versions, narrowest first; none for a file that storePicture did not name. */
export function webpVersions(key: string): { key: string; width: number }[] {
  const [, folder, name, width] = key.match(NAME) ?? [];
  const rules = Object.values(PICTURES).find((rules) => rules.folder === folder);
  if (!rules) return [];
  const full = Number(width);
  return [...rules.smallerWidths.filter((smaller) => smaller < full), full].map((width) => ({
    key: `${folder}${name}-w${width}.webp`,
    width,
  }));
}

/**
 * Returns the key of the version for a client: the narrowest WebP of at least `width` pixels, else the widest; the
 * key itself for clients that do not accept WebP.
 */
export function suitableVersion(key: string, reader: { takesWebp: boolean; width: number | null }): string {
  const versions = reader.takesWebp ? webpVersions(key) : [];
  const suitable = versions.find(({ width }) => reader.width !== null && width >= reader.width);
  return (suitable ?? versions.at(-1))?.key ?? key;
}
