import type { DatabaseSync } from "node:sqlite";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { z } from "zod";
import type { Faults } from "../faults.ts";
import { readForm } from "../form.ts";
import { PAGE_HEADERS } from "../page.tsx";
import { isAllowed, Playing, Refused } from "./player.tsx";
import { videoShelf } from "./videos.ts";

type Options = {
  state: DatabaseSync;
  /** The base URL of the sandbox, without a trailing slash. */
  origin: string;
  secretKey: string;
  faults: Faults;
  /** The webhook called for videos that are ready, without a signature, as by the vendor. */
  webhookUrl: string;
  /** Milliseconds from an upload until the video is ready. */
  processingMs?: number;
  now?: () => number;
};
type Ticket = { videoId: string; watermark: string; rules: string };

const MAX_TTL_SECONDS = 7 * 24 * 3600;
const POSTER =
  `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#4338ca"/></svg>`;

const otpRequest = z.object({
  ttl: z.number().int().min(1).max(MAX_TTL_SECONDS).default(300),
  annotate: z.string().refine(isJsonArray, "must be a string that holds a JSON array").optional(),
  userId: z.string().regex(/^[A-Za-z0-9_-]{1,36}$/).optional(),
  whitelisthref: z.string().refine(isRegularExpression, "must be a regular expression").optional(),
  ipGeo: z.union([
    z.object({ allow: z.array(z.string().length(2)).min(1) }),
    z.object({ block: z.array(z.string().length(2)).min(1) }),
  ]).optional(),
});

/**
 * Serves VdoCipher's API at `/vdocipher/api`, the storage for its upload form, and a player that accepts a one-time
 * password once, if its rules allow. `?country=` gives the viewer's country. `videoShelf` has the videos.
 */
export function vdocipherSandbox(options: Options): { app: Hono; stop(): void } {
  const { state, origin, secretKey, faults, webhookUrl, processingMs = 5000, now = Date.now } = options;
  state.exec(`
    create table if not exists vdocipher_tickets (
      otp text primary key, video_id text not null, watermark text not null, rules text not null,
      expires_at integer not null, used_at integer
    );
  `);
  const videos = videoShelf({ state, origin, webhookUrl, processingMs, now });
  const app = new Hono();
  const token = () => crypto.randomUUID().replaceAll("-", "");

  app.use("/vdocipher/api/*", faults.strike("video"));
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
    if (videos.find(videoId)?.status !== "ready") return c.json({ message: "Video not found" }, 404);
    const otp = token();
    const { annotate = "[]", whitelisthref, ipGeo, ttl } = parsed.data;
    const [first] = JSON.parse(annotate);
    state.prepare(
      "insert into vdocipher_tickets (otp, video_id, watermark, rules, expires_at) values (?, ?, ?, ?, ?)",
    ).run(
      otp,
      videoId,
      String(first?.text ?? ""),
      JSON.stringify({ whitelisthref, ipGeo }),
      now() + ttl * 1000,
    );
    const playbackInfo = btoa(JSON.stringify({ videoId })).replace(/=+$/, "");
    return c.json({ otp, playbackInfo });
  });

  app.put("/vdocipher/api/videos", (c) => {
    const [id, key, policy] = [token(), `orig/${token()}`, btoa(token())];
    videos.announce({ id, title: c.req.query("title") ?? "", key, policy });
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

  app.put("/vdocipher/api/videos/importUrl", async (c) => {
    const { url, title = "" } = await c.req.json();
    if (!URL.canParse(url)) return c.json({ message: "Invalid URL" }, 400);
    const id = token();
    videos.fetchFile({ id, title, fileName: new URL(url).pathname.split("/").at(-1) ?? "" });
    return c.json({ id, title, status: "Queued" });
  });

  app.get("/vdocipher/api/videos", (c) => {
    const { q: text = "", page = "1", limit = "20" } = c.req.query();
    return c.json(videos.list({ text, page: Number(page), limit: Number(limit) }));
  });

  app.get("/vdocipher/api/videos/:id", (c) => {
    const video = videos.find(c.req.param("id"));
    return video ? c.json(video) : c.json({ message: "Video not found" }, 404);
  });

  app.delete("/vdocipher/api/videos", (c) => {
    for (const id of (c.req.query("videos") ?? "").split(",")) videos.remove(id);
    return c.json({ code: 200, message: "Successfully deleted" });
  });

  // Browsers preflight the upload, because the frontend listens to its progress.
  app.use("/vdocipher/upload", cors());
  app.post("/vdocipher/upload", async (c) => {
    const { texts: { key = "", policy = "" }, files: { file } } = await readForm(c.req.raw);
    if (file === undefined || !videos.receive({ key, policy, fileName: file })) {
      return c.body("<Error><Code>AccessDenied</Code></Error>", 403, { "content-type": "application/xml" });
    }
    const answer = `<PostResponse><Key>${key}</Key></PostResponse>`;
    return c.body(answer, 201, { "content-type": "application/xml" });
  });

  app.get("/vdocipher/player", (c) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
    const ticket = state.prepare(`
      update vdocipher_tickets set used_at = ? where otp = ? and used_at is null and expires_at > ?
      returning video_id as videoId, watermark, rules`)
      .get(now(), c.req.query("otp") ?? "", now()) as Ticket | undefined;
    const referer = c.req.header("referer");
    const host = referer && URL.canParse(referer) ? new URL(referer).hostname : "";
    if (!ticket || !isAllowed(JSON.parse(ticket.rules), host, c.req.query("country") ?? "")) {
      return c.html(<Refused />, 403);
    }
    return c.html(<Playing {...ticket} />);
  });

  app.get(
    "/vdocipher/poster.svg",
    (c) => c.body(POSTER, 200, { "content-type": "image/svg+xml" }),
  );

  return { app, stop: videos.stop };
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function isJsonArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}
