import type { S3Client } from "@aws-sdk/client-s3";
import { DomainError } from "../../domain/errors.ts";
import type { Files } from "../../domain/media/ports.ts";
import type { Config } from "../config.ts";

const TIMEOUT_MS = 10_000;

/** Files in a Cloudflare R2 bucket through S3's protocol. The SDK is imported on first use, for it takes 70 ms. */
export function r2Files(config: Config["r2"]): Files {
  let client: Promise<S3Client> | undefined;
  const connect = () =>
    client ??= import("@aws-sdk/client-s3").then(({ S3Client }) =>
      new S3Client({
        region: "auto",
        endpoint: config.endpointUrl,
        forcePathStyle: true,
        credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
        // The default mode would sign the checksum of an empty body into presigned uploads.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
        maxAttempts: 2,
      })
    );

  return {
    async presignedRead(key, seconds) {
      const [s3, { GetObjectCommand }, { getSignedUrl }] = await Promise.all([
        connect(),
        import("@aws-sdk/client-s3"),
        import("@aws-sdk/s3-request-presigner"),
      ]);
      return await getSignedUrl(s3, new GetObjectCommand({ Bucket: config.bucket, Key: key }), {
        expiresIn: seconds,
      });
    },

    async put(key, bytes, contentType) {
      const [s3, { PutObjectCommand }] = await Promise.all([connect(), import("@aws-sdk/client-s3")]);
      const command = new PutObjectCommand({
        Bucket: config.bucket,
        Key: key,
        Body: bytes,
        ContentType: contentType,
        ContentLength: bytes.byteLength,
      });
      try {
        await s3.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
      } catch (cause) {
        throw new DomainError("vendor_unavailable", "The file store does not answer.", { retryAfter: 5 }, {
          cause,
        });
      }
    },
  };
}
