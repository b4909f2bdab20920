import { type ContractDocument, type Parameter, resolve } from "./document.ts";
import type { ValueKind, ValueKinds } from "./values.ts";

export type ValueSchema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  items?: ValueSchema;
  properties?: Record<string, ValueSchema>;
  allOf?: ValueSchema[];
  anyOf?: ValueSchema[];
  oneOf?: ValueSchema[];
  /** The kind of a text if its format does not say it; `text` by default. */
  "x-value"?: ValueKind;
};

const BY_FORMAT: Record<string, ValueKind> = {
  email: "email",
  uuid: "id",
  "date-time": "moment",
  password: "verbatim",
  binary: "verbatim",
  uri: "text",
};

/** Returns the kinds of the texts in a request's value; null if it has none. */
export function valueKinds(document: ContractDocument, schema: unknown): ValueKinds | null {
  const resolved = resolve<ValueSchema>(document, schema as ValueSchema & { $ref: string });
  const { type = [], items, properties = {}, allOf = [], anyOf = [], oneOf = [] } = resolved;
  if ([type].flat().includes("string")) return textKind(resolved);
  if (items) return valueKinds(document, items);
  const entries = Object.entries(properties).flatMap(([name, property]) => {
    const kinds = valueKinds(document, property);
    return kinds ? [[name, kinds] as const] : [];
  });
  const parts = [...allOf, ...anyOf, ...oneOf].map((part) => valueKinds(document, part));
  const text = parts.find((part) => typeof part === "string");
  if (text) return text;
  const all = Object.assign(Object.fromEntries(entries), ...parts) as Record<string, ValueKinds>;
  return Object.keys(all).length > 0 ? all : null;
}

/** Returns the kinds of an operation's parameters in the path or the query, by name. */
export function parameterKinds(
  document: ContractDocument,
  parameters: Parameter[],
): Record<string, ValueKinds> {
  return Object.fromEntries(
    parameters.flatMap(({ name, schema }) => {
      const kinds = valueKinds(document, schema);
      return kinds ? [[name, kinds]] : [];
    }),
  );
}

/** Returns a text's declared kind; null if its values are listed. */
export function textKind(schema: ValueSchema): ValueKind | null {
  if (schema["x-value"]) return schema["x-value"];
  if (schema.format === undefined) return schema.enum || schema.const !== undefined ? null : "text";
  const kind = BY_FORMAT[schema.format];
  if (!kind) {
    throw new Error(`The contract has a text of the format ${schema.format}: say of which kind it is.`);
  }
  return kind;
}
