import { z } from "zod";
import { normaliseEmail } from "../domain/accounts/email_address.ts";
import { readMoment } from "../domain/moment.ts";
import { normaliseReference } from "../domain/reference.ts";
import { tidyText } from "../domain/text.ts";

/**
 * The kind of a text in a request, which decides how it is normalised before validation:
 * - `text`: text by people, without invisible characters at its ends; empty if nothing of it is visible
 * - `id`, `reference`: an id or a slug, or for people also an e-mail address
 * - `email`: a new address; an invalid one is refused
 * - `address`: an address to be compared with existing ones
 * - `moment`: a timestamp in UTC, or a day, which means its first midnight
 * - `verbatim`: not changed: passwords (normalised when hashed), tokens, files
 */
export type ValueKind = "text" | "id" | "reference" | "email" | "address" | "moment" | "verbatim";

/** The kinds of the texts within a value, in the same structure. A list has the kinds of its items. */
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
 * Returns a schema that first normalises every text by its kind. All input of all operations passes through it, as
 * JSON, form, query, path or row of a CSV file.
 */
export function reading<Schema extends z.ZodType>(schema: Schema, kinds: ValueKinds): Schema {
  // The cast keeps the schema's type: its input and output are unchanged.
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
