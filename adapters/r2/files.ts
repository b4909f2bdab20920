import type { S3Client } from "@aws-sdk/client-s3";
import { create as contentDisposition } from "content-disposition";
import { DomainError } from "../../domain/errors.ts";
import type { Files, Readers } from "../../domain/media/ports.ts";
import type { Config } from "../config/config.ts";
import { inTime } from "../in_time.ts";

/** The timeout of a request, including its body. */
export const TIMEOUT_MS = 10_000;
/** The number of concurrent removals. */
const DELETE_CONCURRENCY = 20;

/** What caches are told. `max-age` is a year, in seconds. */
const CACHE_CONTROL: Record<Readers, string> = {
  everybody: "public, max-age=31536000, immutable",
  entitled: "private, no-store",
};

type Sdk = typeof import("@aws-sdk/client-s3");

/** Creates a client for the bucket. The SDK is imported on first use, which takes 70 ms. */
export function r2Client(config: Config["r2"]): () => Promise<{ s3: S3Client; sdk: Sdk }> {
  let connected: Promise<{ s3: S3Client; sdk: Sdk }> | undefined;
  return () =>
    connected ??= import("@aws-sdk/client-s3").then((sdk) => ({
      sdk,
      s3: new sdk.S3Client({
        region: "auto",
        endpoint: config.endpointUrl,
        forcePathStyle: true,
        credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
        // The default mode would sign the checksum of an empty body into presigned uploads.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
        maxAttempts: 2,
      }),
    }));
}

/** Returns files in a Cloudflare R2 bucket, through S3's protocol. */
export function r2Files(
  config: Config["r2"],
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Files {
  const connect = r2Client(config);
  const Bucket = config.bucket;

  /** Sends a request to the store. Returns null if the file does not exist, or no longer has the given etag. */
  async function ask<Answer>(work: (s3: S3Client, sdk: Sdk, signal: AbortSignal) => Promise<Answer>) {
    const { s3, sdk } = await connect();
    try {
      return await inTime(timeoutMs, (signal) => work(s3, sdk, signal));
    } catch (cause) {
      const status = cause instanceof sdk.S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
      const code = cause instanceof Error ? cause.name : "";
      if (
        code === "PreconditionFailed" || code === "NoSuchKey" || (status === 404 && code !== "NoSuchBucket")
      ) {
        return null;
      }
      throw unavailable(cause);
    }
  }

  return {
    async presignedRead(key, seconds, downloadName) {
      const [{ s3, sdk }, { getSignedUrl }] = await Promise.all([
        connect(),
        import("@aws-sdk/s3-request-presigner"),
      ]);
      const command = new sdk.GetObjectCommand({
        Bucket,
        Key: key,
        ...(downloadName === undefined
          ? {}
          : { ResponseContentDisposition: contentDisposition(downloadName) }),
      });
      return await getSignedUrl(s3, command, { expiresIn: seconds });
    },

    async presignedUpload(key, { contentType, size, seconds }) {
      const [{ s3, sdk }, { getSignedUrl }] = await Promise.all([
        connect(),
        import("@aws-sdk/s3-request-presigner"),
      ]);
      const command = new sdk.PutObjectCommand({
        Bucket,
        Key: key,
        ContentType: contentType,
        ContentLength: size,
      });
      // The type is signed only on request; the length always is.
      return await getSignedUrl(s3, command, {
        expiresIn: seconds,
        signableHeaders: new Set(["content-type"]),
      });
    },

    async put(key, bytes, { contentType, readers }) {
      const etag = await ask(async (s3, { PutObjectCommand }, abortSignal) => {
        const command = new PutObjectCommand({
          Bucket,
          Key: key,
          Body: bytes,
          ContentType: contentType,
          CacheControl: CACHE_CONTROL[readers],
          ContentLength: bytes.byteLength,
        });
        return (await s3.send(command, { abortSignal })).ETag;
      });
      if (!etag) throw unavailable("An upload was answered by something that is no file store.");
    },

    async describe(key) {
      const found = await ask((s3, { HeadObjectCommand }, abortSignal) =>
        s3.send(new HeadObjectCommand({ Bucket, Key: key }), { abortSignal })
      );
      return found && {
        size: found.ContentLength ?? 0,
        contentType: found.ContentType ?? "",
        etag: found.ETag ?? "",
      };
    },

    async read(key, start, end, etag) {
      if (start >= end) return new Uint8Array();
      const bytes = await ask(async (s3, { GetObjectCommand }, abortSignal) => {
        const command = new GetObjectCommand({
          Bucket,
          Key: key,
          IfMatch: etag,
          Range: `bytes=${start}-${end - 1}`,
        });
        return await (await s3.send(command, { abortSignal })).Body?.transformToByteArray();
      });
      return bytes ?? null;
    },

    async copy(from, to, { etag, contentType, readers }) {
      const copied = await ask((s3, { CopyObjectCommand }, abortSignal) => {
        const CopySource = `${Bucket}/${from.split("/").map(encodeURIComponent).join("/")}`;
        const command = new CopyObjectCommand({
          Bucket,
          Key: to,
          CopySource,
          CopySourceIfMatch: etag,
          MetadataDirective: "REPLACE", // otherwise the copy keeps the type and all other metadata from its uploader
          ContentType: contentType,
          CacheControl: CACHE_CONTROL[readers],
        });
        return s3.send(command, { abortSignal });
      });
      return copied !== null;
    },

    async remove(keys) {
      for (let at = 0; at < keys.length; at += DELETE_CONCURRENCY) {
        await Promise.all(
          keys.slice(at, at + DELETE_CONCURRENCY).map((Key) =>
            ask((s3, { DeleteObjectCommand }, abortSignal) =>
              s3.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal })
            )
          ),
        );
      }
    },

    async *list(prefix) {
      let token: string | undefined;
      do {
        const page = await ask((s3, { ListObjectsV2Command }, abortSignal) =>
          s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: token }), {
            abortSignal,
          })
        );
        yield (page?.Contents ?? []).flatMap(({ Key, LastModified }) =>
          Key === undefined ? [] : [{ key: Key, storedAt: LastModified ?? new Date() }]
        );
        token = page?.NextContinuationToken;
      } while (token !== undefined);
    },
  };
}

function unavailable(cause: unknown): DomainError {
  return new DomainError("vendor_unavailable", "The file store does not respond.", { retryAfter: 5 }, {
    cause,
  });
}
