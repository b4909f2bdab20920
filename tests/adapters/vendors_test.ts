import assert from "node:assert/strict";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { dnsPublicHosts } from "../../adapters/dns/public_hosts.ts";
import { r2Files } from "../../adapters/r2/files.ts";
import { type Sandbox, startSandbox } from "../../adapters/sandbox/sandbox.tsx";
import { vdocipherVideos } from "../../adapters/vdocipher/videos.ts";
import { DomainError } from "../../domain/errors.ts";
import { sandboxTest } from "../support/with_sandbox.ts";

const isUnavailable = (error: unknown) => error instanceof DomainError && error.code === "vendor_unavailable";

const videosOf = ({ environment: env }: Sandbox, secretKey = env.VIDEO_SERVICE_SECRET_KEY!) =>
  vdocipherVideos({ secretKey, apiUrl: env.VIDEO_SERVICE_URL!, webhookSecret: null });
const filesOf = ({ environment: env }: Sandbox, secretAccessKey = env.R2_SECRET_ACCESS_KEY!) =>
  r2Files({
    accessKeyId: env.R2_ACCESS_KEY_ID!,
    secretAccessKey,
    bucket: env.R2_BUCKET_NAME!,
    endpointUrl: env.R2_ENDPOINT_URL!,
  });
const request = {
  videoId: "sample-a",
  viewerId: "v-1",
  watermark: "ada@example.com",
  ttlSeconds: 300,
  rules: { embedHosts: [], countryRule: "none" as const, countries: [] },
};

Deno.test("the sandbox does not start in production", async () => {
  const options = { state: ":memory:", httpPort: 0, smtpPort: 0, apiUrl: "", appEnv: "production" };
  await assert.rejects(startSandbox(options), /development and test only/);
});

sandboxTest("a ticket has a one-time password and the viewer's watermark", async (sandbox) => {
  const { otp, playbackInfo } = await videosOf(sandbox).ticket(request);
  const page = await fetch(`${sandbox.origin}/vdocipher/player?otp=${otp}&playbackInfo=${playbackInfo}`);
  assert.match(await page.text(), /ada@example\.com/);
});

sandboxTest(
  "there is no ticket for a wrong key, an unknown video or a viewer id that VdoCipher refuses",
  async (sandbox) => {
    await assert.rejects(videosOf(sandbox, "wrong").ticket(request), isUnavailable);
    await assert.rejects(videosOf(sandbox).ticket({ ...request, videoId: "none" }), {
      code: "video_not_ready",
    });
    await assert.rejects(videosOf(sandbox).ticket({ ...request, viewerId: "a@b.c" }), isUnavailable);
  },
);

Deno.test("VdoCipher's response without a password, nonsense or silence gives no ticket", async () => {
  const answers = [
    new Response("{}"),
    new Response('{"otp":"","playbackInfo":"x"}'),
    new Response("<html>"),
    new Response("{}", { status: 500 }),
  ];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => answers.shift() ?? new Response(null, { status: 429 }),
  );
  const videos = vdocipherVideos({
    secretKey: "k",
    apiUrl: `http://127.0.0.1:${server.addr.port}`,
    webhookSecret: null,
  });
  for (let n = 0; n < 5; n++) await assert.rejects(videos.ticket(request), isUnavailable);
  await server.shutdown();
  await assert.rejects(videos.ticket(request), isUnavailable);
});

