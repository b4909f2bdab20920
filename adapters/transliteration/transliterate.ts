import { transliterate as toLatin } from "transliteration";
import type { Transliterate } from "../../domain/authoring/ports.ts";

/** Transliterates all scripts of Unicode with the `transliteration` library. */
export const transliterate: Transliterate = (text) => toLatin(text);
