/** What a variable is for, in Markdown. The second text of a pair says what happens when it is not set. */
type Description = string | [text: string, unset: string];

/** Variables that belong together, and notes on them that do not fit into a table. */
type Group = { variables: Record<string, Description>; notes: string[] };

/**
 * Every variable that the shop reads, by group, as shown in this folder's README.md. The functions that read
 * variables accept only these names, so a variable without a description does not compile. A test fails for a
 * description of a variable that nothing reads.
 */
export const GROUPS = {
  Server: {
    variables: {
      APP_ENV: "`development`, `test` or `production`.",
      PORT: "The port to listen on.",
      FRONTEND_URL: "The frontend that pages and mails link to; https, or localhost.",
      PUBLIC_URL: ["The base URL of this API, for links in mails and lists.", "See below."],
      CORS_ALLOWED_ORIGINS: [
        "Comma-separated origins of frontends.",
        "Default: the origin of `FRONTEND_URL`.",
      ],
      CSRF_TRUSTED_ORIGINS: ["Further origins, under the old backend's name for them.", ""],
      TRUSTED_PROXY: "How many proxies in front append to `X-Forwarded-For`, 0 to 9.",
      METRICS_TOKEN: ["Bearer token of `/metrics`, 16 characters or more.", "Unset: no metrics."],
    },
    notes: [
      "Without `PUBLIC_URL`, links in lists use the `Host` header of each request, links in mails lead to\n" +
      "localhost, and a warning is logged at startup.",
      "With `TRUSTED_PROXY=0` the client's IP address is that of the connection.",
    ],
  },
  Database: {
    variables: {
      DATABASE_URL: "A `postgres://` URL; a transaction pooler is fine.",
      DATABASE_PREPARED_STATEMENTS: "`true` if no transaction pooler is in between.",
    },
    notes: ["A prepared statement saves a round trip and the planning each time it is reused."],
  },
  Stripe: {
    variables: {
      STRIPE_SECRET_KEY: "The API key. A `_test_` key accepts test events.",
      STRIPE_WEBHOOK_SECRET: "The signing secret of the webhook.",
      STRIPE_WEBHOOK_SECRET_PREVIOUS: ["Also accepted while the secret is rotated.", ""],
      STRIPE_MISMATCHED_PAYMENTS: "`refund` or `review`; see below.",
      STRIPE_API_URL: "The base URL of the API.",
      WEBHOOK_SILENCE_MINUTES: "Minutes of silence, with open orders, until an alert.",
    },
    notes: [
      "A mismatched payment differs from its order in amount, currency or payer: `refund` refunds it at once,\n" +
      "`review` leaves it to an administrator. It is flagged either way.",
    ],
  },
  Shop: {
    variables: {
      SHOP_NAME: "The name in mails.",
      SHOP_LOGO_URL: ["The picture at the top of mails.", "Unset: the name as text."],
      SHOP_COLOUR: "The colour of mails, as `#` and six hexadecimal digits.",
      SHOP_CURRENCY: "The currency of new courses, as an ISO 4217 code.",
      RECEIPT_ISSUER: "The seller on receipts; `\\n` separates lines.",
      REFUND_DAYS: "Days after payment in which students may refund; 0: never.",
      REFUND_WATCHED_PERCENT: "How much of a course they may have watched by then.",
    },
    notes: [
      "An order is also in `SHOP_CURRENCY` if its courses have different currencies and the buyer chooses none.",
    ],
  },
  Video: {
    variables: {
      VIDEO_SERVICE_SECRET_KEY: "The secret of VdoCipher's API.",
      VIDEO_SERVICE_URL: "The base URL of the API.",
      VIDEO_WEBHOOK_SECRET: ["The last part of our webhook's URL.", "Unset: no webhook."],
      STREAMS_PER_STUDENT: ["Videos that a student may watch at the same time.", "Unset: any number."],
      PLAYBACK_WATERMARK: "Text over the video, of `{name}`, `{email}`, `{order}`.",
      PLAYBACK_LOG_DAYS: "Days for which the access log is kept.",
      UNUSED_VIDEO_DAYS: "Days after which a video in no lesson is deleted.",
    },
    notes: [
      "`VIDEO_WEBHOOK_SECRET` is 20 to 200 characters of `A-Z a-z 0-9 _ -`. VdoCipher does not sign its calls, so\n" +
      "this secret keeps others out. With or without it, a job asks about pending videos every minute.",
    ],
  },
  Files: {
    variables: {
      R2_ACCESS_KEY_ID: "The id of the access key to Cloudflare R2.",
      R2_SECRET_ACCESS_KEY: "Its secret.",
      R2_BUCKET_NAME: "The bucket.",
      R2_ENDPOINT_URL: "The URL of the account's S3 API.",
      FORMER_R2_KEY_ID: ["The key to the former shop's bucket, for the import.", "Default: ours."],
      FORMER_R2_SECRET: ["Its secret.", "Default: ours."],
      MEDIA_CDN_URL: ["The URL that serves `media/*` of the bucket to everybody.", "Unset: presigned URLs."],
    },
    notes: [
      "`MEDIA_CDN_URL` must serve nothing else of the bucket: see [deploy.md](deploy.md#files).",
    ],
  },
  Errors: {
    variables: {
      SENTRY_DSN: ["The DSN of a project at Sentry.", "Unset: errors are only logged."],
      SENTRY_ENVIRONMENT: ["The environment that reports name.", "Default: `APP_ENV`."],
      SENTRY_RELEASE: ["The release that reports name.", "On Deploy: the deployment."],
    },
    notes: [
      "What is reported, and what is not, is in [deploy.md](deploy.md#errors-at-sentry).",
    ],
  },
  Telemetry: {
    variables: {
      OTEL_DENO: ["`true`: Deno exports traces, logs and metrics by OTLP.", "Unset: none."],
      OTEL_EXPORTER_OTLP_TIMEOUT: ["Milliseconds for an export, up to 2000.", "Required with `OTEL_DENO`."],
    },
    notes: [
      "Deno reads these and the other variables of OpenTelemetry itself, such as `OTEL_EXPORTER_OTLP_ENDPOINT` and\n" +
      "`OTEL_SERVICE_NAME`: see [deploy.md](deploy.md#telemetry).",
    ],
  },
  Edge: {
    variables: {
      EDGE_SECONDS: ["For how long caches keep what anybody may read.", "See below."],
      DEPLOY_CACHE_URL: ["Purges Deno Deploy's cache.", "On Deploy: `http://cache.localhost`."],
      CLOUDFLARE_API_TOKEN: ["A token that may purge the cache of a zone.", "Unset: not purged."],
      CLOUDFLARE_ZONE_ID: ["The zone of this API, and of `MEDIA_CDN_URL`.", ""],
      CLOUDFLARE_API_URL: "The base URL of the API.",
      VARNISH_URL: ["The URL of a Varnish in front.", "Unset: not purged."],
    },
    notes: [
      "`EDGE_SECONDS` is 60 by default if a cache is configured, else 0: nothing is kept. How to put a cache in\n" +
      "front, and what it may serve, is in [deploy.md](deploy.md#an-edge-cache).",
    ],
  },
  Mail: {
    variables: {
      EMAIL_TRANSPORT: "`smtp`, `sendgrid`, `mailgun` or `console`.",
      EMAIL_FROM: ["The sender's address.", "Default with `smtp`: `EMAIL_HOST_USER`."],
      EMAIL_HOST: "The SMTP server, which must offer STARTTLS.",
      EMAIL_PORT: "Its port.",
      EMAIL_HOST_USER: "The account at the SMTP server.",
      EMAIL_HOST_PASSWORD: "Its password.",
      EMAIL_CA_CERTIFICATE: ["In PEM, for a server with a private certificate.", ""],
      SENDGRID_API_KEY: "The key for SendGrid's API.",
      SENDGRID_API_URL: "Its base URL.",
      SENDGRID_WEBHOOK_PUBLIC_KEY: ["Verifies SendGrid's events.", "Unset: none are accepted."],
      MAILGUN_API_KEY: "The key for Mailgun's API.",
      MAILGUN_DOMAIN: "The sending domain.",
      MAILGUN_API_URL: "Its base URL.",
      MAILGUN_WEBHOOK_SIGNING_KEY: ["Verifies Mailgun's events.", "Unset: none are accepted."],
      EMAIL_DAILY_LIMIT: ["Mails in 24 hours, or `none`.", "Default: 500 with Gmail, else none."],
      EMAIL_BULK_PER_MINUTE: "Course updates and digests per minute, or `none`.",
      OPERATOR_EMAIL: ["Who gets the alerts of the runbook.", "Default: `EMAIL_FROM`."],
    },
    notes: [
      "`EMAIL_FROM` is required with `sendgrid` and `mailgun`, and with `smtp` if `EMAIL_HOST_USER` is not an\n" +
      "address.",
      "In the EU `MAILGUN_API_URL` is `https://api.eu.mailgun.net`.",
      "Bulk mail stops at 60 % of `EMAIL_DAILY_LIMIT`, mail that strangers cause somewhat later; receipts may use\n" +
      "all of it (`LANES` in `domain/notifications/mails/ports.ts`).",
    ],
  },
  Analytics: {
    variables: {
      GA_MEASUREMENT_ID: ["The web stream of Google Analytics 4.", "Unset: nothing is measured."],
      GA_API_SECRET: ["A secret for its Measurement Protocol.", ""],
      GA_API_URL: "The base URL of the protocol.",
    },
    notes: [
      "`https://region1.google-analytics.com` collects in the EU. What is sent is in\n" +
      "[deploy.md](deploy.md#analytics).",
    ],
  },
  Support: {
    variables: {
      INTERCOM_APP_ID: ["The id of the workspace of Intercom.", "Unset: no chat."],
      INTERCOM_IDENTITY_SECRET: ["The Messenger's secret: signs who is signed in.", ""],
      INTERCOM_ACCESS_TOKEN: ["Keeps contacts and events at Intercom.", "Unset: none is sent."],
      INTERCOM_API_URL: "The base URL of the API.",
    },
    notes: [
      "In the EU `INTERCOM_API_URL` is `https://api.eu.intercom.io`, in Australia `https://api.au.intercom.io`.\n" +
      "What is sent is in [deploy.md](deploy.md#support).",
    ],
  },
  SMS: {
    variables: {
      TWILIO_ACCOUNT_SID: ["The account at Twilio.", "Unset: no SMS."],
      TWILIO_AUTH_TOKEN: ["Its token.", ""],
      TWILIO_AUTH_TOKEN_PREVIOUS: ["Also verifies reports while the token is rotated.", ""],
      TWILIO_MESSAGING_SERVICE_SID: ["The messaging service that sends.", "Or `TWILIO_FROM`."],
      TWILIO_FROM: ["The number or name that sends.", "Or a messaging service."],
      TWILIO_API_URL: "The base URL of the API.",
      SMS_COUNTRIES: ["Where SMS may go, as `US,DE`.", "Required with Twilio."],
      SMS_DAILY_LIMIT: "SMS in 24 hours, or `none`.",
    },
    notes: [
      "In production Twilio needs `PUBLIC_URL`: it signs that URL with each report. Codes stop at 85 % of\n" +
      "`SMS_DAILY_LIMIT`; alerts may use all of it.",
    ],
  },
  Alerts: {
    variables: {
      ALERT_SMS_TO: ["The operator's number, as `+4915123456789`.", "Unset: no SMS."],
      ALERT_WEBHOOK_URL: ["An incoming webhook in Slack's format; a secret.", "Unset: none."],
    },
    notes: [
      "Alerts also go to `OPERATOR_EMAIL`. Mattermost takes Slack's format; at Discord add `/slack` to the URL.",
    ],
  },
  Accounts: {
    variables: {
      JWT_SECRET: "Signs tokens. At least 32 random bytes.",
      JWT_SECRET_PREVIOUS: ["Its tokens stay valid while the secret is rotated.", ""],
    },
    notes: [],
  },
  Limits: {
    variables: {
      RATE_LIMITS: ["Overrides of the default limits, comma-separated.", "See below."],
      REDIS_URL: ["A `redis://` or `rediss://` URL.", "Unset: PostgreSQL counts."],
    },
    notes: [
      "`RATE_LIMITS` sets attempts and seconds by name, such as `sign_in_of_account=10/900`. Names and defaults\n" +
      "are in `domain/limits/ports.ts`. Outside production, limits per IP address are a thousand times as\n" +
      "high, because one machine plays every user.",
      "While Redis is unavailable, each process counts in its own memory.",
    ],
  },
  Search: {
    variables: {
      ELASTICSEARCH_URL: ["The base URL of an Elasticsearch 9.", "Unset: PostgreSQL searches."],
      ELASTICSEARCH_API_KEY: ["An API key; see the deploy guide.", ""],
      ELASTICSEARCH_INDEX: "The name of the courses in it, one per shop.",
    },
    notes: [
      "PostgreSQL also searches while Elasticsearch is unavailable, and until `deno task search:rebuild` has run.",
    ],
  },
  Development: {
    variables: {
      SANDBOX_PORT: ["The port of the stand-ins.", "Default `8100`."],
      SANDBOX_SMTP_PORT: ["The port of their mail server.", "Default `8125`."],
      SANDBOX_DATABASE_PORT: ["The port of the embedded database.", "Default `54329`."],
      SANDBOX_DATA: ["The folder for all data, within `.data/`.", "Default: `.data`."],
      PREVIEW_PORT: ["The port of `deno task mail:preview`.", "Default `8200`."],
    },
    notes: ["`deno task dev` sets every other variable that is unset, with the keys of its stand-ins."],
  },
} satisfies Record<string, Group>;

type Groups = typeof GROUPS;

/** The name of a variable that has a description. */
export type VariableName = {
  [Name in keyof Groups]: keyof Groups[Name]["variables"];
}[keyof Groups];
