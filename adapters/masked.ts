/** A text may be long, and a stranger's: each pattern begins where a word does, so that its time grows with the text. */
type Masks = [pattern: RegExp, replacement: string | ((text: string, ...groups: string[]) => string)][];

const SECRETS: Masks = [
  // Tokens: ours (JWT), vendors', and values after a name that suggests one.
  [/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g, "***"],
  [/\b(sk|rk|whsec|SG)([_.])[\w.-]{6,}/g, "$1$2***"],
  [/\b(Bearer|Basic|Apisecret) +[\w.~+/=-]+/gi, "$1 ***"],
  [/\b(token|secret|password|signature|X-Amz-\w+)(=|%3D)[^&\s"'\\]+/gi, "$1$2***"],
  [/(\b\w+:\/\/[^\s:@/"]+):[^\s@/"]+@/g, "$1:***@"],
  [/(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})/gu, "***@$1"],
];

/** Where errors quote what somebody typed, or what a row holds. */
const QUOTED: Masks = [
  [/(?<![\p{L}\p{N}._+-])[\p{L}\p{N}._+-]+(?:@|%40)[\p{L}\p{N}.*-]+/gu, "***"], // the domain of an address may name a person
  [/\b(\w+_secret_)\w+/g, "$1***"],
  [/((?:https?:\/\/|\/)[^\s?"'<>()]*)\?[^\s"'<>()]+/g, "$1?***"], // the query of an address
  [/=\([^\n]*?\)(?= |$)/gm, "=(***)"], // PostgreSQL: Key (name)=(value) already exists
  [/(row contains )\([^\n]*\)/g, "$1(***)"],
  // What is cut off, or goes on in the next line, has no quote at the end.
  [/(\b(?:invalid|malformed|value)\b[^:"'\n]*: ?)(["'])(?:[^\n]*\2|(?:(?!\2)[^])*(?:\2|$))/gi, '$1"***"'], // invalid input syntax for type x: "value"
  [/"[^\n]*"(?=(?:\.{3})? is not valid JSON)/g, '"***"'],
  [/("[^"\n]*"\s*:\s*)"(?:[^"\\]|\\[^])*(?:"|$)/g, '$1"***"'], // the values of JSON
  // All in quotes but names of the schema, whose own quotes must not pair with the next ones.
  [/("[a-z_][a-z0-9_]*")|"(?:[^"\\]|\\[^])*(?:"|$)/g, (_, name?: string) => name ?? '"***"'],
  [/\+\d[\d ().-]{6,}\d/g, "***"], // a phone number
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, "***"], // an IP address
  [/\b(?:\d[ -]?){12,18}\d\b/g, "***"], // the number of a card
  [/(?<![\w/.-])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{40,}/g, "***"], // a key of no known form
];

const masking = (masks: Masks) => (text: string): string =>
  masks.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement as string), text);

/** Masks everything in a text that looks like a secret or an e-mail address. */
export const masked = masking(SECRETS);

/** Does the same, and masks what errors quote from requests and rows, for texts that leave the shop. */
export const maskedStrictly = masking([...QUOTED, ...SECRETS]);
