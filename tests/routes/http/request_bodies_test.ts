import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { byCapability, operations } from "../../support/operations.ts";
import { contractApp, type Handlers, type OperationId } from "../../../routes/http/contract_app.ts";
import { readParts } from "../../../routes/http/form.ts";
import { type BodyPatience, PATIENCE } from "../../../routes/http/request_body.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** The whole contract, with handlers that note what they were given; tokens are the ids of accounts. */
function testApp(patience: Partial<BodyPatience> = {}, handle = () => Promise.resolve()) {
  const files: unknown[] = [];
  const handlers = Object.fromEntries(
    Object.keys(operations).map((id) => [id, async (request: { files: unknown }) => {
      files.push(request.files);
      await handle();
      return { status: 201, body: {} };
    }]),
  ) as unknown as Handlers;
  const lines: Record<string, unknown>[] = [];
  const note = (message: string, fields: Record<string, unknown>) => void lines.push({ message, ...fields });
  const app = contractApp(byCapability(handlers), {
    authenticate: (id) => Promise.resolve(id === "bad" ? null : { id, role: ROLE.tutor, signInId: "s1" }),
    useKey: () => Promise.resolve(null),
    isOutage: () => false,
    corsOrigins: [],
    publicUrl: null,
    patience: { ...PATIENCE, ...patience },
    limits: { count: () => Promise.resolve() },
    log: { info: note, warn: note, error: note },
  });
  return { app, files, lines };
}

/** A body whose length nobody declares, and how many bytes of it were taken. */
function streamOf(bytes: number, { chunk = 64 * KIB, stallsAt = Infinity } = {}) {
  const told = { taken: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (told.taken >= stallsAt) return new Promise<void>(() => {});
      if (told.taken >= bytes) return controller.close();
      controller.enqueue(new Uint8Array(chunk).fill(97));
      told.taken += chunk;
    },
    cancel() {
      told.isCancelled = true;
    },
  }, { highWaterMark: 0 });
  return { body, told };
}

const ATTACHMENTS = "/api/courses/lessons/x/attachments/";
const post = (body: BodyInit, headers: Record<string, string> = {}) => ({
  method: "POST",
  body,
  headers: { authorization: "Bearer ada", ...headers },
});
const form = { "content-type": "multipart/form-data; boundary=x" };

Deno.test("no body of an unauthenticated caller is read, however it is sent", async () => {
  const { app } = testApp();
  for (const { route, access, accepts } of Object.values(operations)) {
    if (access !== "required" || accepts.length === 0) continue;
    for (const authorization of [undefined, "Bearer bad", "Basic x"]) {
      const { body, told } = streamOf(20 * MIB);
      const headers = { "content-type": accepts.at(-1)!, ...(authorization ? { authorization } : {}) };
      const path: string = route.path.replace(/\{\w+\}/g, "x");
      const response = await app.request(path, { method: route.method.toUpperCase(), body, headers });
      assert.deepEqual([response.status, told.taken], [401, 0], `${route.method} ${path}`);
    }
  }
});

Deno.test("a body beyond its limit is a 413: by its declared length, else once it exceeds the limit", async () => {
  const { app, files } = testApp();
  const declared = streamOf(30 * MIB);
  const length = { "content-length": String(30 * MIB) };
  const refused = await app.request(ATTACHMENTS, post(declared.body, { ...form, ...length }));
  assert.deepEqual([refused.status, declared.told.taken], [413, 0]);
  const chunked = streamOf(30 * MIB);
  assert.equal(
    (await app.request("/api/auth/token/", {
      method: "POST",
      body: chunked.body,
      headers: { "content-type": "application/json" },
    })).status,
    413,
  );
  assert.equal(chunked.told.taken, 128 * KIB);
  assert.ok(chunked.told.isCancelled);
  assert.deepEqual(files, []);
});

Deno.test("a body that stalls or arrives too slowly is a 408, and reading stops", async () => {
  const { app } = testApp({ stallMs: 50 });
  const stalled = streamOf(MIB, { stallsAt: 64 * KIB });
  const response = await app.request(ATTACHMENTS, post(stalled.body, form));
  assert.deepEqual([response.status, (await response.json()).code], [408, "request_timeout"]);
  assert.ok(stalled.told.isCancelled);

  const slow = testApp({ stallMs: 100, slowest: 1e9 });
  const trickle = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.enqueue(new Uint8Array([32]));
    },
  });
  assert.equal((await slow.app.request(ATTACHMENTS, post(trickle, form))).status, 408);
  await new Promise((resolve) => setTimeout(resolve, 30)); // the last of it
});

Deno.test("large bodies are bounded per sender and in total, and small ones are never refused for it", async () => {
  let finish = () => {};
  const handled = new Promise<void>((resolve) => finish = resolve);
  const { app } = testApp({ signedIn: { all: 5 * MIB, each: 3 * MIB } }, () => handled);
  const file = () => {
    const data = new FormData();
    data.append("file", new File([new Uint8Array(2 * MIB)], "a.pdf"));
    return data;
  };
  const send = async (
    who: string,
  ) => (await app.request(ATTACHMENTS, { ...post(file()), headers: { authorization: `Bearer ${who}` } }));
  const first = send("ada");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const second = await send("ada");
  assert.deepEqual([second.status, second.headers.get("retry-after")], [429, "5"]);
  const third = send("bob");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal((await send("eve")).status, 503);
  const small = app.request(
    "/api/courses/courses/",
    post(JSON.stringify({ title: "T" }), { "content-type": "application/json" }),
  );
  finish();
  assert.deepEqual([(await first).status, (await third).status, (await small).status], [201, 201, 201]);
  assert.equal((await send("ada")).status, 201, "what was held is given back");
});

