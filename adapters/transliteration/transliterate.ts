import { transliterate as toLatin } from "transliteration";
import type { Transliterate } from "../../domain/authoring/ports.ts";

/** The `transliteration` library's reading of all scripts of Unicode. */
export const transliterate: Transliterate = (text) => toLatin(text);
