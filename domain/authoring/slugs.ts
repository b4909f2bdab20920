import type { SlugWishes, Transliterate } from "./ports.ts";
import { isUuid } from "../uuid.ts";

/** Letters of a slug, so that with a random end it stays well below the length limit of a path. */
const LONGEST = 120;
/** Returns the slug that the frontend makes of a title for its own links. */
function titleSlug(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/(^-|-$)/g, "");
}

/**
 * Returns the slug for a title: the one that the frontend makes of it if the title is in Latin letters, or else one of
 * its transliteration; `fallback` if that leaves nothing.
 */
export function slugFor(title: string, fallback: string, transliterate: Transliterate): string {
  const isLatin = !/[^\p{Script=Latin}\P{L}]/u.test(title);
  const slug = titleSlug(isLatin ? title : transliterate(title)).slice(0, LONGEST).replace(/-$/, "");
  // What looks like an id would stand in the way of the thing that has this id.
  return slug === "" || isUuid(slug) ? [fallback, slug].filter(Boolean).join("-") : slug;
}

/** Addresses for a new course: its title's, then that with 2, 3, … at its end. */
export function courseSlugs(title: string, transliterate: Transliterate): SlugWishes {
  const slug = slugFor(transliterate(title), "course", transliterate);
  return [slug, ...[2, 3, 4, 5].map((number) => `${slug}-${number}`)];
}
