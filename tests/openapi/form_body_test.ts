import assert from "node:assert/strict";
import { type FormField, type FormPart, readForm } from "../../openapi/form_body.ts";
import { formFields, withFormOperations } from "../../openapi/forms.ts";
import { operationsModule } from "../../openapi/operations_module.ts";

const field = (kind: FormField["kind"], more: Partial<FormField> = {}): FormField => ({
  kind,
  isList: false,
  isNullable: false,
  isRequired: false,
  ...more,
});

const text = (name: string, text: string): FormPart => ({ name, text });
const file = (name: string, fileName: string, ...bytes: number[]): FormPart => ({
  name,
  file: { name: fileName, bytes: new Uint8Array(bytes) },
});

Deno.test("a form's text is read as the contract's types, and anything else is left to the schema", () => {
  const parts = [
    text("count", "7"),
    text("ratio", "x"),
    text("is_on", "true"),
    text("is_off", "0"),
    text("title", "30"),
    text("no_such", "1"),
  ];
  const { body } = readForm(parts, {
    count: field("number"),
    ratio: field("number"),
    is_on: field("boolean"),
    is_off: field("boolean"),
    title: field("text"),
    absent: field("text"),
  });
  assert.deepEqual(body, { count: 7, ratio: "x", is_on: true, is_off: false, title: "30" });
});

Deno.test("a repeated field of a form is a list, and a single blank clears it", () => {
  const fields = { goals: field("text", { isList: true }), sizes: field("number", { isList: true }) };
  const { body } = readForm([text("goals", "a"), text("goals", "b"), text("sizes", "1")], fields);
  assert.deepEqual(body, { goals: ["a", "b"], sizes: [1] });
  assert.deepEqual(readForm([text("goals", "")], fields).body, { goals: [] });
});

Deno.test("a repeated field that is not a list is left to the schema, which refuses it", () => {
  assert.deepEqual(readForm([text("title", "a"), text("title", "b")], { title: field("text") }).body, {
    title: ["a", "b"],
  });
});

Deno.test("a blank is null where the contract allows null and no text", () => {
  const fields = { seconds: field("number", { isNullable: true }), note: field("text") };
  assert.deepEqual(readForm([text("seconds", ""), text("note", "")], fields).body, {
    seconds: null,
    note: "",
  });
});

Deno.test("a form's file has its name and bytes; an unused input has none", () => {
  const fields = { picture: field("file"), other: field("file") };
  const { files, errors } = readForm([file("picture", "a.png", 1, 2), file("other", "")], fields);
  assert.deepEqual(files, { picture: { name: "a.png", bytes: new Uint8Array([1, 2]) } });
  assert.deepEqual(errors, {});
});

Deno.test("a missing file, text for a file, two files and a file for text are each refused by name", () => {
  const { errors } = readForm(
    [text("text", "x"), file("twice", "x", 1), file("twice", "x", 1), file("title", "x", 1)],
    {
      missing: field("file", { isRequired: true }),
      text: field("file"),
      twice: field("file"),
      title: field("text"),
    },
  );
  assert.deepEqual(errors, {
    missing: ["This file is required."],
    text: ["Send one file here."],
    twice: ["Send one file here."],
    title: ["Send text here, not a file."],
  });
});

const json = { type: "object", properties: { title: { type: "string" } } };
const withFile = {
  allOf: [{ $ref: "#/components/schemas/Json" }, {
    type: "object",
    required: ["picture"],
    properties: { picture: { type: "string", format: "binary" } },
  }],
};
const operation = (content: Record<string, { schema: unknown }>) => ({
  operationId: "save",
  requestBody: { content },
  responses: {},
});
const documentOf = (content: Record<string, { schema: unknown }>) => ({
  paths: { "/things/{id}/": { patch: operation(content) } },
  components: { schemas: { Json: json } },
});

Deno.test("the fields of a form are gathered through references and allOf", () => {
  const content = { "multipart/form-data": { schema: withFile } };
  assert.deepEqual(formFields(documentOf(content), operation(content)), {
    title: field("text"),
    picture: field("file", { isRequired: true }),
  });
  assert.equal(formFields(documentOf({}), operation({ "application/json": { schema: json } })), null);
});

Deno.test("a form whose fields its JSON body lacks is an error of the contract", () => {
  const more = { type: "object", properties: { title: { type: "string" }, size: { type: "integer" } } };
  const content = { "application/json": { schema: json }, "multipart/form-data": { schema: more } };
  assert.throws(() => formFields(documentOf(content), operation(content)), /save: the JSON body lacks size/);
});

Deno.test("a list of files is an error of the contract", () => {
  const files = {
    type: "object",
    properties: { all: { type: "array", items: { type: "string", format: "binary" } } },
  };
  const content = { "multipart/form-data": { schema: files } };
  assert.throws(() => formFields(documentOf(content), operation(content)), /one file per property/);
});

Deno.test("the client gets a separate operation for a form next to JSON", () => {
  const content = { "application/json": { schema: json }, "multipart/form-data": { schema: withFile } };
  const { paths } = withFormOperations(documentOf(content));
  assert.deepEqual(Object.keys(paths["/things/{id}/"]!.patch!.requestBody!.content), ["application/json"]);
  assert.equal(paths["/things/{id}"]!.patch!.operationId, "saveForm");
  const only = documentOf({ "multipart/form-data": { schema: withFile } });
  assert.deepEqual(withFormOperations(only), only);
});

Deno.test("an operation that accepts only a form has its files apart from its body", () => {
  const schema = {
    ...withFile.allOf[1],
    properties: { ...withFile.allOf[1]!.properties, title: { type: "string" } },
  };
  const source = operationsModule(documentOf({ "multipart/form-data": { schema } }), new Set(["save"]));
  assert.match(source, /body: reading\(schemas\.zSaveBody\.omit\(\{ picture: true \}\), /);
  assert.match(source, /body: Omit<z\.output<typeof schemas\.zSaveBody>, "picture">;/);
  assert.match(source, /files: \{ picture: UploadedFile \};/);
});
