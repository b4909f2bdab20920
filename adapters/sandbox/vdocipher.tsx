import type { DatabaseSync } from "node:sqlite";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { z } from "zod";
import type { Faults } from "./faults.ts";
import { Page, PAGE_HEADERS } from "./page.tsx";

type Options = {
  state: DatabaseSync;
  /** Where browsers reach the sandbox, without a trailing slash. */
  origin: string;
  secretKey: string;
  faults: Faults;
  /** Told of videos that are ready, unsigned as the vendor does it. */
  webhookUrl: string;
  /** Milliseconds from an upload until the video is said to be ready. */
  processingMs?: number;
  now?: () => number;
};
type Video = {
  id: string;
  title: string;
  status: string;
  upload_time: number;
  length: number;
  posters: { width: number; height: number; posterUrl: string }[];
  tags: string[];
};
type VideoRow = {
  id: string;
  title: string;
  uploadedAt: number | null;
  fileName: string | null;
  createdAt: number;
};

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
 * VdoCipher's API at `/vdocipher/api`, the storage that its upload form posts to, and a player that takes a one-time
 * password once, where its rules allow: it takes the viewer's country from `?country=`. Videos whose id begins with
 * `sample` are there from the start; a file whose name begins with `broken` fails to process.
 */
export function vdocipherSandbox(options: Options): { app: Hono; stop(): void } {
  const { state, origin, secretKey, faults, webhookUrl, processingMs = 5000, now = Date.now } = options;
  state.exec(`
    create table if not exists vdocipher_uploads (
      id text primary key, title text not null, upload_key text, policy text, file_name text, uploaded_at integer,
      created_at integer not null
    );
    create table if not exists vdocipher_tickets (
      otp text primary key, video_id text not null, watermark text not null, rules text not null,
      expires_at integer not null, used_at integer
    );
  `);
  const app = new Hono();
  const token = () => crypto.randomUUID().replaceAll("-", "");
  const hooks = new Set<ReturnType<typeof setTimeout>>();

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
    if (find(videoId)?.status !== "ready") return c.json({ message: "Video not found" }, 404);
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
    state.prepare(
      "insert into vdocipher_uploads (id, title, upload_key, policy, created_at) values (?, ?, ?, ?, ?)",
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

  app.put("/vdocipher/api/videos/importUrl", async (c) => {
    const { url, title = "" } = await c.req.json();
    if (!URL.canParse(url)) return c.json({ message: "Invalid URL" }, 400);
    const id = token();
    const fileName = new URL(url).pathname.split("/").at(-1) ?? "";
    state.prepare(
      "insert into vdocipher_uploads (id, title, file_name, uploaded_at, created_at) values (?, ?, ?, ?, ?)",
    )
      .run(id, title, fileName, now(), now());
    tellLater(id);
    return c.json({ id, title, status: "Queued" });
  });

  app.get("/vdocipher/api/videos", (c) => {
    const [page, limit] = [Number(c.req.query("page") ?? 1), Number(c.req.query("limit") ?? 20)];
    const rows = state.prepare(
      "select id from vdocipher_uploads where title like ? order by created_at desc limit ? offset ?",
    )
      .all(`%${c.req.query("q") ?? ""}%`, limit, (page - 1) * limit) as { id: string }[];
    const [{ count }] = state.prepare("select count(*) as count from vdocipher_uploads").all() as [
      { count: number },
    ];
    return c.json({ count, rows: rows.map(({ id }) => find(id)) });
  });

  app.get("/vdocipher/api/videos/:id", (c) => {
    const video = find(c.req.param("id"));
    return video ? c.json(video) : c.json({ message: "Video not found" }, 404);
  });

  app.delete("/vdocipher/api/videos", (c) => {
    for (const id of (c.req.query("videos") ?? "").split(",")) {
      state.prepare("delete from vdocipher_uploads where id = ?").run(id);
    }
    return c.json({ code: 200, message: "Successfully deleted" });
  });

  // Browsers preflight the upload, because the frontend listens to its progress.
  app.use("/vdocipher/upload", cors());
  app.post("/vdocipher/upload", async (c) => {
    const form = await c.req.formData();
    const video = state.prepare("select id from vdocipher_uploads where upload_key = ? and policy = ?")
      .get(String(form.get("key")), String(form.get("policy"))) as { id: string } | undefined;
    const file = form.get("file");
    if (!video || !(file instanceof File)) {
      return c.body("<Error><Code>AccessDenied</Code></Error>", 403, { "content-type": "application/xml" });
    }
    state.prepare("update vdocipher_uploads set uploaded_at = ?, file_name = ? where id = ?")
      .run(now(), file.name, video.id);
    tellLater(video.id);
    const answer = `<PostResponse><Key>${String(form.get("key"))}</Key></PostResponse>`;
    return c.body(answer, 201, { "content-type": "application/xml" });
  });

  app.get("/vdocipher/player", (c) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
    const row = state.prepare(`
      update vdocipher_tickets set used_at = ? where otp = ? and used_at is null and expires_at > ?
      returning video_id as videoId, watermark, rules`).get(now(), c.req.query("otp") ?? "", now()) as
      | { videoId: string; watermark: string; rules: string }
      | undefined;
    const referer = c.req.header("referer");
    const host = referer && URL.canParse(referer) ? new URL(referer).hostname : "";
    if (!row || !isAllowed(JSON.parse(row.rules), host, c.req.query("country") ?? "")) {
      return c.html(<Refused />, 403);
    }
    return c.html(<Playing {...row} />);
  });

  app.get(
    "/vdocipher/poster.svg",
    (c) => c.body(POSTER, 200, { "content-type": "image/svg+xml" }),
  );

  /** Tells the webhook once the video is ready; the vendor tells of no failure. */
  function tellLater(id: string) {
    const timer = setTimeout(async () => {
      hooks.delete(timer);
      const video = find(id);
      if (video?.status !== "ready") return;
      const event = {
        hookId: "sandbox",
        event: "video:ready",
        time: Math.floor(now() / 1000),
        payload: video,
      };
      try {
        const response = await fetch(webhookUrl, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(event),
        });
        await response.body?.cancel();
      } catch {
        // The vendor does not try again either: the shop has to ask.
      }
    }, processingMs);
    hooks.add(timer);
  }

  function find(id: string): Video | null {
    const rest = {
      posters: [{ width: 640, height: 360, posterUrl: `${origin}/vdocipher/poster.svg` }],
      tags: [],
    };
    if (/^sample[\w-]*$/.test(id)) {
      return { id, title: id, status: "ready", upload_time: 0, length: 600, ...rest };
    }
    const row = state.prepare(
      `select id, title, uploaded_at as uploadedAt, file_name as fileName, created_at as createdAt
       from vdocipher_uploads where id = ?`,
    ).get(id) as VideoRow | undefined;
    if (!row) return null;
    const status = statusOf(row);
    return {
      id,
      title: row.title,
      status,
      upload_time: Math.floor(row.createdAt / 1000),
      length: status === "ready" ? 60 : 0,
      ...rest,
      posters: status === "ready" ? rest.posters : [],
    };
  }

  function statusOf({ uploadedAt, fileName }: VideoRow): string {
    if (uploadedAt === null) return "PRE-Upload";
    if (now() - uploadedAt < processingMs) return "Processing";
    return fileName?.startsWith("broken") ? "Failed" : "ready";
  }

  return {
    app,
    stop() {
      for (const timer of hooks) clearTimeout(timer);
    },
  };
}

type Rules = { whitelisthref?: string; ipGeo?: { allow: string[] } | { block: string[] } };

function isAllowed({ whitelisthref, ipGeo }: Rules, host: string, country: string): boolean {
  if (whitelisthref !== undefined && !new RegExp(whitelisthref).test(host)) return false;
  if (ipGeo === undefined) return true;
  return "allow" in ipGeo ? ipGeo.allow.includes(country) : !ipGeo.block.includes(country);
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
        The one-time password is unknown, spent or older than its time to live, or it is not for this page or
        country. Ask the lesson's address of the API for a new one.
      </p>
    </Page>
  );
}
