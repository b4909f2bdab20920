import type { Config } from "./config.ts";
import { readEmail } from "./email.ts";
import { readLimits } from "./limits.ts";
import { readSms } from "./sms.ts";
import {
  type Environment,
  isDatabaseUrl,
  isHttpUrl,
  isUrlOf,
  type OnRead,
  type Variables,
  variablesOf,
} from "./variables.ts";

/** The embedded database of `deno task dev`. */
export const DEVELOPMENT_DATABASE_URL = "postgres://postgres:postgres@127.0.0.1:54329/postgres";

/**
 * Reads the configuration, in full or not at all. Without APP_ENV it is for production, where limits are not relaxed
 * and links must be https. Throws ConfigError; never repeats a value, which may be a secret.
 */
export function readConfig(env: Environment, onRead?: OnRead): Config {
  const variables = variablesOf(env, onRead);
  const { checked, oneOf, optional, port, secret, secureUrl, url } = variables;
  const environment = oneOf("APP_ENV", ["development", "test", "production"], "production");
  const frontendUrl = environment === "production" ? secureUrl("FRONTEND_URL") : url("FRONTEND_URL");
  const publicUrl = optional("PUBLIC_URL", url);
  const config: Config = {
    environment,
    port: port("PORT", "8000"),
    publicUrl,
    frontendUrl,
    corsOrigins: readOrigins(variables, frontendUrl),
    databaseUrl: checked("DATABASE_URL", isDatabaseUrl, "a postgres:// URL"),
    databasePrepares: oneOf("DATABASE_PREPARED_STATEMENTS", ["true", "false"], "false") === "true",
    jwtSecrets: [secret("JWT_SECRET"), ...listOf(optional("JWT_SECRET_PREVIOUS", secret))],
    trustedProxies: Number(checked("TRUSTED_PROXY", /^\d$/, "a number of proxies from 0 to 9", "0")),
    limits: readLimits(variables, environment),
    redisUrl: optional(
      "REDIS_URL",
      (name) => checked(name, isUrlOf("redis:", "rediss:"), "a redis:// or rediss:// URL"),
    ),
    elasticsearch: readElasticsearch(variables),
    ...readSelling(variables),
    metricsToken: optional(
      "METRICS_TOKEN",
      (name) => checked(name, (token) => token.length >= 16, "at least 16 characters long"),
    ),
    sentry: readSentry(variables, { environment, deployment: env.DENO_DEPLOYMENT_ID }),
    ...readVideoAndFiles(variables),
    analytics: readAnalytics(variables),
    support: readSupport(variables),
    edge: readEdge(variables, { isOnDeploy: env.DENO_DEPLOY === "true" }),
    ...readEmail(variables),
    ...readSms(variables, { needsPublicUrl: environment === "production" && publicUrl === null }),
  };
  requireBriefTelemetry(variables, { isOnDeploy: env.DENO_DEPLOY === "true" });
  const timeline = env.DENO_TIMELINE; // Deno Deploy's
  if (timeline && timeline !== "production" && /^[rs]k_live_/.test(config.stripe.secretKey)) {
    variables.fault(
      `STRIPE_SECRET_KEY must be a test key on the timeline ${timeline}, for only production may charge`,
    );
  }
  variables.requireNoFaults();
  return config;
}

/** Reads the origins whose pages may call the API; by default the frontend's. */
function readOrigins({ list, fault }: Variables, frontendUrl: string): string[] {
  // Deployments of the old backend name the frontend in either variable.
  const origins = [...new Set([...list("CORS_ALLOWED_ORIGINS"), ...list("CSRF_TRUSTED_ORIGINS")])];
  if (!origins.every((origin) => isHttpUrl(origin) && new URL(origin).origin === origin)) {
    fault(
      "CORS_ALLOWED_ORIGINS and CSRF_TRUSTED_ORIGINS must be comma-separated origins such as https://example.com",
    );
  }
  return origins.length > 0 || !isHttpUrl(frontendUrl) ? origins : [new URL(frontendUrl).origin];
}

