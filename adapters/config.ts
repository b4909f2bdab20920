import { DEFAULT_LIMITS, type Limit, type LimitName } from "../domain/limits/ports.ts";

/** All that the environment decides. Adapters take their own part of it. */
export type Config = {
  environment: "development" | "test" | "production";
  port: number;
  /** Where browsers reach this API, without a trailing slash; null: as each request was addressed. */
  publicUrl: string | null;
  frontendUrl: string;
  corsOrigins: string[];
  databaseUrl: string;
  /** Whether statements may be prepared: the database is reached without a transaction pooler. */
  databasePrepares: boolean;
  /** The secret that signs tokens, then the previous one, whose tokens are still good while secrets are rotated. */
  jwtSecrets: [string, ...string[]];
  /** How many proxies stand before this server and tell the client's address in X-Forwarded-For; 0: the connection's own. */
  trustedProxies: number;
  limits: Record<LimitName, Limit>;
  /** Where counters of tries are kept instead of the database; null: in the database. */
  redisUrl: string | null;
  /** `webhookSecrets`: the current one, then the previous one while it is being rotated. */
  stripe: {
    secretKey: string;
    publicKey: string;
    webhookSecrets: string[];
    apiUrl: string;
    /** Payments that do not fit their order are paid back at once; else they wait for a person. */
    refundsMismatches: boolean;
  };
  /** ISO 4217 in lower case: of new courses, and of orders of courses whose own differ, unless the buyer chooses. */
  shopCurrency: string;
  /** What students may take back themselves: within so many days, with so much of a course watched at the most. */
  refundPolicy: { days: number; watchedPercent: number };
  /** Who sells, as receipts name them: name and address, a line each. */
  receiptIssuer: string;
  /** How long Stripe may be silent while orders are open, in seconds. */
  webhookSilenceSeconds: number;
  /** Opens the metrics; null: there are none. */
  metricsToken: string | null;
  /** `webhookSecret`: what the address of its webhook ends with; null: it has none. */
  video: { secretKey: string; apiUrl: string; webhookSecret: string | null };
  /** `streamsPerStudent`: devices at the same time, null: any number. `watermark`: such as `{name} {order}`. */
  playback: {
    streamsPerStudent: number | null;
    watermark: string;
    logDays: number;
    unusedVideoDays: number;
  };
  /** Where the bucket is served to the public, without a trailing slash; null: by presigned addresses. */
  mediaCdnUrl: string | null;
  r2: { accessKeyId: string; secretAccessKey: string; bucket: string; endpointUrl: string };
  email: EmailTransport & {
    /** The sender's address. */
    from: string;
    shopName: string;
  };
  mail: {
    /** The shop's picture at the top of mails, an address; null: its name in text. */
    logoUrl: string | null;
    /** Six hexadecimal digits after #. */
    colour: string;
    /** Who runs the shop and is alerted. */
    operatorEmail: string;
    /** Mails in any 24 hours, and mails to many in any minute; null: any number. */
    limits: { perDay: number | null; bulkPerMinute: number | null };
    /** Keys that webhooks about bounces and complaints are signed with; null: such webhooks are not taken. */
    sendgridPublicKey: string | null;
    mailgunSigningKey: string | null;
  };
};

/** `caCertificate`: PEM of a private mail server's authority; null for the public ones. */
export type EmailTransport =
  | {
    transport: "smtp";
    host: string;
    port: number;
    user: string;
    password: string;
    caCertificate: string | null;
  }
  | { transport: "sendgrid"; apiKey: string; apiUrl: string }
  | { transport: "mailgun"; apiKey: string; domain: string; apiUrl: string }
  | { transport: "console" };

/** Where `deno task dev` keeps its embedded database, for commands that are run beside it. */
export const DEVELOPMENT_DATABASE_URL = "postgres://postgres:postgres@127.0.0.1:54329/postgres";

type Environment = Record<string, string | undefined>;

