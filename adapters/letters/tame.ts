const LONGEST = 200;
/** Characters that make clients create links: "://", "@", and a dot before a letter and after a letter or digit. */
const LINK_MAKERS = /:\/\/|@|(?<=[\p{L}\p{N}])\.(?=\p{L})/gu;
/** Zero-width non-joiner: it is invisible, and keeps clients from recognising an address. */
const BREAK = "\u200c";

/**
 * Reduces a name or title that a user chose to one line of plain text: without line breaks, control characters and
 * direction marks, and without anything that a mail client would turn into a link.
 */
export function tame(text: string): string {
  const line = withoutControls(text).replace(/\s+/g, " ").trim();
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return short.replace(LINK_MAKERS, (maker) => `${maker}${BREAK}`);
}

/** Contact details in names and titles: web and mail addresses, and telephone numbers of six or more digits. */
const CONTACTS = [
  /\S*(?::\/\/|@|\bwww\.)\S*/giu,
  /[\p{L}\p{N}-]+(?:[.\u3002\uff0e\uff61][\p{L}\p{N}-]+)*[.\u3002\uff0e\uff61](?!(?:js|ts|cs)\b)\p{L}{2,}(?:[/:]\S*)?/giu,
  /(?<!\p{N})(?!\p{N}{4}\s?[-\u2013/]\s?\p{N}{4}(?!\p{N}))(?:[+(]\s?)?\p{N}(?:[\s().,/\u2010-\u2015-]{0,3}\p{N}){5,}/gu,
];

/** Does the same for a recipient who does not know the author of the name or title, and removes contact details. */
export function tameForStrangers(text: string): string {
  const visible = text.normalize("NFKC").replace(/\p{Cf}/gu, "");
  return tame(CONTACTS.reduce((rest, contact) => rest.replace(contact, "…"), visible));
}

/** Removes control characters and direction marks; keeps lines and links. */
function withoutControls(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(
    /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu,
    " ",
  );
}

/** Fields whose text is not a name or title: our own links and ids, verified addresses, and texts of several lines. */
const AS_IT_IS = /^(\w*[uU]rl|orderId|day|formerEmail|newEmail|text|excerpt|currency|why|code)$/;

/** Returns a copy of a notice's data in which every name and title is tamed, in whatever field. */
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