type Selling = "stripe" | "shopCurrency" | "refundPolicy" | "receiptIssuer" | "webhookSilenceSeconds";

function readSelling({ checked, oneOf, optional, text, url }: Variables): Pick<Config, Selling> {
  return {
    stripe: {
      secretKey: text("STRIPE_SECRET_KEY"),
      webhookSecrets: [
        text("STRIPE_WEBHOOK_SECRET"),
        ...listOf(optional("STRIPE_WEBHOOK_SECRET_PREVIOUS", text)),
      ],
      apiUrl: url("STRIPE_API_URL", "https://api.stripe.com"),
      refundsMismatches: oneOf("STRIPE_MISMATCHED_PAYMENTS", ["refund", "review"], "refund") === "refund",
    },
    shopCurrency: checked("SHOP_CURRENCY", /^[a-z]{3}$/i, "an ISO 4217 code such as usd", "usd")
      .toLowerCase(),
    refundPolicy: {
      days: Number(checked("REFUND_DAYS", /^\d{1,4}$/, "a number of days", "14")),
      watchedPercent: Number(
        checked("REFUND_WATCHED_PERCENT", /^(100|\d{1,2})$/, "from 0 to 100", "20"),
      ),
    },
    receiptIssuer: text("RECEIPT_ISSUER", "11Tutors").replaceAll("\\n", "\n"),
    webhookSilenceSeconds: 60 *
      Number(checked("WEBHOOK_SILENCE_MINUTES", /^[1-9]\d{0,5}$/, "a number of minutes", "360")),
  };
}

function readVideoAndFiles(
  { checked, count, optional, text, url }: Variables,
): Pick<Config, "video" | "playback" | "mediaCdnUrl" | "r2" | "formerR2"> {
  return {
    video: {
      secretKey: text("VIDEO_SERVICE_SECRET_KEY"),
      apiUrl: url("VIDEO_SERVICE_URL", "https://dev.vdocipher.com/api"),
      webhookSecret: optional(
        "VIDEO_WEBHOOK_SECRET",
        (name) => checked(name, /^[\w-]{20,200}$/, "20 to 200 of A-Z a-z 0-9 _ -"),
      ),
    },
    playback: {
      streamsPerStudent: optional("STREAMS_PER_STUDENT", (name) => count(name, "1")),
      watermark: checked(
        "PLAYBACK_WATERMARK",
        isWatermarkPattern,
        "text in which braces hold name, email or order",
        "{email}",
      ),
      logDays: count("PLAYBACK_LOG_DAYS", "365"),
      unusedVideoDays: count("UNUSED_VIDEO_DAYS", "30"),
    },
    mediaCdnUrl: optional("MEDIA_CDN_URL", url),
    r2: {
      accessKeyId: text("R2_ACCESS_KEY_ID"),
      secretAccessKey: text("R2_SECRET_ACCESS_KEY"),
      bucket: text("R2_BUCKET_NAME"),
      endpointUrl: url("R2_ENDPOINT_URL"),
    },
    formerR2: {
      accessKeyId: optional("FORMER_R2_KEY_ID", text),
      secretAccessKey: optional("FORMER_R2_SECRET", text),
    },
  };
}

/**
 * Checks what Deno itself reads to export telemetry. With its own time-out a collector that hangs would hold up the end
 * of the process for 20 seconds. Deno Deploy exports by itself.
 */
function requireBriefTelemetry(
  { checked, oneOf }: Variables,
  { isOnDeploy }: { isOnDeploy: boolean },
): void {
  const isOn = oneOf("OTEL_DENO", ["true", "1", "false", "0"], "false");
  const isBrief = (value: string) => /^[1-9]\d{0,3}$/.test(value) && Number(value) <= 2000;
  const unset = /^(true|1)$/.test(isOn) && !isOnDeploy ? undefined : "1000";
  checked(
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    isBrief,
    "a number of milliseconds up to 2000, with OTEL_DENO",
    unset,
  );
}

