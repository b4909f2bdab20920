import { booleanFromText, numberFromText } from "./query_text.ts";

/** A file that came with a form, under the name that its sender gave it. */
export type UploadedFile = { name: string; bytes: Uint8Array };

/** How a form's field is read: `list` fields may come repeatedly; `isNullable` ones are null when they come blank. */
export type FormField = {
  kind: "text" | "number" | "boolean" | "file";
  isList: boolean;
  isNullable: boolean;
  isRequired: boolean;
};

/** What a form says: values for the body's schema to judge, its files, and what is wrong with either, per field. */
export type FormBody = {
  body: Record<string, unknown>;
  files: Record<string, UploadedFile>;
  errors: Record<string, string[]>;
};

/** Reads the fields that the contract names, and ignores all others. Text is read as numbers and booleans where it spells them. */
export async function readForm(form: FormData, fields: Record<string, FormField>): Promise<FormBody> {
  const read: FormBody = { body: {}, files: {}, errors: {} };
  for (const [name, field] of Object.entries(fields)) {
    const values = form.getAll(name);
    if (field.kind === "file") {
      // A browser sends a nameless empty file for an input that was left alone.
      const files = values.filter((value) => value !== "" && !(value instanceof File && isNone(value)));
      const [file] = files;
      if (file instanceof File && files.length === 1) {
        read.files[name] = {
          name: file.name.replaceAll("\0", ""),
          bytes: new Uint8Array(await file.arrayBuffer()),
        };
      } else if (file !== undefined) read.errors[name] = ["Send one file here."];
      else if (field.isRequired) read.errors[name] = ["This file is required."];
    } else if (values.some((value) => typeof value !== "string")) {
      read.errors[name] = ["Send text here, not a file."];
    } else if (values.length > 0) {
      const texts = (values as string[]).filter((text) => !field.isList || text !== "");
      const spelled = texts.map((text) => readText(text, field));
      // What comes twice but is no list is for the schema to refuse.
      read.body[name] = field.isList || spelled.length > 1 ? spelled : spelled[0];
    }
  }
  return read;
}

const isNone = (file: File) => file.name === "" && file.size === 0;

function readText(text: string, { kind, isNullable }: FormField): unknown {
  if (isNullable && text === "") return null;
  return kind === "number" ? numberFromText(text) : kind === "boolean" ? booleanFromText(text) : text;
}
