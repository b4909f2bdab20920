import { z } from "zod";
import { normaliseEmail } from "../domain/accounts/email_address.ts";
import { readMoment } from "../domain/moment.ts";
import { normaliseReference } from "../domain/reference.ts";
import { tidyText } from "../domain/text.ts";

/**
 * What a text of a request is, and thus how it is brought into its one spelling before its schema judges it:
 * - `text`: what people write, without what is invisible at its ends; blank when nothing of it can be seen
 * - `id`, `reference`: what names something: an id, a slug, or where a person is meant an e-mail address too
 * - `email`: an address to be used from now on; what can be none is refused
 * - `address`: an address that somebody may have already, to be compared with those that are known
 * - `moment`: a moment in UTC, or a day, which is the midnight with which it begins
 * - `verbatim`: read as it came: passwords (hashed in one spelling), tokens, files
 */
export type ValueKind = "text" | "id" | "reference" | "email" | "address" | "moment" | "verbatim";

/** The kinds of the texts within a value, laid out as it is. A list has those of its items. */
export type ValueKinds = ValueKind | { [property: string]: ValueKinds };

const SPELLINGS: Record<ValueKind, (text: string) => string> = {
  text: tidyText,
  id: normaliseReference,
  reference: normaliseReference,
  email: normaliseEmail,
  address: normaliseEmail,
  moment: (text) => momentOrAsIs(tidyText(text)),
  verbatim: (text) => text,
};

/**
 * The schema, after every text has been brought into the one spelling of its kind: the door through which all input of all
 * operations comes, as JSON, form, query, path or row of a CSV.
 */
export function reading<Schema extends z.ZodType>(schema: Schema, kinds: ValueKinds): Schema {
  // Of the schema's type: what goes in and what comes out is as before.
  return z.preprocess((input) => spell(input, kinds), schema) as unknown as Schema;
}

function spell(value: unknown, kinds: ValueKinds | undefined): unknown {
  if (kinds === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => spell(item, kinds));
  if (typeof kinds === "string") return typeof value === "string" ? SPELLINGS[kinds](value) : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      spell(inner, Object.hasOwn(kinds, name) ? kinds[name] : undefined),
    ]),
  );
}

const momentOrAsIs = (text: string) => readMoment(text)?.toISOString() ?? text;
