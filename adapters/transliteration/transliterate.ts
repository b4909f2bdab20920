import type { Transliterate } from "../../domain/authoring/ports.ts";

/** Transliterates all scripts of Unicode with the `transliteration` library, which is loaded for the first text. */
export const transliterate: Transliterate = async (text) =>
  (await import("transliteration")).transliterate(text);
