import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { DatabaseSync } from "node:sqlite";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";

type Options = {
  state: DatabaseSync;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
  now?: () => number;
};

/** A refusal in S3's own form. */
class S3Refusal extends Error {
  constructor(readonly status: 400 | 403 | 404, readonly code: string, message: string) {
    super(message);
  }
}

const MAX_SKEW_MS = 15 * 60_000;

/**
 * A bucket that speaks S3 at `/r2/<bucket>/<key>`: GET, HEAD, PUT and DELETE, with Signature Version 4 verified in the
 * query (presigned) or in the header.
 */
export function s3Sandbox(options: Options): { app: Hono } {
  const { state, bucket, now = Date.now } = options;
  state.exec(`
    create table if not exists s3_objects (
      key text primary key, bytes blob not null, content_type text not null, etag text not null, stored_at integer not null
    )`);
  const app = new Hono();

  app.use("/r2/*", cors({ origin: "*", exposeHeaders: ["etag"] }));
  app.on(["GET", "PUT", "DELETE"], "/r2/:bucket/:key{.+}", async (c) => {
    await verify(c.req.raw, options, now());
    if (c.req.param("bucket") !== bucket) {
      throw new S3Refusal(404, "NoSuchBucket", "The specified bucket does not exist.");
    }
    const key = decodeURIComponent(c.req.param("key"));
    switch (c.req.method) {
      case "PUT":
        return await put(c, key);
      case "DELETE":
        state.prepare("delete from s3_objects where key = ?").run(key);
        return c.body(null, 204);
      default:
        return get(c, key); // Hono answers HEAD with what GET would, less the body
    }
  });
  app.onError((error, c) => {
    if (!(error instanceof S3Refusal)) throw error;
    const xml =
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`;
    return c.body(xml, error.status, { "content-type": "application/xml" });
  });

  async function put(c: Context, key: string) {
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
    const claimed = c.req.header("x-amz-content-sha256") ?? "";
    if (/^[0-9a-f]{64}$/.test(claimed) && claimed !== digest) {
      throw new S3Refusal(400, "XAmzContentSHA256Mismatch", "The body is not the one that was signed.");
    }
    const etag = `"${digest.slice(0, 32)}"`;
    const type = c.req.header("content-type") ?? "application/octet-stream";
    state.prepare("insert or replace into s3_objects values (?, ?, ?, ?, ?)").run(
      key,
      bytes,
      type,
      etag,
      now(),
    );
    return c.body(null, 200, { etag });
  }

  function get(c: Context, key: string) {
    const row = state.prepare(
      "select bytes, content_type as type, etag, stored_at as storedAt from s3_objects where key = ?",
    )
      .get(key) as
        | { bytes: Uint8Array<ArrayBuffer>; type: string; etag: string; storedAt: number }
        | undefined;
    if (!row) throw new S3Refusal(404, "NoSuchKey", "The specified key does not exist.");
    return c.body(row.bytes, 200, {
      "content-type": row.type,
      "content-length": String(row.bytes.byteLength),
      etag: row.etag,
      "last-modified": new Date(row.storedAt).toUTCString(),
    });
  }

  return { app };
}

/** Signs the request again with the secret that belongs to its key, and compares. */
async function verify(request: Request, options: Options, now: number): Promise<void> {
  const url = new URL(request.url);
  const presigned = url.searchParams.has("X-Amz-Signature");
  const claim = presigned ? queryClaim(url) : headerClaim(request.headers);
  if (!claim) throw new S3Refusal(403, "AccessDenied", "The request carries no signature.");
  const [accessKeyId, date, region, service] = claim.credential.split("/");
  if (accessKeyId !== options.accessKeyId) {
    throw new S3Refusal(403, "InvalidAccessKeyId", "The access key does not exist.");
  }
  const signedAt = Date.parse(
    claim.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAt) || !claim.date.startsWith(date ?? "-") || service !== "s3") {
    throw new S3Refusal(400, "AuthorizationHeaderMalformed", "Date or credential scope are malformed.");
  }
  if (claim.expiresSeconds === null ? Math.abs(now - signedAt) > MAX_SKEW_MS : signedAt - now > MAX_SKEW_MS) {
    throw new S3Refusal(
      403,
      "RequestTimeTooSkewed",
      "The time of the request differs too much from the server's.",
    );
  }
  if (claim.expiresSeconds !== null && now > signedAt + claim.expiresSeconds * 1000) {
    throw new S3Refusal(403, "AccessDenied", "Request has expired");
  }
  const signer = new SignatureV4({
    service: "s3",
    region: region!,
    credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const headers = Object.fromEntries(
    claim.signedHeaders.map((name) => [name, name === "host" ? url.host : request.headers.get(name) ?? ""]),
  );
  // The signer writes its own parameters anew; the rest of the query, such as `x-id`, is part of what was signed. It
  // takes the hash of the payload from a header, also where that header travels in the query.
  const query = Object.fromEntries(
    [...url.searchParams].filter(([name]) => !(presigned && name.startsWith("X-Amz-"))),
  );
  if (presigned) headers["X-Amz-Content-Sha256"] = url.searchParams.get("X-Amz-Content-Sha256") ?? "";
  const unsigned = {
    method: request.method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port ? Number(url.port) : undefined,
    path: url.pathname,
    query,
    headers,
  };
  const signingDate = new Date(signedAt);
  let expected: string | undefined;
  if (presigned) {
    const signed = await signer.presign(unsigned, { signingDate, expiresIn: claim.expiresSeconds! });
    expected = String(signed.query?.["X-Amz-Signature"]);
  } else {
    const signed = await signer.sign(unsigned, {
      signingDate,
      signableHeaders: new Set(claim.signedHeaders),
    });
    expected = signed.headers.authorization?.match(/Signature=([0-9a-f]+)/)?.[1];
  }
  if (expected !== claim.signature) {
    throw new S3Refusal(
      403,
      "SignatureDoesNotMatch",
      "The calculated signature does not match the one provided.",
    );
  }
}

type Claim = {
  credential: string;
  date: string;
  expiresSeconds: number | null;
  signedHeaders: string[];
  signature: string;
};

function queryClaim(url: URL): Claim | null {
  const text = (name: string) => url.searchParams.get(`X-Amz-${name}`) ?? "";
  return {
    credential: text("Credential"),
    date: text("Date"),
    expiresSeconds: Number(text("Expires")) || 0,
    signedHeaders: text("SignedHeaders").split(";"),
    signature: text("Signature"),
  };
}

function headerClaim(headers: Headers): Claim | null {
  const match = headers.get("authorization")?.match(
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/,
  );
  if (!match) return null;
  const [, credential, signedHeaders, signature] = match;
  return {
    credential: credential!,
    date: headers.get("x-amz-date") ?? "",
    expiresSeconds: null,
    signedHeaders: signedHeaders!.split(";"),
    signature: signature!,
  };
}

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
