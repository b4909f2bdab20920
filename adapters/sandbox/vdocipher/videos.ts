import type { DatabaseSync } from "node:sqlite";

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

/**
 * Returns the videos of the stand-in, from announcement to deletion. Videos with an id that begins with `sample`
 * exist from the start. A file whose name begins with `broken` fails to process.
 */
export function videoShelf({ state, origin, webhookUrl, processingMs, now }: {
  state: DatabaseSync;
  origin: string;
  /** The webhook called for videos that are ready, without a signature, as by the vendor. */
  webhookUrl: string;
  processingMs: number;
  now: () => number;
}) {
  state.exec(`
    create table if not exists vdocipher_uploads (
      id text primary key, title text not null, upload_key text, policy text, file_name text, uploaded_at integer,
      created_at integer not null
    );
  `);
  const hooks = new Set<ReturnType<typeof setTimeout>>();

  return {
    find,

    /** Announces a video whose file will be uploaded by a form with this key and policy. */
    announce({ id, title, key, policy }: { id: string; title: string; key: string; policy: string }): void {
      state.prepare(
        "insert into vdocipher_uploads (id, title, upload_key, policy, created_at) values (?, ?, ?, ?, ?)",
      ).run(id, title, key, policy, now());
    },

    /** Adds a video whose file the vendor imports. */
    fetchFile({ id, title, fileName }: { id: string; title: string; fileName: string }): void {
      state.prepare(
        "insert into vdocipher_uploads (id, title, file_name, uploaded_at, created_at) values (?, ?, ?, ?, ?)",
      ).run(id, title, fileName, now(), now());
      tellLater(id);
    },

    /** Receives the file of an announced video. Returns false if none was announced with this key and policy. */
    receive({ key, policy, fileName }: { key: string; policy: string; fileName: string }): boolean {
      const video = state.prepare(`
        update vdocipher_uploads set uploaded_at = ?, file_name = ? where upload_key = ? and policy = ?
        returning id`).get(now(), fileName, key, policy) as { id: string } | undefined;
      if (video) tellLater(video.id);
      return video !== undefined;
    },

    list({ text, page, limit }: { text: string; page: number; limit: number }) {
      const rows = state.prepare(
        "select id from vdocipher_uploads where title like ? order by created_at desc limit ? offset ?",
      ).all(`%${text}%`, limit, (page - 1) * limit) as { id: string }[];
      const [{ count }] = state.prepare("select count(*) as count from vdocipher_uploads").all() as [
        { count: number },
      ];
      return { count, rows: rows.map(({ id }) => find(id)) };
    },

    remove(id: string): void {
      state.prepare("delete from vdocipher_uploads where id = ?").run(id);
    },

    stop(): void {
      for (const timer of hooks) clearTimeout(timer);
    },
  };

  /** Calls the webhook once the video is ready. The vendor does not report failures. */
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
        // Like the vendor, it does not retry: the shop has to ask.
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
}
