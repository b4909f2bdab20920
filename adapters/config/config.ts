import type { Limit, LimitName } from "../../domain/limits/ports.ts";

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
    webhookSecrets: string[];
    apiUrl: string;
    /** Payments that do not fit their order are paid back at once; else they wait for a person. */
    refundsMismatches: boolean;
  };
  /** ISO 4217 in lower case: of new courses, and of orders of courses whose own differ, unless the buyer chooses. */
  shopCurrency: string;
  /** What students may refund themselves: within this many days, with at most this share of a course watched. */
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
