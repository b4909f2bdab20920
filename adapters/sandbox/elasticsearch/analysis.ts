import { stemmer as english } from "@orama/stemmers/english";
import { stemmer as russian } from "@orama/stemmers/russian";
import { stemmer as spanish } from "@orama/stemmers/spanish";

/** A place in a text, with the terms that it is found by. `keyword`: the term that no stemmer changes. */
export type Token = { terms: string[]; start: number; end: number };

type Term = { text: string; isKeyword: boolean };
type TokenFilter = (terms: Term[]) => Term[];

const STEMMERS: Record<string, (word: string) => string> = { english, russian, spanish };
const FOLDED: Record<string, string> = { ß: "ss", æ: "ae", ø: "o", œ: "oe", ı: "i" };

const each = (change: (text: string) => string): TokenFilter => (terms) =>
  terms.map((term) => ({ ...term, text: change(term.text) }));

/** The token filters that need no settings, as the reference of Elasticsearch describes them. */
const FILTERS: Record<string, TokenFilter> = {
  lowercase: each((text) => text.toLowerCase()),
  keyword_repeat: (terms) =>
    terms.flatMap((term) => [{ ...term, isKeyword: true }, { ...term, isKeyword: false }]),
  asciifolding: each((text) =>
    text.normalize("NFD").replace(/(\p{Script=Latin})\p{Mn}+/gu, "$1").normalize("NFC")
      .replace(/[ßæøœı]/g, (letter) => FOLDED[letter]!)
  ),
  remove_duplicates: (terms) =>
    terms.filter(({ text }, at) => terms.findIndex((other) => other.text === text) === at),
};

export type AnalysisSettings = {
  char_filter?: Record<string, { type: string; mappings: string[] }>;
  filter?: Record<string, { type: string; language: string }>;
  analyzer?: Record<string, { tokenizer: string; char_filter: string[]; filter: string[] }>;
};

export type Analyzer = (text: string) => Token[];

/**
 * Returns the analyzers of an index: character mappings of single letters, the standard tokenizer (whose rules are
 * Unicode's), and the filters above or a stemmer. Throws on anything else.
 */
export function analyzersOf(settings: AnalysisSettings): Record<string, Analyzer> {
  return Object.fromEntries(
    Object.entries(settings.analyzer ?? {}).map(([name, { tokenizer, char_filter, filter }]) => {
      if (tokenizer !== "standard") throw new Error(`This stand-in has no tokenizer [${tokenizer}].`);
      const letters = new Map(
        char_filter.flatMap((it) => settings.char_filter![it]!.mappings).map((line) =>
          line.split(" => ") as [string, string]
        ),
      );
      const filters = filter.map((it) => filterOf(it, settings));
      const segmenter = new Intl.Segmenter("en", { granularity: "word" });
      return [name, (text: string) => {
        const read = text.replace(/./gu, (letter) => letters.get(letter) ?? letter);
        return [...segmenter.segment(read)].filter(({ isWordLike }) => isWordLike).map((
          { segment, index },
        ) => ({
          terms: filters.reduce((terms, change) => change(terms), [{ text: segment, isKeyword: false }])
            .map((term) => term.text),
          start: index,
          end: index + segment.length,
        }));
      }];
    }),
  );
}

function filterOf(name: string, { filter = {} }: AnalysisSettings): TokenFilter {
  const own = filter[name];
  const stem = own?.type === "stemmer" ? STEMMERS[own.language] : undefined;
  const found = stem
    ? (terms: Term[]) => terms.map((term) => term.isKeyword ? term : { ...term, text: stem(term.text) })
    : FILTERS[name];
  if (!found) throw new Error(`This stand-in has no filter [${name}].`);
  return found;
}
