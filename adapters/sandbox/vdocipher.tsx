import type { DatabaseSync } from "node:sqlite";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { z } from "zod";
import { Page, PAGE_HEADERS } from "./page.tsx";

type Options = {
  state: DatabaseSync;
  /** Where browsers reach the sandbox, without a trailing slash. */
  origin: string;
  secretKey: string;
  now?: () => number;
};
type Video = { id: string; title: string; status: string; upload_time: number; length: number };

/** Milliseconds from an upload until the video is said to be ready. */
const PROCESSING_MS = 5000;
const MAX_TTL_SECONDS = 7 * 24 * 3600;

const otpRequest = z.object({
  ttl: z.number().int().min(1).max(MAX_TTL_SECONDS).default(300),
  annotate: z.string().refine(isJsonArray, "must be a string that holds a JSON array").optional(),
  userId: z.string().regex(/^[A-Za-z0-9_-]{1,36}$/).optional(),
  whitelisthref: z.string().optional(),
});

/**
 * VdoCipher's API at `/vdocipher/api`, the storage that its upload form posts to, and a player that takes a one-time
 * password once. Videos whose id begins with `sample` are there from the start.
 */
export function vdocipherSandbox({ state, origin, secretKey, now = Date.now }: Options): { app: Hono } {
  state.exec(`
    create table if not exists vdocipher_videos (
      id text primary key, title text not null, upload_key text, policy text, uploaded_at integer, created_at integer not null
    );
    create table if not exists vdocipher_otps (
      otp text primary key, video_id text not null, watermark text not null, expires_at integer not null, used_at integer
    );
  `);
  const app = new Hono();
  const token = () => crypto.randomUUID().replaceAll("-", "");

  app.use("/vdocipher/api/*", async (c, next) => {
    if (c.req.header("authorization") !== `Apisecret ${secretKey}`) {
      return c.json({ message: "Invalid API secret" }, 401);
    }
    await next();
  });

  app.post("/vdocipher/api/videos/:id/otp", async (c) => {
    const videoId = c.req.param("id");
    const parsed = otpRequest.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ message: z.prettifyError(parsed.error) }, 400);
    if (find(videoId)?.status !== "ready") return c.json({ message: "Video not found" }, 404);
    const otp = token();
    const [first] = JSON.parse(parsed.data.annotate ?? "[]");
    state.prepare("insert into vdocipher_otps (otp, video_id, watermark, expires_at) values (?, ?, ?, ?)")
      .run(otp, videoId, String(first?.text ?? ""), now() + parsed.data.ttl * 1000);
    const playbackInfo = btoa(JSON.stringify({ videoId })).replace(/=+$/, "");
    return c.json({ otp, playbackInfo });
  });

  app.put("/vdocipher/api/videos", (c) => {
    const [id, key, policy] = [token(), `orig/${token()}`, btoa(token())];
    state.prepare(
      "insert into vdocipher_videos (id, title, upload_key, policy, created_at) values (?, ?, ?, ?, ?)",
    )
      .run(id, c.req.query("title") ?? "", key, policy, now());
    return c.json({
      videoId: id,
      clientPayload: {
        policy,
        key,
        "x-amz-signature": token(),
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-date": new Date(now()).toISOString().replace(/[-:]|\.\d+/g, ""),
        "x-amz-credential": "sandbox/video-upload",
        uploadLink: `${origin}/vdocipher/upload`,
      },
    });
  });

  app.get("/vdocipher/api/videos/:id", (c) => {
    const video = find(c.req.param("id"));
    return video ? c.json(video) : c.json({ message: "Video not found" }, 404);
  });

  app.delete("/vdocipher/api/videos", (c) => {
    for (const id of (c.req.query("videos") ?? "").split(",")) {
      state.prepare("delete from vdocipher_videos where id = ?").run(id);
    }
    return c.json({ code: 200, message: "Successfully deleted" });
  });

  // Browsers preflight the upload, because the frontend listens to its progress.
  app.use("/vdocipher/upload", cors());
  app.post("/vdocipher/upload", async (c) => {
    const form = await c.req.formData();
    const video = state.prepare("select id from vdocipher_videos where upload_key = ? and policy = ?")
      .get(String(form.get("key")), String(form.get("policy"))) as { id: string } | undefined;
    if (!video || !(form.get("file") instanceof File)) {
      return c.body("<Error><Code>AccessDenied</Code></Error>", 403, { "content-type": "application/xml" });
    }
    state.prepare("update vdocipher_videos set uploaded_at = ? where id = ?").run(now(), video.id);
    const answer = `<PostResponse><Key>${String(form.get("key"))}</Key></PostResponse>`;
    return c.body(answer, 201, { "content-type": "application/xml" });
  });

  app.get("/vdocipher/player", (c) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
    const row = state.prepare(`
      update vdocipher_otps set used_at = ? where otp = ? and used_at is null and expires_at > ?
      returning video_id as videoId, watermark`).get(now(), c.req.query("otp") ?? "", now()) as
      | { videoId: string; watermark: string }
      | undefined;
    return c.html(
      row ? <Playing {...row} /> : <Refused />,
      row ? 200 : 403,
    );
  });

  function find(id: string): Video | null {
    if (/^sample[\w-]*$/.test(id)) return { id, title: id, status: "ready", upload_time: 0, length: 600 };
    const row = state.prepare(
      "select id, title, uploaded_at as uploadedAt, created_at as createdAt from vdocipher_videos where id = ?",
    ).get(id) as { id: string; title: string; uploadedAt: number | null; createdAt: number } | undefined;
    if (!row) return null;
    const status = row.uploadedAt === null
      ? "PRE-Upload"
      : now() - row.uploadedAt < PROCESSING_MS
      ? "Processing"
      : "ready";
    const { title, createdAt } = row;
    return {
      id,
      title,
      status,
      upload_time: Math.floor(createdAt / 1000),
      length: status === "ready" ? 60 : 0,
    };
  }

  return { app };
}

function isJsonArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

const SCREEN = `
  .screen { position: relative; overflow: hidden; aspect-ratio: 16 / 9; border-radius: .75rem; background:
    linear-gradient(120deg, #1e1b4b, #4338ca, #0e7490, #1e1b4b) 0 0 / 300% 300%; animation: play 8s linear infinite }
  .mark { position: absolute; top: 40%; color: #ff5f5f; opacity: .7; animation: roam 10s ease-in-out infinite alternate }
  @keyframes play { to { background-position: 300% 0 } }
  @keyframes roam { to { left: 55%; top: 75% } }
  @media (prefers-reduced-motion: reduce) { .screen, .mark { animation: none } }
`;

function Playing({ videoId, watermark }: { videoId: string; watermark: string }) {
  return (
    <Page title="Player">
      <style>{SCREEN}</style>
      <h1>Playing</h1>
      <div class="screen" role="img" aria-label="A video plays">
        <span class="mark">{watermark}</span>
      </div>
      <p class="quiet">
        Video <code>{videoId}</code>. The password is spent: reloading this page needs a new one.
      </p>
    </Page>
  );
}

function Refused() {
  return (
    <Page title="Player" narrow>
      <h1>This video cannot be played</h1>
      <p>
        The one-time password is unknown, spent or older than its time to live. Ask the lesson's address of
        the API for a new one.
      </p>
    </Page>
  );
}
