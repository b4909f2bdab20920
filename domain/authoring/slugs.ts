import type { SlugWishes, Transliterate } from "./ports.ts";
import { isUuid } from "../uuid.ts";

/** The maximum length of a slug, so that with a random suffix it stays well below the length limit of a path. */
const LONGEST = 120;
/** Returns the slug that the frontend derives from a title for its own links. */
function titleSlug(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/(^-|-$)/g, "");
}

/**
 * Returns the slug for a title: the one that the frontend derives from it if the title is in Latin letters, otherwise
 * one of its transliteration, or `fallback` if that is empty.
 */
export async function slugFor(
  title: string,
  fallback: string,
  transliterate: Transliterate,
): Promise<string> {
  const isLatin = !/[^\p{Script=Latin}\P{L}]/u.test(title);
  const slug = titleSlug(isLatin ? title : await transliterate(title)).slice(0, LONGEST).replace(/-$/, "");
  // A slug that looks like an id would hide the item with this id.
  return slug === "" || isUuid(slug) ? [fallback, slug].filter(Boolean).join("-") : slug;
}

/** Returns slugs for a new course: that of its title, then the same with the suffixes 2, 3, … */
export async function courseSlugs(title: string, transliterate: Transliterate): Promise<SlugWishes> {
  const slug = await slugFor(await transliterate(title), "course", transliterate);
  return [slug, ...[2, 3, 4, 5].map((number) => `${slug}-${number}`)];
}