sandboxTest(
  "failures of VdoCipher open the circuit, are reported once, and a single attempt closes it again",
  async (sandbox) => {
    const { VIDEO_SERVICE_URL: apiUrl, VIDEO_SERVICE_SECRET_KEY: secretKey } = sandbox.environment;
    const outages: string[] = [];
    const videos = vdocipherVideos({ apiUrl: apiUrl!, secretKey: secretKey!, webhookSecret: null }, {
      onOutage: (reason) => void outages.push(reason),
      timeoutMs: 100,
      halfOpenAfterMs: 300,
    });
    const asked = () => sandbox.faults.asked.video;
    const wait = () => new Promise((resolve) => setTimeout(resolve, 350));

    sandbox.faults.set("video", "silent");
    for (let n = 0; n < 3; n++) await assert.rejects(videos.ticket(request), isUnavailable);
    const whenOpened = asked();
    assert.ok(whenOpened >= 5 && whenOpened <= 6, `${whenOpened} requests`);
    await assert.rejects(videos.ticket(request), isUnavailable);
    assert.equal(asked(), whenOpened);
    assert.deepEqual(outages, ["VdoCipher does not answer"]);

    await wait();
    sandbox.faults.set("video", "refused");
    await assert.rejects(videos.ticket(request), isUnavailable); // half open: one try, then open again
    await assert.rejects(videos.ticket(request), isUnavailable);
    assert.equal(asked(), whenOpened + 1);
    assert.equal(outages.length, 1);

    await wait();
    sandbox.faults.set("video", null);
    assert.ok((await videos.ticket(request)).otp);
    sandbox.faults.set("video", "refused");
    for (let n = 0; n < 5; n++) await assert.rejects(videos.ticket(request), isUnavailable);
    assert.match(outages[1]!, /VIDEO_SERVICE_SECRET_KEY/);
  },
);

sandboxTest(
  "a video's status is read in any spelling, with its length and widest poster",
  async (sandbox) => {
    const answers: unknown[] = [
      { status: "PRE-Upload" },
      { status: "Pre-Upload", length: null, posters: null },
      { status: "Queued" },
      { status: "something new" },
      { status: "FAILED", length: "?" },
      {
        status: "ready",
        length: 61.6,
        posters: [{ width: 10, posterUrl: "https://v.example/s.jpg" }, null, "https://v.example/x.jpg", {
          width: 640,
          posterUrl: "https://v.example/l.jpg",
        }, { width: 9999, posterUrl: "javascript:alert(1)" }],
      },
    ];
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => Response.json(answers.shift()),
    );
    const apiUrl = `http://127.0.0.1:${server.addr.port}`;
    const videos = vdocipherVideos({ apiUrl, secretKey: "k", webhookSecret: null });
    const states = [];
    while (answers.length > 0) states.push(await videos.status("v"));
    await server.shutdown();
    const unknown = { lengthSeconds: null, posterUrl: null };
    assert.deepEqual(states, [
      { state: "awaiting_upload", ...unknown },
      { state: "awaiting_upload", ...unknown },
      { state: "processing", ...unknown },
      { state: "processing", ...unknown },
      { state: "failed", ...unknown },
      { state: "ready", lengthSeconds: 62, posterUrl: "https://v.example/l.jpg" },
    ]);
    assert.equal(await videosOf(sandbox).status("none"), null);
  },
);

Deno.test("a host is public if all its addresses are", async () => {
  const addresses: Record<string, string[]> = {
    "ok.example": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "half.example": ["93.184.215.14", "10.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::a00:1"],
    "carrier.example": ["100.64.0.1"],
    "compatible.example": ["::127.0.0.1"],
    "compatible-private.example": ["::10.0.0.1"],
    "self.example": ["::1"],
    "none-at-all.example": ["::"],
    "translated.example": ["::ffff:0:127.0.0.1"],
    "6to4.example": ["2002:7f00:1::"],
    "local-nat64.example": ["64:ff9b:1::808:808"],
    "teredo.example": ["2001:0:5ef5:79fd::1"],
    "carried.example": ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
  };
  const hosts = dnsPublicHosts((host) => Promise.resolve(addresses[host] ?? []));
  for (const host of Object.keys(addresses)) {
    assert.equal(await hosts.isPublic(host), ["ok.example", "carried.example"].includes(host), host);
  }
  assert.equal(await hosts.isPublic("[::127.0.0.1]"), false);
  assert.equal(await hosts.isPublic("none.example"), false);
  assert.equal(await hosts.isPublic("[2606:2800:21f::1]"), true);
});

