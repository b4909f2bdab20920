import type { FormField } from "./form_body.ts";
import { type ContractDocument, METHODS, type Operation, resolve } from "./document.ts";

export const FORM = "multipart/form-data";
const JSON_TYPE = "application/json";

type Schema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  allOf?: Schema[];
};

/** Returns how the fields of an operation's form are read, by name; null if it accepts no form. */
export function formFields(
  document: ContractDocument,
  operation: Operation,
): Record<string, FormField> | null {
  const { [FORM]: form, [JSON_TYPE]: json } = operation.requestBody?.content ?? {};
  if (!form) return null;
  const { properties, required } = propertiesOf(document, form.schema as Schema);
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, fieldOf(document, name, schema, required)]),
  );
  if (json) {
    const known = propertiesOf(document, json.schema as Schema).properties;
    const unknown = Object.keys(fields).filter((name) => fields[name]!.kind !== "file" && !(name in known));
    if (unknown.length > 0) {
      throw new Error(
        `${operation.operationId}: the JSON body lacks ${unknown.join(", ")}, which its form has.`,
      );
    }
  }
  return fields;
}

/**
 * Returns the document for the client's generator, which supports one body per operation: if an operation accepts
 * JSON and forms, the form becomes a separate operation `<name>Form`, at the same path without its trailing slash.
 */
export function withFormOperations(document: ContractDocument): ContractDocument {
  const paths = structuredClone(document.paths);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const { [FORM]: form, ...others } = item[method]?.requestBody?.content ?? {};
      if (!form || Object.keys(others).length === 0) continue;
      const operation = item[method]!;
      paths[path]![method] = { ...operation, requestBody: { ...operation.requestBody, content: others } };
      const formPath = path.replace(/\/$/, "");
      paths[formPath] = {
        ...paths[formPath],
        [method]: {
          ...operation,
          operationId: `${operation.operationId}Form`,
          requestBody: { ...operation.requestBody, content: { [FORM]: form } },
        },
      };
    }
  }
  return { ...document, paths };
}

function fieldOf(document: ContractDocument, name: string, property: Schema, required: string[]): FormField {
  const schema = resolve<Schema>(document, property as Schema | { $ref: string });
  const isList = kindsOf(schema).includes("array");
  const value = isList && schema.items
    ? resolve<Schema>(document, schema.items as Schema | { $ref: string })
    : schema;
  const kinds = kindsOf(value);
  const isFile = value.format === "binary";
  if (isFile && isList) throw new Error(`${name}: a form takes one file per property.`);
  const isText = kinds.includes("string");
  return {
    kind: isFile
      ? "file"
      : isText
      ? "text"
      : kinds.includes("boolean")
      ? "boolean"
      : kinds.some((kind) => kind === "integer" || kind === "number")
      ? "number"
      : "text",
    isList,
    isNullable: !isText && !isList && kinds.includes("null"),
    isRequired: required.includes(name),
  };
}

function propertiesOf(
  document: ContractDocument,
  schema: Schema,
): { properties: Record<string, Schema>; required: string[] } {
  const { properties = {}, required = [], allOf = [] } = resolve<Schema>(
    document,
    schema as Schema | { $ref: string },
  );
  const parts = allOf.map((part) => propertiesOf(document, part));
  return {
    properties: Object.assign({}, properties, ...parts.map((part) => part.properties)),
    required: [...required, ...parts.flatMap((part) => part.required)],
  };
}

const kindsOf = ({ type = [] }: Schema) => Array.isArray(type) ? type : [type];
