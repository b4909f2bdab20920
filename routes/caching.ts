import { createHash } from "node:crypto";

/** For what depends on who asks, and for every refusal: nobody keeps it. */
export const PRIVATE = { "cache-control": "private, no-store" };

/** For what everybody sees alike: whoever keeps it asks each time whether it still stands. */
const PUBLIC = { "cache-control": "public, no-cache" };

/**
 * A JSON answer to a request that named no caller: with an ETag, and 304 without a body when `ifNoneMatch`, the header of
 * that name, says that the asker has just this (RFC 9110, 13.1.2).
 */
export function publicAnswer(json: string, ifNoneMatch: string | undefined): Response {
  const etag = `"${createHash("sha1").update(json).digest("base64url")}"`;
  const known = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  const headers = { ...PUBLIC, etag };
  if (known.includes(etag) || known.includes("*")) return new Response(null, { status: 304, headers });
  return new Response(json, { headers: { ...headers, "content-type": "application/json" } });
}
