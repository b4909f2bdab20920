import assert from "node:assert/strict";
import { OpenAPIHono } from "@hono/zod-openapi";
import { r2Files } from "../../adapters/r2/files.ts";
import { setUpStorage } from "../../adapters/r2/setup.ts";
import { type Sandbox, startSandbox } from "../../adapters/sandbox/sandbox.tsx";
import { addMedia } from "../../routes/media/files.ts";
import type { Transport } from "../../routes/http/reply.ts";
import { useTransport } from "../../routes/http/transport.ts";
import { freePort } from "../support/postgres_cluster.ts";

const file = (contentType: string) => ({ contentType, readers: "entitled" as const });
const ORIGIN = "https://11-tutors.com";

function storageTest(name: string, run: (sandbox: Sandbox, config: StorageConfig) => Promise<void>) {
  Deno.test(name, async () => {
    const sandbox = await startSandbox({
      state: ":memory:",
      httpPort: freePort(),
      smtpPort: 0,
      apiUrl: "http://127.0.0.1:9",
      appEnv: "test",
    });
    const { environment: env } = sandbox;
    const r2 = {
      accessKeyId: env.R2_ACCESS_KEY_ID!,
      secretAccessKey: env.R2_SECRET_ACCESS_KEY!,
      bucket: env.R2_BUCKET_NAME!,
      endpointUrl: env.R2_ENDPOINT_URL!,
    };
    try {
      await run(sandbox, { r2, corsOrigins: [ORIGIN] });
    } finally {
      await sandbox.stop();
    }
  });
}
type StorageConfig = Parameters<typeof setUpStorage>[0];

storageTest(
  "setting up storage reports changes, makes them with --apply, and then finds none",
  async (_, config) => {
    const before = await setUpStorage(config, { apply: false });
    assert.deepEqual(before.faults, []);
    assert.deepEqual(before.changes.map((change) => change.split(":")[0]), [
      "CORS",
      "lifecycle",
      "lifecycle",
    ]);
    assert.match(before.changes[0]!, /11-tutors\.com/);
    const applied = await setUpStorage(config, { apply: true });
    assert.deepEqual(applied, before);
    assert.deepEqual(await setUpStorage(config, { apply: true }), { changes: [], faults: [] });

    const moved = await setUpStorage({ ...config, corsOrigins: ["https://new.example"] }, { apply: true });
    assert.deepEqual(moved.changes.map((change) => change.split(":")[0]), ["CORS"]);
    assert.match(moved.changes[0]!, /11-tutors\.com.* becomes .*new\.example/);
  },
);

storageTest(
  "if pictures are public, setting up storage checks that paid files are not",
  async (_, config) => {
    const stored = r2Files(config.r2);
    const asked: string[] = [];
    const cdn = (isRuled: boolean) =>
      Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
        const key = new URL(request.url).pathname.slice(1);
        asked.push(key);
        if (isRuled && !key.startsWith("media/")) return new Response("no", { status: 403 });
        return await fetch(await stored.presignedRead(key, 60));
      });
    for (const isRuled of [true, false]) {
      const server = cdn(isRuled);
      const mediaCdnUrl = `http://127.0.0.1:${server.addr.port}`;
      const { faults } = await setUpStorage({ ...config, mediaCdnUrl }, { apply: true });
      await server.shutdown();
      assert.equal(faults.length, isRuled ? 0 : 1, faults.join());
      assert.match(faults[0] ?? "to everybody", /to everybody/);
      assert.equal(await stored.describe(asked.at(-1)!), null, "the probe is removed");
    }
  },
);

storageTest("the bucket's rules let browsers of the frontend upload, and no others", async (_, config) => {
  await setUpStorage(config, { apply: true });
  const files = r2Files(config.r2);
  const url = await files.presignedUpload("uploads/a", { contentType: "text/plain", size: 1, seconds: 60 });
  const preflight = async (origin: string) => {
    const response = await fetch(url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type",
      },
    });
    await response.body?.cancel();
    return [response.status, response.headers.get("access-control-allow-origin")];
  };
  assert.deepEqual(await preflight(ORIGIN), [200, ORIGIN]);
  assert.deepEqual(await preflight("https://evil.example"), [403, null]);
});

