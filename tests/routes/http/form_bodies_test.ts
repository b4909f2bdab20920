import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import document from "../../../openapi/generated/server/openapi.json" with { type: "json" };
import { byCapability, operations } from "../../support/operations.ts";
import { contractApp, type ContractRequest, type Handlers } from "../../../routes/http/contract_app.ts";

/** PATCHes a course, whose handler is a spy; returns the response, and what the handler was given. */
async function patchCourse(init: RequestInit) {
  let seen: ContractRequest<"updateCourse"> | null = null;
  const handlers = Object.fromEntries(
    Object.keys(operations).map((id) => [id, (request: ContractRequest<"updateCourse">) => {
      seen = request;
      return Promise.resolve({ status: 200, body: {} });
    }]),
  ) as unknown as Handlers;
  const app = contractApp(byCapability(handlers), {
    authenticate: () => Promise.resolve({ id: "u1", role: ROLE.tutor, signInId: "s1" }),
    useKey: () => Promise.resolve(null),
    isOutage: () => false,
    limits: { count: () => Promise.resolve() },
    corsOrigins: [],
    publicUrl: null,
    log: { info() {}, warn() {}, error() {} },
  });
  const response = await app.request("/api/courses/courses/x/", {
    method: "PATCH",
    ...init,
    headers: { authorization: "Bearer t", ...init.headers as Record<string, string> },
  });
  const body = await response.json();
  return { status: response.status, body, seen: seen as ContractRequest<"updateCourse"> | null };
}

function form(fields: Record<string, string | File>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

const picture = (bytes: number) => new File([new Uint8Array(bytes)], "picture.png", { type: "image/png" });

Deno.test("a form's fields arrive like those of JSON, together with its file", async () => {
  const { status, seen } = await patchCourse({
    body: form({
      title: "T",
      price: "30",
      is_published: "true",
      category: "",
      thumbnail: picture(3),
      extra: "x",
    }),
  });
  assert.equal(status, 200);
  assert.deepEqual(seen!.body, { title: "T", price: "30", is_published: true, category: "" });
  assert.deepEqual(seen!.files, { thumbnail: { name: "picture.png", bytes: new Uint8Array(3) } });
});

Deno.test("JSON still works where forms are accepted", async () => {
  const { seen } = await patchCourse({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ price: 24.5 }),
  });
  assert.deepEqual(seen!.body, { price: 24.5 });
  assert.deepEqual(seen!.files, {});
  const wrong = await patchCourse({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ is_published: "true" }),
  });
  assert.equal(wrong.status, 400);
});

Deno.test("a form is validated against the contract, and every faulty field is named", async () => {
  const { status, body } = await patchCourse({
    body: form({ title: "", is_published: "maybe", thumbnail: "text", description: "a\0" }),
  });
  assert.equal(status, 400);
  assert.deepEqual(Object.keys(body.errors).sort(), ["is_published", "thumbnail", "title"]);
  const nul = await patchCourse({ body: form({ description: "a\0" }) });
  assert.deepEqual(Object.keys(nul.body.errors), ["description"]);
});

Deno.test("a malformed form, and a body of another type, are a 400 that says what to send", async () => {
  for (
    const headers of [
      { "content-type": "multipart/form-data; boundary=x" },
      { "content-type": "multipart/form-data" },
    ]
  ) {
    const { status, body } = await patchCourse({ headers, body: "nonsense" });
    assert.equal(status, 400);
    assert.match(body.detail, /not a valid form/);
  }
  const { status, body } = await patchCourse({ body: new URLSearchParams({ title: "T" }) });
  assert.equal(status, 400);
  assert.match(body.detail, /application\/json.* or .*multipart\/form-data/);
});

Deno.test("a form may be as large as its operation allows, JSON only as large as usual", async () => {
  assert.equal((await patchCourse({ body: form({ thumbnail: picture(5 * 1024 * 1024) }) })).status, 200);
  const large = await patchCourse({ body: form({ thumbnail: picture(6 * 1024 * 1024) }) });
  assert.equal(large.status, 413);
  assert.match(large.body.detail, /6 MiB/);
  const json = await patchCourse({
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ description: "x".repeat(65 * 1024) }),
  });
  assert.equal(json.status, 413);
});

Deno.test("the published contract shows both ways to send a body", () => {
  const { content } = document.paths["/api/courses/courses/{slug}/"].patch.requestBody;
  assert.deepEqual(Object.keys(content), ["application/json", "multipart/form-data"]);
});
