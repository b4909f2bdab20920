import { stopwords as english } from "@orama/stopwords/english";
import { stopwords as russian } from "@orama/stopwords/russian";
import { stopwords as spanish } from "@orama/stopwords/spanish";

/** Only so many characters and words of a search count. */
const COUNTED = { characters: 200, words: 8 };

/** Words that say nothing in one of the languages. The English list has no "a". */
const EMPTY = new Set([...english, "a", ...russian, ...spanish]);

/** A word of a search; the last one may also be the beginning of a word. */
export type Word = { text: string; plain: string; isLast: boolean };

/**
 * Reads a typed search as `read_search` (migrations/functions/search_queries.sql) does. Words that say nothing do not
 * count beside others.
 */
export function wordsOf(typed: string): Word[] {
  const words = [...typed].slice(0, COUNTED.characters).join("").toLowerCase()
    .split(/[\s!-/:-@[-`{-~¡¿«»–—‘’“”„…№]+/).filter((word) => word !== "").slice(0, COUNTED.words);
  const telling = words.filter((word) => !EMPTY.has(word));
  return (telling.length > 0 ? telling : words)
    .map((text) => ({ text, plain: plainOf(text), isLast: text === words.at(-1) }));
}

/** Returns a word without the accents of Latin letters and the dots of ё, as the index has it. */
function plainOf(word: string): string {
  return word.normalize("NFD").replace(/(\p{Script=Latin})\p{Mn}+/gu, "$1").normalize("NFC").replaceAll(
    "ё",
    "е",
  );
}
