const LONGEST = 200;
/** What clients turn into links by themselves: "://", "@", and a dot or colon with a letter on both sides. */
const LINK_MAKERS = /:\/\/|@|(?<=[\p{L}\p{N}])\.(?=\p{L})/gu;
/** Zero width non-joiner: nobody sees it, and no client takes what it parts for an address. */
const BREAK = "\u200c";

/**
 * A name or title that somebody chose, as one line that is nothing but text: without line breaks, control characters
 * and marks that turn the direction of writing, and without anything that a mail client would make a link of.
 */
export function tame(text: string): string {
  const line = withoutControls(text).replace(/\s+/g, " ").trim();
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return short.replace(LINK_MAKERS, (maker) => `${maker}${BREAK}`);
}

/** What is no name or title but says where to turn to: an address of the web or of mail, and six digits or more of a telephone. */
const CONTACTS = [
  /\S*(?::\/\/|@|\bwww\.)\S*/giu,
  /[\p{L}\p{N}-]+(?:[.\u3002\uff0e\uff61][\p{L}\p{N}-]+)*[.\u3002\uff0e\uff61](?!(?:js|ts|cs)\b)\p{L}{2,}(?:[/:]\S*)?/giu,
  /(?<!\p{N})(?!\p{N}{4}\s?[-\u2013/]\s?\p{N}{4}(?!\p{N}))(?:[+(]\s?)?\p{N}(?:[\s().,/\u2010-\u2015-]{0,3}\p{N}){5,}/gu,
];

/** Does the same for a recipient who does not know the author of the name or title, and removes anything to turn to. */
export function tameForStrangers(text: string): string {
  const visible = text.normalize("NFKC").replace(/\p{Cf}/gu, "");
  return tame(CONTACTS.reduce((rest, contact) => rest.replace(contact, "…"), visible));
}

/** What somebody wrote, with its lines and links as they are. */
function withoutControls(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(
    /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu,
    " ",
  );
}

/** Fields whose text is not a name or title: our own links and ids, verified addresses, and what is written in lines. */
const AS_IT_IS = /^(\w*[uU]rl|orderId|day|formerEmail|newEmail|text|excerpt|currency|why)$/;

/** A copy of what a notice says in which every name and title is tame, whatever field it is in. */
export function tamed<Value>(value: Value, taming = tame, field = ""): Value {
  if (typeof value === "string") {
    return (AS_IT_IS.test(field) ? withoutControls(value) : taming(value)) as Value;
  }
  if (Array.isArray(value)) return value.map((item) => tamed(item, taming, field)) as Value;
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, tamed(inner, taming, key)]),
  ) as Value;
}
