import type { OpenAPIHono } from "@hono/zod-openapi";
import { suitableVersion } from "../../domain/media/picture_files.ts";
import type { Files } from "../../domain/media/ports.ts";
import { sharedHeaders } from "../http/caching.ts";
import { reply, type Transport } from "../http/reply.ts";
import { keyPath, PLACEHOLDER } from "../wire/pictures.ts";

/**
 * How long a picture's presigned URL is valid, in seconds. Responses are cached for half of it, so that no cached URL
 * has expired.
 */
const ADDRESS_SECONDS = 3600;
/** A key below the public folders, with any names but `.`, `..` and empty ones. */
const PUBLIC_KEY = /^media\/(?:images|logos)(?:\/(?!\.{0,2}(?:\/|$))[^\/\p{Cc}\\]+)+$/u;

/**
 * Serves public pictures at stable URLs under `/media/` by redirecting to the content delivery network if there is
 * one, else to the file store. Clients that accept WebP get that, in about the requested `?width=`.
 */
export function addMedia(
  app: OpenAPIHono<Transport>,
  { files, cdnUrl }: { files: Pick<Files, "presignedRead">; cdnUrl: string | null },
): void {
  app.get(`/${PLACEHOLDER}`, async (c) => {
    const picture = await Deno.readFile(new URL("placeholder.png", import.meta.url));
    const headers = {
      ...sharedHeaders(c, { browser: "public, max-age=86400" }),
      "content-type": "image/png",
    };
    return reply(c, picture, { headers });
  });
  app.get("/media/*", async (c) => {
    const requested = keyOf(c.req.url);
    if (requested === null || !PUBLIC_KEY.test(requested)) return c.notFound();
    const key = suitableVersion(requested, {
      takesWebp: c.req.header("accept")?.includes("image/webp") ?? false,
      width: Number(c.req.query("width")) || null,
    });
    const location = cdnUrl ? `${cdnUrl}/${keyPath(key)}` : await files.presignedRead(key, ADDRESS_SECONDS);
    const headers = {
      ...sharedHeaders(c, { vary: ["Accept"], browser: `public, max-age=${ADDRESS_SECONDS / 2}` }),
      "cloudflare-cdn-cache-control": "no-store", // it keeps pictures by default, and ignores Vary
      location,
    };
    return reply(c, null, { status: 302, headers });
  });
}

/** Returns the key that a URL names; null if its path is malformed. */
function keyOf(url: string): string | null {
  try {
    return decodeURIComponent(new URL(url).pathname.slice(1));
  } catch {
    return null;
  }
}
