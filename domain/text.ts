// Invisible characters: blanks, controls, characters that Unicode lets a font leave out (zero width and filler
// characters, direction marks, tags), and three others without a visible shape: the empty Braille cell, the null
// notehead, and annotation marks.
const UNSEEN = String.raw`\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}\uFFF9-\uFFFB`;
const NOTHING_SEEN = new RegExp(`^[${UNSEEN}]*$`, "u");

// At the ends of a visible text, characters that join emoji, select a glyph variant or end a flag are part of it. //
// (So is NUL, which input validation refuses with a message of its own.)
const KEPT = String.raw`\0\u200C-\u200F\uFE00-\uFE0F\u{E0000}-\u{E0FFF}`;
const AT_ENDS = new RegExp(`^(?:(?![${KEPT}])[${UNSEEN}])+|(?:(?![${KEPT}])[${UNSEEN}])+$`, "gu");

/** Returns whether a text has no visible character. */
export function isBlank(text: string): boolean {
  return NOTHING_SEEN.test(text);
}

/**
 * Normalises a text that people write: composed (NFC), without invisible characters at its ends; empty if nothing of
 * it is visible.
 */
export function tidyText(text: string): string {
  return isBlank(text) ? "" : text.normalize("NFC").replace(AT_ENDS, "");
}

const UNSEEN_BEGINNING = new RegExp(`^[${UNSEEN}]+`, "u");

/** Removes everything before the first visible character of a tidy text. */
export function fromFirstSeen(text: string): string {
  return tidyText(text).replace(UNSEEN_BEGINNING, "");
}

/** Tidies the texts among the fields. Other values stay unchanged. */
export function tidyFields<Fields extends Record<string, unknown>>(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([field, value]) => [
    field,
    typeof value === "string" ? tidyText(value) : value,
  ]);
  return Object.fromEntries(entries) as Fields;
}
