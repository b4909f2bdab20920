import type { Limit, LimitName } from "../../domain/limits/ports.ts";

/** All settings from the environment. Each adapter takes its own part. */
export type Config = {
  environment: "development" | "test" | "production";
  port: number;
  /** The base URL of this API for browsers, without a trailing slash; null: that of each request. */
  publicUrl: string | null;
  frontendUrl: string;
  corsOrigins: string[];
  databaseUrl: string;
  /** Whether statements may be prepared. Requires that there is no transaction pooler in between. */
  databasePrepares: boolean;
  /** The secret that signs tokens, then the previous one, whose tokens stay valid while secrets are rotated. */
  jwtSecrets: [string, ...string[]];
  /**
   * How many proxies are in front of this server and append to X-Forwarded-For; 0: the client's address is the
   * connection's.
   */
  trustedProxies: number;
  limits: Record<LimitName, Limit>;
  /** The Redis for rate limits; null: the database counts. */
  redisUrl: string | null;
  /** The search engine, and the name under which it has the courses; null: PostgreSQL searches. */
  elasticsearch: { url: string; apiKey: string; index: string } | null;
  /** `webhookSecrets`: the current one, then the previous one while it is being rotated. */
  stripe: {
    secretKey: string;
    webhookSecrets: string[];
    apiUrl: string;
    /** Whether mismatched payments are refunded at once; otherwise they wait for review. */
    refundsMismatches: boolean;
  };
  /**
   * ISO 4217 in lower case: the currency of new courses, and of orders for courses with different currencies unless
   * the buyer chooses one.
   */
  shopCurrency: string;
  /** The policy for refunds by students: within so many days, with at most this share of a course watched. */
  refundPolicy: { days: number; watchedPercent: number };
  /** The seller on receipts: name and address, one line each. */
  receiptIssuer: string;
  /** How long Stripe may be silent while orders are open, in seconds. */
  webhookSilenceSeconds: number;
  /** The token for `/metrics`; null: no metrics. */
  metricsToken: string | null;
  /** Where errors are reported; null: nowhere. `release`: null if it is unknown. */
  sentry: { dsn: string; environment: string; release: string | null } | null;
  /** `webhookSecret`: the last part of the webhook's URL; null: no webhook. */
  video: { secretKey: string; apiUrl: string; webhookSecret: string | null };
  /** `streamsPerStudent`: simultaneous streams, null: any number. `watermark`: a pattern such as `{name} {order}`. */
  playback: {
    streamsPerStudent: number | null;
    watermark: string;
    logDays: number;
    unusedVideoDays: number;
  };
  /** The URL that serves the bucket's public files, without a trailing slash; null: presigned URLs. */
  mediaCdnUrl: string | null;
  /** The caches between readers and this API, which are purged; null: there is no such cache. */
  edge: {
    /** For how many seconds they may keep responses that are the same for everybody; 0: not at all. */
    seconds: number;
    /** The base URL of Deno Deploy's cache, and of a Varnish with our configuration, without a trailing slash. */
    deployUrl: string | null;
    varnishUrl: string | null;
    cloudflare: { apiToken: string; zoneId: string; apiUrl: string } | null;
  };
  /** Google Analytics; null: nothing is measured. */
  analytics: { measurementId: string; apiSecret: string; apiUrl: string } | null;
  /** The support team's chat and tool. */
  support: {
    /** `identitySecret` signs who is signed in to the chat; null: there is no chat. */
    messenger: { appId: string; identitySecret: string } | null;
    /** Null: no contact is kept there. */
    desk: { accessToken: string; apiUrl: string } | null;
  };
  r2: { accessKeyId: string; secretAccessKey: string; bucket: string; endpointUrl: string };
  /** The key to the former shop's bucket, for the import; null: this shop's own. */
  formerR2: { accessKeyId: string | null; secretAccessKey: string | null };
  email: EmailTransport & {
    /** The sender's address. */
    from: string;
    shopName: string;
  };
  mail: {
    /** The URL of the picture at the top of mails; null: the shop's name as text. */
    logoUrl: string | null;
    /** `#` and six hexadecimal digits. */
    colour: string;
    /** The address for alerts. */
    operatorEmail: string;
    /** Mails in any 24 hours, and bulk mails in any minute; null: any number. */
    limits: { perDay: number | null; bulkPerMinute: number | null };
    /** Keys of the webhooks about bounces and complaints; null: these webhooks are not accepted. */
    sendgridPublicKey: string | null;
    mailgunSigningKey: string | null;
  };
  sms: SmsConfig | null;
  /** Where alerts go besides mail: a number in E.164, and an incoming webhook in Slack's format, whose URL is a secret. */
  alerts: { smsTo: string | null; webhookUrl: string | null };
};

/** The settings for SMS; null: none are sent. */
export type SmsConfig = {
  /** ISO 3166-1, two letters each, in upper case. */
  countries: string[];
  /** SMS in any 24 hours; null: any number. */
  perDay: number | null;
  twilio: {
    accountSid: string;
    authToken: string;
    /** While tokens are rotated; else null. */
    previousAuthToken: string | null;
    sender: { messagingServiceSid: string } | { from: string };
    apiUrl: string;
  };
};

/** `caCertificate`: the certificate of a private mail server's authority, in PEM; null for public authorities. */
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