sandboxTest(
  "an upload goes through the form that VdoCipher's API hands out, preflight included",
  async (sandbox) => {
    const { VIDEO_SERVICE_URL: api, VIDEO_SERVICE_SECRET_KEY: key } = sandbox.environment;
    const authorization = `Apisecret ${key}`;
    const { videoId, clientPayload } = await (await fetch(`${api}/videos?title=Vectors&folderId=root`, {
      method: "PUT",
      headers: { authorization },
    })).json();
    const { uploadLink, ...fields } = clientPayload;
    const preflight = await fetch(uploadLink, {
      method: "OPTIONS",
      headers: { origin: "http://localhost:3000", "access-control-request-method": "POST" },
    });
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    const upload = async (values: Record<string, string>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(values)) form.set(name, value);
      form.set("success_action_status", "201");
      form.set("file", new File(["video"], "a.mp4"));
      const response = await fetch(uploadLink, { method: "POST", body: form });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await upload({ ...fields, policy: "forged" }), 403);
    assert.equal(await upload(fields), 201);
    const status = await (await fetch(`${api}/videos/${videoId}`, { headers: { authorization } })).json();
    assert.equal(status.status, "Processing");
  },
);

sandboxTest(
  "a file is read through a presigned URL, unless that was altered or has expired",
  async (sandbox) => {
    const files = filesOf(sandbox);
    await files.put("media/images/ä b.png", new Uint8Array([1, 2, 3]), {
      contentType: "image/png",
      readers: "everybody",
    });
    const address = await files.presignedRead("media/images/ä b.png", 60);
    const response = await fetch(address);
    assert.equal(response.headers.get("content-type"), "image/png");
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), new Uint8Array([1, 2, 3]));
    for (const altered of [address.replace("Expires=60", "Expires=6000"), address.replace("%20b", "%20c")]) {
      const refused = await fetch(altered);
      assert.equal(refused.status, 403);
      assert.match(await refused.text(), /SignatureDoesNotMatch/);
    }
    const brief = await files.presignedRead("media/images/ä b.png", 1);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const late = await fetch(brief);
    assert.equal(late.status, 403);
    assert.match(await late.text(), /expired/);
  },
);

sandboxTest(
  "a presigned upload accepts only the agreed type and length",
  async (sandbox) => {
    const env = sandbox.environment;
    const s3 = new S3Client({
      region: "auto",
      endpoint: env.R2_ENDPOINT_URL!,
      forcePathStyle: true,
      credentials: { accessKeyId: env.R2_ACCESS_KEY_ID!, secretAccessKey: env.R2_SECRET_ACCESS_KEY! },
      requestChecksumCalculation: "WHEN_REQUIRED",
    });
    const command = new PutObjectCommand({
      Bucket: env.R2_BUCKET_NAME!,
      Key: "media/a.png",
      ContentType: "image/png",
      ContentLength: 3,
    });
    const address = await getSignedUrl(s3, command, {
      expiresIn: 60,
      signableHeaders: new Set(["content-type"]),
    });
    const upload = async (bytes: number, type: string) => {
      const response = await fetch(address, {
        method: "PUT",
        headers: { "content-type": type },
        body: new Uint8Array(bytes),
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await upload(3, "text/html"), 403);
    assert.equal(await upload(4, "image/png"), 403);
    assert.equal(await upload(3, "image/png"), 200);
    const stored = await fetch(await filesOf(sandbox).presignedRead("media/a.png", 60));
    assert.equal(stored.headers.get("content-type"), "image/png");
    assert.equal((await stored.arrayBuffer()).byteLength, 3);
    s3.destroy();
  },
);

sandboxTest("the file store accepts nothing that is not signed with its key", async (sandbox) => {
  await assert.rejects(
    filesOf(sandbox, "wrong").put("media/a", new Uint8Array(1), {
      contentType: "image/png",
      readers: "everybody",
    }),
    isUnavailable,
  );
  const unsigned = await fetch(`${sandbox.environment.R2_ENDPOINT_URL}/11tutors/media/a`);
  assert.equal(unsigned.status, 403);
  await unsigned.body?.cancel();
});