Deno.test("a form of 90,000 fields, or with long texts, is refused before the rest arrives", async () => {
  const { app } = testApp();
  const field = (name: string, value: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const fields = new TextEncoder().encode(field("a", "b").repeat(500));
  let taken = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (++taken > 180) return controller.close();
      controller.enqueue(fields);
    },
  }, { highWaterMark: 0 });
  const response = await app.request("/api/auth/users/me/", { ...post(body, form), method: "PATCH" });
  assert.equal(response.status, 400);
  assert.match((await response.json()).detail, /500 parts/);
  assert.ok(taken <= 3, `${taken} of 180 pieces of 500 fields were taken`);
  const long = new TextEncoder().encode(field("bio", "b".repeat(600 * KIB)) + "--x--\r\n");
  const longer = await app.request("/api/auth/users/me/", { ...post(long, form), method: "PATCH" });
  assert.match((await longer.json()).detail, /512 KiB/);
});

const utf8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
const dispositions: [what: string, disposition: string, name: string][] = [
  ["a semicolon", `name="file"; filename="Lecture 1; part 2.pdf"`, "Lecture 1; part 2.pdf"],
  ["an equals sign", `name="file"; filename="E=mc2.pdf"`, "E=mc2.pdf"],
  ["another name inside it", `name="file"; filename="a;name=other.pdf"`, "a;name=other.pdf"],
  ["two names inside it", `name="file"; filename="notes.pdf; draft.pdf"`, "notes.pdf; draft.pdf"],
  ["quotes as browsers write them", `name="file"; filename="a %22b%22.pdf"`, "a %22b%22.pdf"],
  ["quotes after RFC 7230", `name="file"; filename="a \\"b\\".pdf"`, `a "b".pdf`],
  [
    "letters of any alphabet",
    `name="file"; filename="${utf8("Übung №1 — 講義.pdf")}"`,
    "Übung №1 — 講義.pdf",
  ],
  ["an extended form", `name="file"; filename*=UTF-8''%C3%9Cbung%3B.pdf`, "Übung;.pdf"],
  ["the folders of an old browser", `name="file"; filename="C:\\fakepath\\a.pdf"`, "a.pdf"],
  ["folders that climb", `name="file"; filename="../../etc/passwd"`, "passwd"],
  ["nothing but folders", `name="file"; filename=".."`, ""],
  ["no quotes at all", `name=file; filename=a.pdf`, "a.pdf"],
];
for (const [what, disposition, name] of dispositions) {
  Deno.test(`a form's file keeps its name with ${what}`, async () => {
    const text = `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\nbytes\r\n--x--\r\n`;
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    // A byte at a time, so that nothing depends on where a body is cut.
    const chunks = (async function* () {
      for (const byte of bytes) yield await Promise.resolve(new Uint8Array([byte]));
    })();
    assert.deepEqual(await readParts("multipart/form-data; boundary=x", chunks, { mostText: KIB }), [
      { name: "file", file: { name, bytes: new TextEncoder().encode("bytes") } },
    ]);
  });
}

Deno.test("forms that end early, have no parts, no boundary or endless headers are refused, and nothing hangs", async () => {
  const { app } = testApp();
  const head = `--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n`;
  for (
    const text of [
      "",
      "--x",
      "--x--",
      head,
      `${head}bytes`,
      `${head}bytes\r\n--x`,
      `--x\r\n${"a".repeat(MIB)}`,
    ]
  ) {
    const response = await app.request(ATTACHMENTS, post(new TextEncoder().encode(text), form));
    assert.equal(response.status, 400, JSON.stringify(text.slice(0, 60)));
  }
  const named = `--x\r\nContent-Disposition: form-data; name="file"; filename="${
    "a".repeat(MIB)
  }.pdf"\r\n\r\nb\r\n--x--`;
  assert.ok((await app.request(ATTACHMENTS, post(new TextEncoder().encode(named), form))).status < 500);
});

Deno.test("the log has no values of paths and queries, and no IP addresses of successful requests", async () => {
  const { app, lines } = testApp();
  const MARKER = "Zq9secret";
  for (
    const [id, { route, accepts }] of Object.entries(operations) as [
      OperationId,
      typeof operations[OperationId],
    ][]
  ) {
    const path = route.path.replace(/\{\w+\}/g, `${MARKER}@example.com`);
    const body = accepts.length > 0 ? "{}" : undefined;
    for (const address of [path, path.slice(0, -1), `${path}${MARKER}/`, path.toUpperCase(), `/x${path}`]) {
      for (const method of [route.method.toUpperCase(), "PUT", "OPTIONS"]) {
        await app.request(`${address}?token=${MARKER}&search=${MARKER}&cursor=${MARKER}`, {
          method,
          headers: { authorization: "Bearer ada", "content-type": "application/json" },
          body: method === "GET" || method === "OPTIONS" ? undefined : body,
        });
      }
    }
    assert.ok(!/zq9secret/i.test(JSON.stringify(lines)), id);
    lines.length = 0;
  }
  await app.request(`/media/images/${MARKER}.png`);
  await app.request(`/%${MARKER}`);
  assert.ok(lines.length > 0 && !JSON.stringify(lines).includes(MARKER));
});

Deno.test("the log has the IP address of refused requests only, so that guesses can be traced", async () => {
  const { app, lines } = testApp();
  const from = { remoteAddr: { hostname: "203.0.113.9" } };
  await app.request("/api/auth/users/me/", {}, from);
  await app.request("/api/auth/users/me/", { headers: { authorization: "Bearer ada" } }, from);
  assert.deepEqual(lines.map(({ status, address }) => [status, address]), [[401, "203.0.113.9"], [
    201,
    undefined,
  ]]);
});
