// Every text of every request is of a kind, and each kind is read in one way.
import assert from "node:assert/strict";
import { z } from "zod";
import { type ContractDocument, METHODS, type Parameter, resolve } from "../../openapi/document.ts";
import contract from "../../openapi/generated/server/openapi.json" with { type: "json" };
import { operations } from "../support/operations.ts";
import { textKind, valueKinds, type ValueSchema } from "../../openapi/value_kinds.ts";
import { reading } from "../../openapi/values.ts";
import { invalidInput } from "../../routes/http/field_messages.ts";

type Text = {
  operation: string;
  name: string;
  schema: ValueSchema & { minLength?: number; pattern?: string };
};
const document = contract as unknown as ContractDocument;

/** Every text that a request may have, by the name of its property. */
function textsOf(schema: unknown, name: string, operation: string): Text[] {
  const value = resolve<ValueSchema>(document, schema as ValueSchema & { $ref: string });
  const inner = [
    ...value.allOf ?? [],
    ...value.anyOf ?? [],
    ...value.oneOf ?? [],
    ...value.items ? [value.items] : [],
  ];
  return [
    ...[value.type ?? []].flat().includes("string") ? [{ operation, name, schema: value }] : [],
    ...inner.flatMap((part) => textsOf(part, name, operation)),
    ...Object.entries(value.properties ?? {}).flatMap(([key, property]) => textsOf(property, key, operation)),
  ];
}

const texts = Object.values(document.paths).flatMap((item) =>
  METHODS.filter((method) => method in item).flatMap((method) => {
    const { operationId, parameters = [], requestBody } = item[method]!;
    return [
      ...parameters.map((parameter) => resolve<Parameter>(document, parameter))
        .filter((parameter) => parameter.in !== "header")
        .flatMap(({ name, schema }) => textsOf(schema, name, operationId)),
      ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => textsOf(schema, "", operationId)),
    ];
  })
);

Deno.test("the name of a text in a request determines its kind, in every operation", () => {
  const kinds: [RegExp, string[]][] = [
    [/email/, ["email", "address"]],
    [
      /(^|_)ids?$|^(course|part|parent|lessons?|student|user|viewer|actor|tutor|category|university|slug|take_over)$/,
      ["id", "reference"],
    ],
    [/_at$|^(since|until|before|from|valid_(from|until))$/, ["moment"]],
    [/password|^(token|refresh|csv|secret|cursor)$/, ["verbatim"]],
  ];
  // A category's own slug, and what a bank is told, are texts.
  const others = ["createCategory slug", "updateCategory slug", "submitEvidence customer_email_address"];
  assert.ok(texts.length > 200);
  for (const { operation, name, schema } of texts) {
    const kind = textKind(schema);
    const wanted = kinds.find(([pattern]) => pattern.test(name))?.[1];
    if (kind === null || others.includes(`${operation} ${name}`)) continue;
    assert.ok(wanted ? wanted.includes(kind) : kind !== "moment", `${operation}: ${name} is read as ${kind}`);
    const isFile = schema.format === "binary";
    if (!wanted && !isFile) {
      assert.ok(["text", "id", "reference"].includes(kind), `${operation}: ${name} is read as ${kind}`);
    }
  }
});

Deno.test("every operation reads its texts by their kinds", () => {
  for (const [id, { route, form }] of Object.entries(operations)) {
    const request: {
      params?: unknown;
      query?: unknown;
      headers?: unknown;
      body?: { content: Record<string, { schema: unknown }> };
    } = route.request;
    const schemas = [
      request.params,
      request.query,
      request.body?.content["application/json"]?.schema,
      form?.body,
    ];
    const hasTexts = texts.some(({ operation, schema }) => operation === id && textKind(schema) !== null);
    const reads = schemas.some((schema) => schema instanceof z.ZodPipe);
    assert.equal(reads, hasTexts, id);
  }
});

const read = (schema: ValueSchema & Record<string, unknown>, value: unknown, zod: z.ZodType) => {
  const result = reading(z.object({ it: zod }), { it: valueKinds(document, schema)! }).safeParse({
    it: value,
  });
  return result.success ? result.data.it : invalidInput(result.error, "body").details.fields!.it![0];
};

Deno.test("every pattern that a request can fail says what to write instead", () => {
  const patterns = new Set(texts.flatMap(({ schema }) => schema.pattern ?? []));
  assert.ok(patterns.size > 5);
  for (const pattern of patterns) {
    const failing = ["", "\u{1f3b2}", "0000-x"].find((text) => !new RegExp(pattern).test(text));
    const { error } = z.string().regex(new RegExp(pattern)).safeParse(failing);
    assert.ok(error, `${pattern}: the test knows no text that it refuses`);
    const message = invalidInput(error, "it").details.fields!.it![0]!;
    assert.doesNotMatch(message, /pattern/, `${pattern}: write its advice in routes/http/field_messages.ts`);
  }
});

Deno.test("invisible text counts as blank, and is removed from the ends of other text", () => {
  const required = (text: string) => read({ type: "string" }, text, z.string().min(1));
  const blanks = [
    "",
    " \t\n",
    "\u00a0",
    "\u200b\u200b",
    "\u2060\ufeff",
    "\u3164",
    "\u115f\uffa0",
    "\u2800",
    "\u202e\u2066\u2069",
    "\u{e0041}\u{e007f}",
    "\u00ad",
    "\u034f\u180e",
  ];
  for (const blank of blanks) {
    assert.equal(required(blank), "This field may not be blank.", JSON.stringify(blank));
  }
  for (const text of ["é", "0", "…", "ا", "👨‍👩‍👧", "❤️", "🏴\u{e0067}\u{e0062}\u{e007f}", "a\u200bb"]) {
    assert.equal(required(text), text);
  }
  assert.equal(required("\u200b e\u0301\u00a0"), "é");
});

Deno.test("a UUID is case-insensitive; a vendor's id is not; a person may be named by e-mail address", () => {
  const named = (text: string) => read({ type: "string", "x-value": "reference" }, text, z.string());
  assert.equal(named(" A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  assert.equal(
    read({ type: "string", format: "uuid" }, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", z.uuid()),
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  );
  assert.equal(named("cs_test_A1b2"), "cs_test_A1b2");
  assert.equal(named("Ada@Пример.рф"), "ada@xn--e1afmkfd.xn--p1ai");
});

Deno.test("a timestamp is a valid date with a time in UTC, or a day", () => {
  const moment = (text: string) => read({ type: "string", format: "date-time" }, text, z.iso.datetime());
  assert.equal(moment("2027-01-31T18:00:00Z"), "2027-01-31T18:00:00.000Z");
  assert.equal(moment("2028-02-29"), "2028-02-29T00:00:00.000Z");
  assert.equal(moment(" 2027-01-31T20:00:00+02:00"), "2027-01-31T18:00:00.000Z");
  for (
    const none of [
      "2027-02-29",
      "2027-02-31",
      "2027-02-31T00:00:00Z",
      "2027-13-01",
      "31.12.2027",
      "12/31/2027",
      "2027-1-5",
      "2027-01-01T24:00:00Z",
      "46387",
      "0000-01-01",
      "",
    ]
  ) {
    assert.match(String(moment(none)), /^Use a UTC timestamp/, none);
  }
});