/** The environment lacks something; the message names every variable at fault, in one line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the configuration, in full or not at all. Without APP_ENV it is production, where nothing has a stand-in.
 * Throws ConfigError; never repeats a value, which may be a secret.
 */
export function readConfig(env: Environment): Config {
  const faults: string[] = [];

  function text(name: string, fallback?: string): string {
    const value = env[name]?.trim() || fallback;
    if (value === undefined) faults.push(`${name} is missing`);
    return value ?? "";
  }
  function checked(
    name: string,
    isValid: (value: string) => boolean,
    expected: string,
    fallback?: string,
  ): string {
    const value = text(name, fallback);
    if (value !== "" && !isValid(value)) faults.push(`${name} must be ${expected}`);
    return value;
  }
  const url = (name: string, fallback?: string) =>
    checked(name, isHttpUrl, "an http(s) URL", fallback).replace(/\/+$/, "");
  const port = (name: string, fallback: string) =>
    Number(checked(name, isPort, "a port number from 1 to 65535", fallback));
  const count = (name: string, fallback: string) =>
    Number(checked(name, (value) => /^[1-9]\d{0,4}$/.test(value), "a whole number from 1", fallback));
  const origins = (name: string) =>
    (env[name] ?? "").split(",").map((origin) => origin.trim()).filter(Boolean);

  const limit = (name: string, fallback: number | null) => {
    const value = checked(
      name,
      (value) => /^[1-9]\d{0,8}$|^none$/.test(value),
      "a number above 0, or none",
      String(fallback ?? "none"),
    );
    return value === "none" ? null : Number(value);
  };

  function emailTransport(): EmailTransport {
    const transport = checked(
      "EMAIL_TRANSPORT",
      (value) => ["smtp", "sendgrid", "mailgun", "console"].includes(value),
      "smtp, sendgrid, mailgun or console",
      "smtp",
    );
    switch (transport) {
      case "sendgrid":
        return {
          transport,
          apiKey: text("SENDGRID_API_KEY"),
          apiUrl: url("SENDGRID_API_URL", "https://api.sendgrid.com"),
        };
      case "mailgun":
        return {
          transport,
          apiKey: text("MAILGUN_API_KEY"),
          domain: text("MAILGUN_DOMAIN"),
          apiUrl: url("MAILGUN_API_URL", "https://api.mailgun.net"),
        };
      case "console":
        return { transport };
      default:
        return {
          transport: "smtp",
          host: text("EMAIL_HOST", "smtp.gmail.com"),
          port: port("EMAIL_PORT", "587"),
          user: text("EMAIL_HOST_USER"),
          password: text("EMAIL_HOST_PASSWORD"),
          caCertificate: env.EMAIL_CA_CERTIFICATE?.trim() || null,
        };
    }
  }
  /** The sender; over SMTP, the account where it is an address. */
  function from(transport: EmailTransport): string {
    if (transport.transport === "console") {
      return checked("EMAIL_FROM", isEmail, "an e-mail address", "shop@localhost");
    }
    if (!("user" in transport)) return checked("EMAIL_FROM", isEmail, "an e-mail address");
    // That the account is missing was said already.
    if (!env.EMAIL_FROM?.trim() && transport.user === "") return "";
    return checked("EMAIL_FROM", isEmail, "an e-mail address, for EMAIL_HOST_USER is none", transport.user);
  }

  const environment = checked(
    "APP_ENV",
    (value) => ["development", "test", "production"].includes(value),
    "development, test or production",
    "production",
  ) as Config["environment"];
  const frontendUrl = url("FRONTEND_URL");
  // The seed's deployments name the frontend in either variable.
  const corsOrigins = [...new Set([...origins("CORS_ALLOWED_ORIGINS"), ...origins("CSRF_TRUSTED_ORIGINS")])];
  if (!corsOrigins.every(isOrigin)) {
    faults.push(
      "CORS_ALLOWED_ORIGINS and CSRF_TRUSTED_ORIGINS must be comma-separated origins such as https://example.com",
    );
  }
  const shopName = text("SHOP_NAME", "11Tutors");
  const transport = emailTransport();
  const sender = from(transport);
  const previousSecret = env.STRIPE_WEBHOOK_SECRET_PREVIOUS?.trim();
  const config: Config = {
    environment,
    port: port("PORT", "8000"),
    publicUrl: env.PUBLIC_URL?.trim() ? url("PUBLIC_URL") : null,
    frontendUrl,
    corsOrigins: corsOrigins.length > 0 || !isHttpUrl(frontendUrl)
      ? corsOrigins
      : [new URL(frontendUrl).origin],
    databaseUrl: checked("DATABASE_URL", isPostgresUrl, "a postgres:// URL"),
    databasePrepares: checked(
      "DATABASE_PREPARED_STATEMENTS",
      (value) => ["true", "false"].includes(value),
      "true or false",
      "false",
    ) === "true",
    jwtSecrets: [
      checked("JWT_SECRET", isLongSecret, "at least 32 bytes long"),
      ...(env.JWT_SECRET_PREVIOUS?.trim()
        ? [checked("JWT_SECRET_PREVIOUS", isLongSecret, "at least 32 bytes long")]
        : []),
    ],
    trustedProxies: Number(
      checked("TRUSTED_PROXY", (value) => /^\d$/.test(value), "a number of proxies from 0 to 9", "0"),
    ),
    limits: readLimits(env.RATE_LIMITS, environment, faults),
    redisUrl: env.REDIS_URL?.trim() ? checked("REDIS_URL", isRedisUrl, "a redis:// or rediss:// URL") : null,
    stripe: {
      secretKey: text("STRIPE_SECRET_KEY"),
      publicKey: text("STRIPE_PUBLIC_KEY"),
      webhookSecrets: [text("STRIPE_WEBHOOK_SECRET"), ...(previousSecret ? [previousSecret] : [])],
      apiUrl: url("STRIPE_API_URL", "https://api.stripe.com"),
      refundsMismatches: checked(
        "STRIPE_MISMATCHED_PAYMENTS",
        (value) => ["refund", "review"].includes(value),
        "refund or review",
        "refund",
      ) === "refund",
    },
    shopCurrency: checked(
      "SHOP_CURRENCY",
      (value) => /^[a-z]{3}$/i.test(value),
      "an ISO 4217 code such as usd",
      "usd",
    ).toLowerCase(),
    refundPolicy: {
      days: Number(checked("REFUND_DAYS", (value) => /^\d{1,4}$/.test(value), "a number of days", "14")),
      watchedPercent: Number(
        checked("REFUND_WATCHED_PERCENT", (value) => /^(100|\d{1,2})$/.test(value), "from 0 to 100", "20"),
      ),
    },
    receiptIssuer: env.RECEIPT_ISSUER?.trim().replaceAll("\\n", "\n") || "11Tutors",
    webhookSilenceSeconds: 60 *
      Number(
        checked(
          "WEBHOOK_SILENCE_MINUTES",
          (value) => /^[1-9]\d{0,5}$/.test(value),
          "a number of minutes",
          "360",
        ),
      ),
    metricsToken: env.METRICS_TOKEN?.trim()
      ? checked("METRICS_TOKEN", (value) => value.length >= 16, "at least 16 characters long")
      : null,
    video: {
      secretKey: text("VIDEO_SERVICE_SECRET_KEY"),
      apiUrl: url("VIDEO_SERVICE_URL", "https://dev.vdocipher.com/api"),
      webhookSecret: env.VIDEO_WEBHOOK_SECRET?.trim()
        ? checked(
          "VIDEO_WEBHOOK_SECRET",
          (value) => /^[\w-]{20,200}$/.test(value),
          "20 to 200 of A-Z a-z 0-9 _ -",
        )
        : null,
    },
    playback: {
      streamsPerStudent: env.STREAMS_PER_STUDENT?.trim() ? count("STREAMS_PER_STUDENT", "1") : null,
      watermark: checked(
        "PLAYBACK_WATERMARK",
        isWatermarkPattern,
        "text in which braces hold name, email or order",
        "{email}",
      ),
      logDays: count("PLAYBACK_LOG_DAYS", "365"),
      unusedVideoDays: count("UNUSED_VIDEO_DAYS", "30"),
    },
    mediaCdnUrl: env.MEDIA_CDN_URL?.trim() ? url("MEDIA_CDN_URL") : null,
    r2: {
      accessKeyId: text("R2_ACCESS_KEY_ID"),
      secretAccessKey: text("R2_SECRET_ACCESS_KEY"),
      bucket: text("R2_BUCKET_NAME"),
      endpointUrl: url("R2_ENDPOINT_URL"),
    },
    email: { ...transport, from: sender, shopName },
    mail: {
      logoUrl: env.SHOP_LOGO_URL?.trim() ? url("SHOP_LOGO_URL") : null,
      colour: checked(
        "SHOP_COLOUR",
        (value) => /^#[0-9a-f]{6}$/i.test(value),
        "a colour such as #4338ca",
        "#4338ca",
      ),
      operatorEmail: env.OPERATOR_EMAIL?.trim()
        ? checked("OPERATOR_EMAIL", isEmail, "an e-mail address")
        : sender,
      limits: {
        // Gmail's for a personal account; a Workspace account may send 2,000 a day.
        perDay: limit(
          "EMAIL_DAILY_LIMIT",
          "host" in transport && transport.host === "smtp.gmail.com" ? 500 : null,
        ),
        bulkPerMinute: limit("EMAIL_BULK_PER_MINUTE", 120),
      },
      sendgridPublicKey: env.SENDGRID_WEBHOOK_PUBLIC_KEY?.trim() || null,
      mailgunSigningKey: env.MAILGUN_WEBHOOK_SIGNING_KEY?.trim() || null,
    },
  };
  if (faults.length > 0) throw new ConfigError(`Configuration: ${faults.join("; ")}.`);
  return config;
}