/** Reads where errors are reported. On Deno Deploy the release is the deployment, unless one is named. */
function readSentry(
  { checked, optional, text }: Variables,
  { environment, deployment }: { environment: string; deployment: string | undefined },
): Config["sentry"] {
  const dsn = optional(
    "SENTRY_DSN",
    (name) => checked(name, isSentryDsn, "a DSN such as https://key@o1.ingest.sentry.io/1"),
  );
  const named = {
    environment: text("SENTRY_ENVIRONMENT", environment),
    release: optional("SENTRY_RELEASE", text) ?? deployment ?? null,
  };
  return dsn === null ? null : { dsn, ...named };
}

function isSentryDsn(value: string): boolean {
  if (!isHttpUrl(value)) return false;
  const { username, pathname, search } = new URL(value);
  return /^\w+$/.test(username) && search === "" && /\/\d+$/.test(pathname);
}

function readEdge(
  { checked, isGiven, optional, text, url }: Variables,
  { isOnDeploy }: { isOnDeploy: boolean },
): Config["edge"] {
  const deployUrl = optional("DEPLOY_CACHE_URL", url) ?? (isOnDeploy ? "http://cache.localhost" : null);
  const varnishUrl = optional("VARNISH_URL", url);
  const usesCloudflare = isGiven("CLOUDFLARE_API_TOKEN") || isGiven("CLOUDFLARE_ZONE_ID");
  const cloudflare = {
    apiToken: usesCloudflare ? text("CLOUDFLARE_API_TOKEN") : "",
    zoneId: usesCloudflare ? text("CLOUDFLARE_ZONE_ID") : "",
    apiUrl: url("CLOUDFLARE_API_URL", "https://api.cloudflare.com/client/v4"),
  };
  const seconds = deployUrl || varnishUrl || usesCloudflare ? "60" : "0";
  return {
    seconds: Number(checked("EDGE_SECONDS", /^\d{1,4}$/, "a number of seconds up to 9999", seconds)),
    deployUrl,
    varnishUrl,
    cloudflare: usesCloudflare ? cloudflare : null,
  };
}

function readAnalytics({ checked, isGiven, text, url }: Variables): Config["analytics"] {
  const isOn = isGiven("GA_MEASUREMENT_ID") || isGiven("GA_API_SECRET");
  const apiUrl = url("GA_API_URL", "https://www.google-analytics.com");
  if (!isOn) return null;
  return {
    measurementId: checked("GA_MEASUREMENT_ID", /^G-[A-Z0-9]+$/, "G- and letters or digits"),
    apiSecret: text("GA_API_SECRET"),
    apiUrl,
  };
}

function readSupport({ isGiven, optional, text, url }: Variables): Config["support"] {
  const hasMessenger = isGiven("INTERCOM_APP_ID") || isGiven("INTERCOM_IDENTITY_SECRET");
  const apiUrl = url("INTERCOM_API_URL", "https://api.intercom.io");
  return {
    messenger: hasMessenger
      ? { appId: text("INTERCOM_APP_ID"), identitySecret: text("INTERCOM_IDENTITY_SECRET") }
      : null,
    desk: optional("INTERCOM_ACCESS_TOKEN", (name) => ({ accessToken: text(name), apiUrl })),
  };
}

function readElasticsearch({ checked, isGiven, text, url }: Variables): Config["elasticsearch"] {
  const isUsed = isGiven("ELASTICSEARCH_URL") || isGiven("ELASTICSEARCH_API_KEY");
  const index = checked(
    "ELASTICSEARCH_INDEX",
    /^[a-z][a-z0-9-]{0,60}$/,
    "of a-z 0-9 - and begin with a letter",
    "courses",
  );
  return isUsed ? { url: url("ELASTICSEARCH_URL"), apiKey: text("ELASTICSEARCH_API_KEY"), index } : null;
}

/** Returns a list of the value, or an empty one for null. */
const listOf = (value: string | null): string[] => value === null ? [] : [value];

function isWatermarkPattern(value: string): boolean {
  return !/[{}]/.test(value.replace(/{(name|email|order)}/g, ""));
}
