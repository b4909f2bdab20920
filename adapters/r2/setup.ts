import type { CORSRule, LifecycleRule, S3Client } from "@aws-sdk/client-s3";
import type { Config } from "../config/config.ts";
import { inTime } from "../in_time.ts";
import { r2Client, TIMEOUT_MS } from "./files.ts";

/** Differences between the bucket's settings and what the shop needs, and faults in reaching it. */
export type StorageReport = {
  /** What would be, or was, written; empty if everything is correct. */
  changes: string[];
  /** What a person has to fix: credentials, the bucket's name, the clock. */
  faults: string[];
};

type Sdk = typeof import("@aws-sdk/client-s3");

const MAX_CLOCK_DIFFERENCE_MS = 5 * 60_000;

/** Returns the required rules: browsers of the frontends may upload, and unconfirmed uploads expire after a day. */
function wanted(origins: string[]): { cors: CORSRule[]; lifecycle: LifecycleRule[] } {
  return {
    cors: [{
      AllowedOrigins: origins,
      AllowedMethods: ["GET", "HEAD", "PUT"],
      AllowedHeaders: ["content-type"],
      ExposeHeaders: ["ETag"],
      MaxAgeSeconds: 3600,
    }],
    lifecycle: [
      { ID: "pending-uploads", Status: "Enabled", Filter: { Prefix: "uploads/" }, Expiration: { Days: 1 } },
      {
        ID: "unfinished-multipart-uploads",
        Status: "Enabled",
        Filter: { Prefix: "" },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ],
  };
}

/**
 * Compares the bucket's CORS and lifecycle rules with what the shop needs and, with `apply`, writes them; checks the
 * clock, that a file can be written, read and removed, and that if pictures are public nothing else is. Rules with
 * other names are kept.
 */
export async function setUpStorage(
  config: { r2: Config["r2"]; corsOrigins: string[]; mediaCdnUrl?: string | null },
  { apply, now = Date.now, timeoutMs = TIMEOUT_MS }: {
    apply: boolean;
    now?: () => number;
    timeoutMs?: number;
  },
): Promise<StorageReport> {
  const report: StorageReport = { changes: [], faults: [] };
  const fault = await clockFault(config.r2.endpointUrl, now, timeoutMs);
  if (fault) report.faults.push(fault);
  const { s3, sdk } = await r2Client(config.r2)();
  const within: Within = (ask) => inTime(timeoutMs, (abortSignal) => ask({ abortSignal }));
  const Bucket = config.r2.bucket;
  try {
    const rules = wanted(config.corsOrigins);
    const cors = await orNone(() =>
      within((options) => s3.send(new sdk.GetBucketCorsCommand({ Bucket }), options))
    );
    if (!isSame(cors?.CORSRules ?? [], rules.cors)) {
      report.changes.push(`CORS: ${describe(cors?.CORSRules)} becomes ${describe(rules.cors)}`);
      if (apply) {
        const command = new sdk.PutBucketCorsCommand({
          Bucket,
          CORSConfiguration: { CORSRules: rules.cors },
        });
        await within((options) => s3.send(command, options));
      }
    }
    const lifecycle = await orNone(() =>
      within((options) => s3.send(new sdk.GetBucketLifecycleConfigurationCommand({ Bucket }), options))
    );
    const present = lifecycle?.Rules ?? [];
    const missing = rules.lifecycle.filter((rule) => !present.some((other) => isSame(other, rule)));
    for (const rule of missing) report.changes.push(`lifecycle: ${describe(rule)}`);
    if (apply && missing.length > 0) {
      const names = rules.lifecycle.map(({ ID }) => ID);
      const Rules = [...present.filter(({ ID }) => !names.includes(ID)), ...rules.lifecycle];
      const command = new sdk.PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules },
      });
      await within((options) => s3.send(command, options));
    }
    if (apply) await probe(s3, sdk, Bucket, within);
    if (apply && config.mediaCdnUrl && await isServed(s3, sdk, Bucket, within, config.mediaCdnUrl)) {
      report.faults.push(
        `${config.mediaCdnUrl} serves what students pay for, to everybody: let it serve media/ alone, by a rule or a Worker in front of it.`,
      );
    }
  } catch (error) {
    report.faults.push(explain(error, Bucket));
  } finally {
    s3.destroy();
  }
  return report;
}

