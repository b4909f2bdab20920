import { createHash } from "node:crypto";
import type { Context } from "hono";
import { reply, type Transport, varyOn } from "./reply.ts";

/** For responses that depend on the caller, and for refusals: they are never stored. */
export const PRIVATE = { "cache-control": "private, no-store" };

/** A response that is the same for all anonymous callers: JSON, an entity tag that changes with it, and cache tags. */
export type PublicAnswer = { json: string; etag: string; cacheTags: string[] };

/**
 * Builds the response from its body. `tags` has the ids of the things shown, by kind, and `listTags` what it lists:
 * whatever changes one of them makes the response stale. The kinds themselves are tags too, for changes of many.
 */
export function publicAnswer(
  { body, tags = {} }: { body: unknown; tags?: Record<string, string[]> },
  listTags: readonly string[],
): PublicAnswer {
  const json = JSON.stringify(body);
  const things = Object.entries(tags).flatMap(([kind, ids]) => [kind, ...ids.map((id) => `${kind}-${id}`)]);
  return { json, etag: entityTag(json), cacheTags: [...listTags, ...things] };
}

export const entityTag = (text: string) => `"${createHash("sha1").update(text).digest("base64url")}"`;

/** Replies 304 without a body if If-None-Match names the current content (RFC 9110, 13.1.2). */
export function replyPublicly(c: Context<Transport>, { json, etag, cacheTags }: PublicAnswer): Response {
  const known = c.req.header("if-none-match")?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  const headers = { ...sharedHeaders(c, { cacheTags }), etag };
  if (known.includes(etag) || known.includes("*")) return reply(c, null, { status: 304, headers });
  return reply(c, json, { headers: { ...headers, "content-type": "application/json" } });
}

/**
 * Returns the headers of a response that is the same for everybody. By default a browser revalidates it each time,
 * because nothing purges browsers. An edge keeps it for `edgeSeconds`, then for half of that while it fetches a new
 * one or if that fails, and forgets it when one of its tags is purged. `CDN-Cache-Control` (RFC 9213) is for edges
 * only; Deno Deploy and Cloudflare read it, and `Cache-Tag`. A caller with a token never shares a response.
 */
export function sharedHeaders(
  c: Context<Transport>,
  { cacheTags = [], vary = [], browser = "public, no-cache" }: {
    cacheTags?: string[];
    /** Request headers that the response depends on, beyond Origin and Authorization. */
    vary?: string[];
    browser?: string;
  } = {},
): Record<string, string> {
  const varies = varyOn("Authorization", ...vary);
  if (c.req.header("authorization") !== undefined) return { ...PRIVATE, ...varies };
  delete c.get("headers")["x-request-id"]; // it is of one request, and may be the caller's own
  const seconds = c.get("edgeSeconds");
  if (seconds === 0) return { "cache-control": browser, ...varies };
  const stale = Math.floor(seconds / 2);
  return {
    "cache-control": browser,
    "cdn-cache-control":
      `public, max-age=${seconds}, stale-while-revalidate=${stale}, stale-if-error=${stale}`,
    ...(cacheTags.length > 0 ? { "cache-tag": cacheTags.join(",") } : {}),
    ...varies,
  };
}
