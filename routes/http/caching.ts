import { createHash } from "node:crypto";
import type { Context } from "hono";
import { reply, type Transport, varyOn } from "./reply.ts";

/** For responses that depend on the caller, and for refusals: they are never stored. */
export const PRIVATE = { "cache-control": "private, no-store" };

/** For responses that are the same for everybody: a cache revalidates them each time. */
const PUBLIC = { "cache-control": "public, no-cache" };

/** A response that is the same for all anonymous callers: JSON, and an entity tag that changes with it. */
export type PublicAnswer = { json: string; etag: string };

/** Builds the response from its body. */
export function publicAnswer(body: unknown): PublicAnswer {
  const json = JSON.stringify(body);
  return { json, etag: `"${createHash("sha1").update(json).digest("base64url")}"` };
}

/** Replies 304 without a body if If-None-Match names the current content (RFC 9110, 13.1.2). */
export function replyPublicly(c: Context<Transport>, { json, etag }: PublicAnswer): Response {
  const known = c.req.header("if-none-match")?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  // Caches must not serve the public response to signed-in callers.
  const headers = { ...PUBLIC, ...varyOn("Authorization"), etag };
  if (known.includes(etag) || known.includes("*")) return reply(c, null, { status: 304, headers });
  return reply(c, json, { headers: { ...headers, "content-type": "application/json" } });
}