/**
 * Checks the clock. Signatures contain the time, so a clock that is off by more than 15 minutes makes every request
 * fail.
 */
async function clockFault(endpointUrl: string, now: () => number, timeoutMs: number): Promise<string | null> {
  const response = await fetch(endpointUrl, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => null);
  await response?.body?.cancel();
  const theirs = Date.parse(response?.headers.get("date") ?? "");
  if (Number.isNaN(theirs)) return null;
  const seconds = Math.round((now() - theirs) / 1000);
  return Math.abs(seconds) * 1000 > MAX_CLOCK_DIFFERENCE_MS
    ? `This machine's clock is ${Math.abs(seconds)} seconds ${seconds > 0 ? "ahead" : "behind"}: set it.`
    : null;
}

/** Sends a request with the timeout of a request. */
type Within = <Answer>(ask: (options: { abortSignal: AbortSignal }) => Promise<Answer>) => Promise<Answer>;

async function probe(
  s3: S3Client,
  sdk: Sdk,
  Bucket: string,
  within: Within,
): Promise<void> {
  const Key = `uploads/probe-${crypto.randomUUID()}`;
  const put = new sdk.PutObjectCommand({ Bucket, Key, Body: "probe", ContentType: "text/plain" });
  await within((options) => s3.send(put, options));
  const text = await within(async (options) =>
    (await s3.send(new sdk.GetObjectCommand({ Bucket, Key }), options)).Body?.transformToString()
  );
  if (text !== "probe") throw new Error("A file does not read back as it was written.");
  await within((options) => s3.send(new sdk.DeleteObjectCommand({ Bucket, Key }), options));
}

/** Returns whether a private file, a new one in attachments/, is served publicly. */
async function isServed(
  s3: S3Client,
  sdk: Sdk,
  Bucket: string,
  within: Within,
  cdnUrl: string,
): Promise<boolean> {
  const Key = `attachments/probe-${crypto.randomUUID()}`;
  const file = { Bucket, Key, Body: "probe", ContentType: "text/plain" };
  await within((options) => s3.send(new sdk.PutObjectCommand(file), options));
  try {
    const response = await fetch(`${cdnUrl}/${Key}`, { signal: AbortSignal.timeout(10_000) }).catch(() =>
      null
    );
    return response !== null && await response.text() === "probe";
  } finally {
    await within((options) => s3.send(new sdk.DeleteObjectCommand({ Bucket, Key }), options));
  }
}

/** Returns the result, or null if the bucket has no such rules, which it reports as an error. */
async function orNone<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && /^NoSuch(CORS|Lifecycle)Configuration$/.test(error.name)) return null;
    throw error;
  }
}

const ADVICE: Record<string, string> = {
  InvalidAccessKeyId: "R2_ACCESS_KEY_ID is not known there.",
  SignatureDoesNotMatch: "R2_SECRET_ACCESS_KEY does not belong to R2_ACCESS_KEY_ID.",
  AccessDenied: "The key may not administer the bucket: give it Admin Read & Write.",
  RequestTimeTooSkewed: "This machine's clock is off by more than 15 minutes: set it.",
};

function explain(error: unknown, bucket: string): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "NoSuchBucket") return `There is no bucket ${bucket}: create it, or set R2_BUCKET_NAME.`;
  return ADVICE[name] ??
    `The file store does not answer as it should (${name}: ${message}). Check R2_ENDPOINT_URL.`;
}

/** Compares values, ignoring the order of keys and unset fields. */
const isSame = (a: unknown, b: unknown) => describe(a) === describe(b);

function describe(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? "none";
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => a < b ? -1 : 1).map(([key, member]) => [key, sorted(member)]),
  );
}
