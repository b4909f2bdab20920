import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import type { Faults } from "./faults.ts";
import { S3Refusal, verifySignature } from "./s3_signature.ts";

type Options = {
  state: DatabaseSync;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
  faults: Faults;
  now?: () => number;
};
type StoredObject = {
  size: number;
  type: string;
  cacheControl: string | null;
  etag: string;
  storedAt: number;
};

/** The size in bytes of the pieces in which objects are stored, so that a part of one can be read without the rest. */
const PIECE = 256 * 1024;

/** The bucket settings that can be written and read, and the error code for the absence of each. */
const SETTINGS: Record<string, string> = {
  cors: "NoSuchCORSConfiguration",
  lifecycle: "NoSuchLifecycleConfiguration",
};

/**
 * Serves a bucket with S3's protocol at `/r2/<bucket>/<key>`: objects, listing, copies, CORS and lifecycle rules,
 * with Signature Version 4 verified in the query (presigned) or in the header. Pages of any origin may use it until
 * it has CORS rules.
 */
export function s3Sandbox(options: Options): { app: Hono } {
  const { state, bucket, faults, now = Date.now } = options;
  state.exec(`
    create table if not exists s3_objects (
      key text primary key, bytes blob not null, content_type text not null, etag text not null, stored_at integer not null
    );
    create table if not exists s3_pieces (
      key text not null, start integer not null, bytes blob not null, primary key (key, start)
    );
    create table if not exists s3_settings (name text primary key, body text not null);
  `);
  const columns = state.prepare("pragma table_info(s3_objects)").all() as { name: string }[];
  if (!columns.some(({ name }) => name === "cache_control")) {
    state.exec("alter table s3_objects add column cache_control text"); // the state of an earlier release lacks it
  }
  const app = new Hono();

  app.use("/r2/*", faults.strike("files"));
  app.use("/r2/*", async (c, next) => {
    const allowed = allowedBy(setting("cors"), c.req.header("origin") ?? "");
    if (c.req.method === "OPTIONS") {
      if (!allowed) return c.text("CORSResponse: This CORS request is not allowed.", 403);
      return c.body(null, 200, {
        "access-control-allow-origin": allowed.origin,
        "access-control-allow-methods": allowed.methods,
        "access-control-allow-headers": allowed.headers,
      });
    }
    await next();
    if (allowed) {
      c.header("access-control-allow-origin", allowed.origin);
      c.header("access-control-expose-headers", "ETag");
    }
  });
  app.use("/r2/:bucket/*", async (c, next) => {
    await verifySignature(c.req.raw, options, now());
    if (c.req.param("bucket") !== bucket) {
      throw new S3Refusal(404, "NoSuchBucket", "The specified bucket does not exist.");
    }
    await next();
  });
  app.on(["GET", "PUT"], ["/r2/:bucket", "/r2/:bucket/"], async (c) => {
    const name = Object.keys(SETTINGS).find((name) => c.req.query(name) !== undefined);
    if (!name) return c.body(list(c), 200, XML);
    if (c.req.method === "PUT") {
      state.prepare("insert or replace into s3_settings values (?, ?)").run(name, await c.req.text());
      return c.body(null, 200);
    }
    const body = setting(name);
    if (body === null) throw new S3Refusal(404, SETTINGS[name]!, `There is no ${name} configuration.`);
    return c.body(body, 200, XML);
  });
  app.on(["GET", "PUT", "DELETE"], "/r2/:bucket/:key{.+}", async (c) => {
    const key = c.req.param("key");
    switch (c.req.method) {
      case "PUT":
        return c.req.header("x-amz-copy-source") ? copy(c, key) : await put(c, key);
      case "DELETE":
        state.prepare("delete from s3_objects where key = ?").run(key);
        state.prepare("delete from s3_pieces where key = ?").run(key);
        return c.body(null, 204);
      default:
        return get(c, key); // Hono responds to HEAD like to GET, without the body
    }
  });
  app.onError((error, c) => {
    if (!(error instanceof S3Refusal)) throw error;
    const { code, message, status } = error;
    return c.body(`${PROLOGUE}<Error><Code>${code}</Code><Message>${message}</Message></Error>`, status, XML);
  });

  function setting(name: string): string | null {
    const row = state.prepare("select body from s3_settings where name = ?").get(name) as
      | { body: string }
      | undefined;
    return row?.body ?? null;
  }

  function find(key: string): StoredObject {
    const row = state.prepare(`
      select length(bytes) + coalesce((select sum(length(p.bytes)) from s3_pieces p where p.key = o.key), 0) as size,
        content_type as type, cache_control as cacheControl, etag, stored_at as storedAt
      from s3_objects o where key = ?`).get(key) as StoredObject | undefined;
    if (!row) throw new S3Refusal(404, "NoSuchKey", "The specified key does not exist.");
    return row;
  }

  /** Returns the bytes from `start` to before `end`. */
  function read(key: string, start: number, end: number): Uint8Array<ArrayBuffer> {
    const pieces = state.prepare(
      "select start, bytes from s3_pieces where key = ? and start > ? and start < ? order by start",
    ).all(key, start - PIECE, end) as { start: number; bytes: Uint8Array }[];
    if (pieces.length === 0) {
      const row = state.prepare("select bytes from s3_objects where key = ?").get(key) as {
        bytes: Uint8Array<ArrayBuffer>;
      };
      return row.bytes.slice(start, end);
    }
    const last = pieces.at(-1)!;
    const bytes = new Uint8Array(Math.max(0, Math.min(end, last.start + last.bytes.byteLength) - start));
    for (const piece of pieces) {
      const from = Math.max(0, start - piece.start);
      bytes.set(piece.bytes.subarray(from, end - piece.start), piece.start + from - start);
    }
    return bytes;
  }

  function store(
    key: string,
    { bytes, type, cacheControl, etag }: Omit<StoredObject, "size" | "storedAt"> & { bytes: Uint8Array },
  ): void {
    const isLarge = bytes.byteLength > PIECE;
    const keep = state.prepare("insert into s3_pieces values (?, ?, ?)");
    state.exec("begin");
    state.prepare("delete from s3_pieces where key = ?").run(key);
    for (let start = 0; isLarge && start < bytes.byteLength; start += PIECE) {
      keep.run(key, start, bytes.subarray(start, start + PIECE));
    }
    state.prepare("insert or replace into s3_objects values (?, ?, ?, ?, ?, ?)").run(
      key,
      isLarge ? new Uint8Array() : bytes,
      type,
      etag,
      now(),
      cacheControl,
    );
    state.exec("commit");
  }

  async function put(c: Context, key: string) {
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
    const claimed = c.req.header("x-amz-content-sha256") ?? "";
    if (/^[0-9a-f]{64}$/.test(claimed) && claimed !== digest) {
      throw new S3Refusal(400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed.");
    }
    const etag = `"${digest.slice(0, 32)}"`;
    store(key, { bytes, etag, ...metadata(c) });
    return c.body(null, 200, { etag });
  }

  function copy(c: Context, key: string) {
    const [, sourceBucket, sourceKey] = decodeURIComponent(c.req.header("x-amz-copy-source")!).match(
      /^\/?([^/]+)\/(.+)$/,
    ) ?? [];
    if (sourceBucket !== bucket) {
      throw new S3Refusal(404, "NoSuchBucket", "The source's bucket does not exist.");
    }
    const source = find(sourceKey!);
    const wanted = c.req.header("x-amz-copy-source-if-match");
    if (wanted !== undefined && wanted !== source.etag) {
      throw new S3Refusal(412, "PreconditionFailed", "The source is not the one that was meant.");
    }
    const replaces = c.req.header("x-amz-metadata-directive") === "REPLACE";
    store(key, { ...source, ...(replaces ? metadata(c) : {}), bytes: read(sourceKey!, 0, source.size) });
    const modified = new Date(now()).toISOString();
    return c.body(
      `${PROLOGUE}<CopyObjectResult><LastModified>${modified}</LastModified><ETag>${
        escapeXml(source.etag)
      }</ETag></CopyObjectResult>`,
      200,
      XML,
    );
  }

  function get(c: Context, key: string) {
    const { size, type, cacheControl, etag, storedAt } = find(key);
    if ((c.req.header("if-match") ?? etag) !== etag) {
      throw new S3Refusal(412, "PreconditionFailed", "The object is not the one that was meant.");
    }
    const headers = {
      "content-type": c.req.query("response-content-type") ?? type,
      etag,
      "last-modified": new Date(storedAt).toUTCString(),
      "accept-ranges": "bytes",
      ...(cacheControl ? { "cache-control": cacheControl } : {}),
      ...(c.req.query("response-content-disposition")
        ? { "content-disposition": c.req.query("response-content-disposition")! }
        : {}),
    };
    const [, start, end] = c.req.header("range")?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
    if (c.req.method === "HEAD") return c.body(null, 200, { ...headers, "content-length": String(size) });
    if (start === undefined) {
      return c.body(read(key, 0, size), 200, { ...headers, "content-length": String(size) });
    }
    const part = read(key, Number(start), Number(end) + 1);
    return c.body(part, 206, {
      ...headers,
      "content-length": String(part.byteLength),
      "content-range": `bytes ${start}-${Number(start) + part.byteLength - 1}/${size}`,
    });
  }

  function list(c: Context): string {
    const prefix = c.req.query("prefix") ?? "";
    // S3 may always return fewer than requested.
    const limit = Math.min(100, Number(c.req.query("max-keys") ?? 100));
    const rows = state.prepare(`
      select key, length(bytes) + coalesce((select sum(length(p.bytes)) from s3_pieces p where p.key = o.key), 0) as size,
        etag, stored_at as storedAt
      from s3_objects o
      where substr(key, 1, ?) = ? and key > ? order by key limit ?`)
      .all(prefix.length, prefix, c.req.query("continuation-token") ?? "", limit + 1) as {
        key: string;
        size: number;
        etag: string;
        storedAt: number;
      }[];
    const page = rows.slice(0, limit);
    const contents = page.map(({ key, size, etag, storedAt }) =>
      `<Contents><Key>${escapeXml(key)}</Key><Size>${size}</Size><ETag>${
        escapeXml(etag)
      }</ETag><LastModified>${new Date(storedAt).toISOString()}</LastModified></Contents>`
    ).join("");
    const isTruncated = rows.length > limit;
    const next = isTruncated
      ? `<NextContinuationToken>${escapeXml(page.at(-1)!.key)}</NextContinuationToken>`
      : "";
    return `${PROLOGUE}<ListBucketResult><Name>${bucket}</Name><KeyCount>${page.length}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>${next}${contents}</ListBucketResult>`;
  }

  return { app };
}

/** Returns what a request says of the object that it stores. */
function metadata(c: Context): Pick<StoredObject, "type" | "cacheControl"> {
  return {
    type: c.req.header("content-type") ?? "application/octet-stream",
    cacheControl: c.req.header("cache-control") ?? null,
  };
}

const PROLOGUE = `<?xml version="1.0" encoding="UTF-8"?>`;
const XML = { "content-type": "application/xml" };

type Allowed = { origin: string; methods: string; headers: string };

/** Returns what the bucket's CORS rules allow pages of an origin; null for nothing. */
function allowedBy(rules: string | null, origin: string): Allowed | null {
  if (rules === null) return { origin: "*", methods: "GET, HEAD, PUT", headers: "*" };
  const values = (rule: string, name: string) =>
    [...rule.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, value]) => value!);
  for (const [rule] of rules.matchAll(/<CORSRule>.*?<\/CORSRule>/gs)) {
    if (!values(rule, "AllowedOrigin").includes(origin)) continue;
    return {
      origin,
      methods: values(rule, "AllowedMethod").join(", "),
      headers: values(rule, "AllowedHeader").join(", "),
    };
  }
  return null;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