/** So many more tries has a network address outside production, where one machine plays everybody. */
const LAX = 1000;

/** The default limits, but for those that RATE_LIMITS names: `sign_in_of_account=10/900,…`, tries per seconds. */
function readLimits(
  text: string | undefined,
  environment: Config["environment"],
  faults: string[],
): Config["limits"] {
  const limits: Config["limits"] = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(limits) as LimitName[]) {
    const { tries, seconds } = limits[name];
    const isLax = environment !== "production" && name.endsWith("_of_address");
    limits[name] = { tries: isLax ? tries * LAX : tries, seconds };
  }
  for (const entry of text?.split(",").map((part) => part.trim()).filter(Boolean) ?? []) {
    const [, name, tries, seconds] = entry.match(/^(\w+)=([1-9]\d{0,8})\/([1-9]\d{0,6})$/) ?? [];
    if (name && name in limits) {
      limits[name as LimitName] = { tries: Number(tries), seconds: Number(seconds) };
    } else {
      faults.push(
        `RATE_LIMITS must list limits such as sign_in_of_account=10/900 (tries/seconds), with the names ${
          Object.keys(limits).join(", ")
        }`,
      );
    }
  }
  return limits;
}

function isLongSecret(value: string): boolean {
  return new TextEncoder().encode(value).length >= 32;
}

function isRedisUrl(value: string): boolean {
  return URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol);
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isEmail(value: string): boolean {
  return /^[^\s@<>"]+@[^\s@<>"]+$/.test(value);
}

function isOrigin(value: string): boolean {
  return isHttpUrl(value) && new URL(value).origin === value;
}

function isPostgresUrl(value: string): boolean {
  return URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol);
}

function isWatermarkPattern(value: string): boolean {
  return !/[{}]/.test(value.replace(/{(name|email|order)}/g, ""));
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535;
}