storageTest("setting up storage reports what a person must fix", async (sandbox, config) => {
  const faults = async (r2: Partial<StorageConfig["r2"]>, now?: () => number) =>
    (await setUpStorage({ ...config, r2: { ...config.r2, ...r2 } }, { apply: true, now })).faults;
  assert.match((await faults({ secretAccessKey: "wrong" }))[0]!, /R2_SECRET_ACCESS_KEY/);
  assert.match((await faults({ accessKeyId: "wrong" }))[0]!, /R2_ACCESS_KEY_ID/);
  assert.match((await faults({ bucket: "other" }))[0]!, /no bucket other/);
  assert.match((await faults({}, () => Date.now() + 3600_000))[0]!, /clock is 36\d\d seconds ahead/);
  assert.match((await faults({}, () => Date.now() - 3600_000))[0]!, /clock is 3[56]\d\d seconds behind/);
  sandbox.faults.set("files", "down");
  assert.match((await faults({}))[0]!, /R2_ENDPOINT_URL/);
});

storageTest("caches may keep public pictures for a year, and nothing else at all", async (_, { r2 }) => {
  const files = r2Files(r2);
  const bytes = new Uint8Array([1]);
  const told = async (key: string) => {
    const response = await fetch(await files.presignedRead(key, 60));
    await response.body?.cancel();
    return response.headers.get("cache-control");
  };
  await files.put("media/images/avatars/a.jpg", bytes, { contentType: "image/jpeg", readers: "everybody" });
  await files.put("attachments/a", bytes, file("application/pdf"));
  assert.equal(await told("media/images/avatars/a.jpg"), "public, max-age=31536000, immutable");
  assert.equal(await told("attachments/a"), "private, no-store");
  const { etag } = (await files.describe("media/images/avatars/a.jpg"))!;
  await files.copy("media/images/avatars/a.jpg", "attachments/b", { etag, ...file("application/pdf") });
  assert.equal(await told("attachments/b"), "private, no-store", "a copy says its own");
});

storageTest(
  "files are described, read in part, copied while unchanged, listed page by page and removed",
  async (_, { r2 }) => {
    const files = r2Files(r2);
    const bytes = new TextEncoder().encode("0123456789");
    await files.put("uploads/a b", bytes, file("text/plain"));
    const described = await files.describe("uploads/a b");
    assert.deepEqual([described?.size, described?.contentType], [10, "text/plain"]);
    const { etag } = described!;
    assert.equal(await files.describe("uploads/none"), null);
    assert.equal(new TextDecoder().decode(await files.read("uploads/a b", 2, 5, etag) ?? undefined), "234");
    assert.equal((await files.read("uploads/a b", 5, 5, etag))!.length, 0);
    const pdf = { etag, ...file("application/pdf") };
    assert.equal(await files.copy("uploads/a b", "attachments/ü", pdf), true);
    await files.put("uploads/a b", bytes.subarray(1), file("text/plain"));
    assert.equal(await files.copy("uploads/a b", "attachments/c", pdf), false);
    assert.equal(await files.read("uploads/a b", 2, 5, etag), null);
    const copy = await files.describe("attachments/ü");
    assert.deepEqual([copy?.size, copy?.contentType], [10, "application/pdf"], "as what it was found to be");

    const large = Uint8Array.from({ length: 600_000 }, (_, at) => at % 251);
    await files.put("uploads/large", large, file("text/plain"));
    const whole = (await files.describe("uploads/large"))!;
    assert.equal(whole.size, large.length);
    for (const [start, end] of [[0, 10], [262_140, 262_150], [0, 600_000], [599_990, 600_000]] as const) {
      assert.deepEqual(await files.read("uploads/large", start, end, whole.etag), large.slice(start, end));
    }

    for (let n = 0; n < 105; n++) await files.put(`list/${n}`, bytes, file("text/plain"));
    const pages: number[] = [];
    for await (const page of files.list("list/")) pages.push(page.length);
    assert.deepEqual(pages, [100, 5]);
    await files.remove(["uploads/a b", "attachments/ü", "attachments/none"]);
    assert.equal(await files.describe("attachments/ü"), null);
  },
);

Deno.test("with a content delivery network, pictures redirect to it and nothing is signed", async () => {
  const app = new OpenAPIHono<Transport>();
  useTransport(app, { corsOrigins: [], log: { info() {}, warn() {}, error() {} } }, []);
  const files = { presignedRead: () => Promise.reject(new Error("not asked for")) };
  addMedia(app, { files, cdnUrl: "https://cdn.example" });
  const folder = "/media/images/course_thumbnails/";
  const name = "0b2f8f3c-9c4e-4d0a-8f6e-1a2b3c4d5e6f";
  const picture = `${folder}${name}-w1280.jpg`;
  const location = async (query = "", accept = "*/*") =>
    (await app.request(`${picture}${query}`, { headers: { accept } })).headers.get("location");
  assert.equal(await location(), `https://cdn.example${picture}`);
  assert.equal(
    await location("?width=300", "image/avif,image/webp,*/*"),
    `https://cdn.example${folder}${name}-w320.webp`,
  );
});
