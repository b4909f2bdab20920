// What nobody sees: blanks, controls, what Unicode lets a font leave out (zero width and filler characters, marks of direction,
// tags), and the three signs beyond those that are drawn as nothing: the empty Braille cell, a note without a head, and marks of
// annotation.
const UNSEEN = String.raw`\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}\uFFF9-\uFFFB`;
const NOTHING_SEEN = new RegExp(`^[${UNSEEN}]*$`, "u");

// At the ends of a text that has something in it, what joins emoji, chooses how a sign is drawn or ends a flag is a part of it.
// (And NUL, which is for the door to refuse by name.)
const KEPT = String.raw`\0\u200C-\u200F\uFE00-\uFE0F\u{E0000}-\u{E0FFF}`;
const AT_ENDS = new RegExp(`^(?:(?![${KEPT}])[${UNSEEN}])+|(?:(?![${KEPT}])[${UNSEEN}])+$`, "gu");

/** Whether a text has no character that anybody could see, whatever invisible ones it has. */
export function isBlank(text: string): boolean {
  return NOTHING_SEEN.test(text);
}

/**
 * Normalises a text that people write: composed (NFC), without invisible characters at its ends; empty when nothing of
 * it is visible.
 */
export function tidyText(text: string): string {
  return isBlank(text) ? "" : text.normalize("NFC").replace(AT_ENDS, "");
}

const UNSEEN_BEGINNING = new RegExp(`^[${UNSEEN}]+`, "u");

/** Cuts what precedes the first visible character of a tidy text. */
export function fromFirstSeen(text: string): string {
  return tidyText(text).replace(UNSEEN_BEGINNING, "");
}

/** Tidies the texts among some fields; what else they have stays. */
export function tidyFields<Fields extends Record<string, unknown>>(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([field, value]) => [
    field,
    typeof value === "string" ? tidyText(value) : value,
  ]);
  return Object.fromEntries(entries) as Fields;
}
