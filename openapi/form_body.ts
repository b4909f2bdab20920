import { booleanFromText, numberFromText } from "./query_text.ts";

/** A file from a form, under the name given by its sender. */
export type UploadedFile = { name: string; bytes: Uint8Array };

/** How a form's field is read: `list` fields may be repeated; `isNullable` ones are null if blank. */
export type FormField = {
  kind: "text" | "number" | "boolean" | "file";
  isList: boolean;
  isNullable: boolean;
  isRequired: boolean;
};

/** The content of a form: values for the body's schema to validate, files, and errors of either, per field. */
export type FormBody = {
  body: Record<string, unknown>;
  files: Record<string, UploadedFile>;
  errors: Record<string, string[]>;
};

/** A part of a form, as received. */
export type FormPart = { name: string; text: string } | { name: string; file: UploadedFile };

/**
 * Reads the fields that the contract names, and ignores all others. Text is read as a number or boolean if it is one.
 */
export function readForm(parts: FormPart[], fields: Record<string, FormField>): FormBody {
  const read: FormBody = { body: {}, files: {}, errors: {} };
  for (const [name, field] of Object.entries(fields)) {
    const values = parts.filter((part) => part.name === name);
    if (field.kind === "file") {
      const given = values.filter((part) => !isNone(part));
      const [part] = given;
      if (part && "file" in part && given.length === 1) {
        read.files[name] = { name: part.file.name.replaceAll("\0", ""), bytes: part.file.bytes };
      } else if (part) read.errors[name] = ["Send one file here."];
      else if (field.isRequired) read.errors[name] = ["This file is required."];
      continue;
    }
    const texts = values.flatMap((part) => "text" in part ? [part.text] : []);
    if (texts.length < values.length) {
      read.errors[name] = ["Send text here, not a file."];
    } else if (texts.length > 0) {
      const spelled = texts.filter((text) => !field.isList || text !== "").map((text) =>
        readText(text, field)
      );
      // A repeated field that is not a list is left for the schema to refuse.
      read.body[name] = field.isList || spelled.length > 1 ? spelled : spelled[0];
    }
  }
  return read;
}

/** Returns whether a part is the nameless empty file that browsers send for an unused input. */
const isNone = (part: FormPart) =>
  "text" in part ? part.text === "" : part.file.name === "" && part.file.bytes.byteLength === 0;

function readText(text: string, { kind, isNullable }: FormField): unknown {
  if (isNullable && text === "") return null;
  return kind === "number" ? numberFromText(text) : kind === "boolean" ? booleanFromText(text) : text;
}
