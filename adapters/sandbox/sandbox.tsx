import { DatabaseSync } from "node:sqlite";
import { Hono } from "hono";
import { elasticsearchSandbox } from "./elasticsearch/elasticsearch.tsx";
import { edgeCaches, type Purge } from "./edge_caches.tsx";
import { type Faults, sandboxFaults } from "./faults.ts";
import { type AnalyticsHit, analyticsSandbox } from "./google_analytics.tsx";
import { intercomSandbox } from "./intercom.tsx";
import { mailApis } from "./mail_apis.ts";
import { mailbox } from "./mailbox.tsx";
import { Page, PAGE_HEADERS } from "./page.tsx";
import { s3Sandbox } from "./s3.ts";
import { sentry, type SentryEvent } from "./sentry.tsx";
import { smtpSandbox } from "./smtp.ts";
import { webhookReceiver } from "./webhooks.tsx";
import { type Post, slackSandbox } from "./slack.tsx";
import { stripeSandbox } from "./stripe/stripe.tsx";
import { twilioSandbox } from "./twilio.tsx";
import { vdocipherSandbox } from "./vdocipher/vdocipher.tsx";

export type SandboxOptions = {
  /** The SQLite file that keeps state across restarts, or `:memory:`. */
  state: string;
  httpPort: number;
  /** 0: any free port. */
  smtpPort: number;
  /** The base URL of the API for webhooks, without a trailing slash. */
  apiUrl: string;
  appEnv: string;
  debitDelayMs?: number;
  /** Milliseconds from a video's upload until it is ready. */
  processingMs?: number;
  retryDelaysMs?: number[];
  log?: (line: string) => void;
};

export type Sandbox = {
  /** The base URL of the pages, without a trailing slash. */
  origin: string;
  /** The variables that point the product to the stand-ins. */
  environment: Record<string, string>;
  /** Further variables, for a shop with a support team. */
  supportEnvironment: Record<string, string>;
  /** Further variables, for a shop that measures. */
  analyticsEnvironment: Record<string, string>;
  /** Further variables, for a shop that is to search in the stand-in for Elasticsearch. */
  searchEnvironment: Record<string, string>;
  /** Makes stand-ins misbehave. */
  faults: Faults;
  /** What the caches were asked to purge, the latest first. */
  purges: Purge[];
  /** What the support team sees; events, the latest first. */
  support: Pick<ReturnType<typeof intercomSandbox>, "contacts" | "events" | "add">;
  /** What Google Analytics counted, the latest first. */
  hits: AnalyticsHit[];
  /** The errors that were reported, the latest first. */
  errors: SentryEvent[];
  /** The SMS that were accepted, the latest first, and reports about them. */
  sms: Pick<ReturnType<typeof twilioSandbox>, "all" | "report" | "reported">;
  /** What was posted to the operator's chat, the latest first. */
  posts: Post[];
  /** Makes all files in the bucket the given number of hours older. */
  ageFiles(hours: number): void;
  stop(): Promise<void>;
};

// Keys that are valid for this sandbox only.
const KEYS = {
  stripeSecret: "sk_test_sandbox",
  stripeWebhook: "whsec_sandbox",
  video: "sandbox-video-secret",
  videoWebhook: "sandbox-video-webhook",
  r2Id: "sandbox-access-key",
  r2Secret: "sandbox-secret-access-key",
  mailUser: "shop@11tutors.test",
  mailPassword: "sandbox-mail-password",
  sendgrid: "SG.sandbox",
  mailgun: "key-sandbox",
  cloudflare: "sandbox-cloudflare-token",
  cloudflareZone: "sandbox-zone",
  analyticsId: "G-SANDBOX",
  analyticsSecret: "sandbox-analytics-secret",
  intercomApp: "sandbox1",
  intercomToken: "sandbox-intercom-token",
  intercomIdentity: "sandbox-messenger-secret",
  elasticsearch: "sandbox-elasticsearch-key",
  sentry: "sandboxsentrykey",
  twilioAccount: `AC${"5a".repeat(16)}`,
  twilioToken: "sandbox-twilio-token",
  twilioService: `MG${"5a".repeat(16)}`,
  chat: "/services/T00000000/B00000000/sandbox",
};
const SENTRY_PROJECT = "1";
const BUCKET = "11tutors";
const MAIL_DOMAIN = "mg.11tutors.test";

/**
 * Starts stand-ins for Stripe, VdoCipher, R2, SMTP, Elasticsearch, Sentry, edge caches, Twilio, Slack, Google Analytics
 * and Intercom on loopback that speak the vendors' own protocols. Throws outside development and test, and if a port is
 * taken.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { httpPort, smtpPort, apiUrl, appEnv, log } = options;
  if (appEnv !== "development" && appEnv !== "test") {
    throw new Error("The sandbox runs in development and test only.");
  }
  const state = new DatabaseSync(options.state);
  state.exec("pragma journal_mode = wal; pragma synchronous = normal");
  const origin = `http://localhost:${httpPort}`;
  const smtp = await bind(
    "SANDBOX_SMTP_PORT",
    smtpPort,
    () => smtpSandbox({ state, port: smtpPort, user: KEYS.mailUser, password: KEYS.mailPassword, log }),
  );
  const stripe = stripeSandbox({
    state,
    origin,
    secretKey: KEYS.stripeSecret,
    webhookSecret: KEYS.stripeWebhook,
    webhookUrl: `${apiUrl}/api/payments/stripe/webhook/`,
    debitDelayMs: options.debitDelayMs,
    retryDelaysMs: options.retryDelaysMs,
    log,
  });
  const faults = sandboxFaults();
  const vdocipher = vdocipherSandbox({
    state,
    origin,
    secretKey: KEYS.video,
    faults,
    webhookUrl: `${apiUrl}/api/courses/vdocipher/webhook/${KEYS.videoWebhook}/`,
    processingMs: options.processingMs,
  });
  const app = new Hono();
  app.route("/", stripe.app);
  app.route("/", vdocipher.app);
  app.route(
    "/",
    s3Sandbox({ state, accessKeyId: KEYS.r2Id, secretAccessKey: KEYS.r2Secret, bucket: BUCKET, faults }).app,
  );
  app.route(
    "/",
    mailApis({ state, sendgridKey: KEYS.sendgrid, mailgunKey: KEYS.mailgun, mailgunDomain: MAIL_DOMAIN }).app,
  );
  const edge = edgeCaches({
    cloudflareToken: KEYS.cloudflare,
    cloudflareZone: KEYS.cloudflareZone,
    faults,
  });
  app.route("/", edge.app);
  const analytics = analyticsSandbox({
    measurementId: KEYS.analyticsId,
    apiSecret: KEYS.analyticsSecret,
    faults,
  });
  app.route("/", analytics.app);
  const intercom = intercomSandbox({ accessToken: KEYS.intercomToken, faults });
  app.route("/", intercom.app);
  app.route("/", elasticsearchSandbox({ state, apiKey: KEYS.elasticsearch, faults }).app);
  const errors = sentry({ key: KEYS.sentry, project: SENTRY_PROJECT, faults });
  app.route("/", errors.app);
  const twilio = twilioSandbox({
    state,
    accountSid: KEYS.twilioAccount,
    authToken: KEYS.twilioToken,
    messagingServiceSid: KEYS.twilioService,
    faults,
    log,
  });
  app.route("/", twilio.app);
  const slack = slackSandbox({ path: KEYS.chat, faults });
  app.route("/", slack.app);
  app.route("/", webhookReceiver({ origin: () => origin }).app);
  app.route("/", mailbox(state).app);
  app.get("/", (c) => c.html(<Welcome apiUrl={apiUrl} />, 200, PAGE_HEADERS));
  const server = await bind(
    "SANDBOX_PORT",
    httpPort,
    () => Promise.resolve(Deno.serve({ port: httpPort, hostname: "127.0.0.1", onListen() {} }, app.fetch)),
  );

  return {
    origin,
    faults,
    purges: edge.purges,
    hits: analytics.hits,
    analyticsEnvironment: {
      GA_MEASUREMENT_ID: KEYS.analyticsId,
      GA_API_SECRET: KEYS.analyticsSecret,
      GA_API_URL: `${origin}/google-analytics`,
    },
    support: intercom,
    supportEnvironment: {
      INTERCOM_APP_ID: KEYS.intercomApp,
      INTERCOM_IDENTITY_SECRET: KEYS.intercomIdentity,
      INTERCOM_ACCESS_TOKEN: KEYS.intercomToken,
      INTERCOM_API_URL: `${origin}/intercom`,
    },
    errors: errors.events,
    sms: twilio,
    posts: slack.posts,
    ageFiles(hours) {
      state.prepare("update s3_objects set stored_at = stored_at - ?").run(hours * 3600 * 1000);
    },
    searchEnvironment: {
      ELASTICSEARCH_URL: `${origin}/elasticsearch`,
      ELASTICSEARCH_API_KEY: KEYS.elasticsearch,
    },
    environment: {
      STRIPE_SECRET_KEY: KEYS.stripeSecret,
      STRIPE_WEBHOOK_SECRET: KEYS.stripeWebhook,
      STRIPE_API_URL: origin,
      VIDEO_SERVICE_SECRET_KEY: KEYS.video,
      VIDEO_SERVICE_URL: `${origin}/vdocipher/api`,
      VIDEO_WEBHOOK_SECRET: KEYS.videoWebhook,
      R2_ACCESS_KEY_ID: KEYS.r2Id,
      R2_SECRET_ACCESS_KEY: KEYS.r2Secret,
      R2_BUCKET_NAME: BUCKET,
      R2_ENDPOINT_URL: `${origin}/r2`,
      EMAIL_HOST: "localhost",
      EMAIL_PORT: String(smtp.port),
      EMAIL_HOST_USER: KEYS.mailUser,
      EMAIL_HOST_PASSWORD: KEYS.mailPassword,
      EMAIL_CA_CERTIFICATE: smtp.caCertificate,
      EMAIL_BULK_PER_MINUTE: "none",
      OPERATOR_EMAIL: "operator@example.com",
      SENDGRID_API_KEY: KEYS.sendgrid,
      SENDGRID_API_URL: `${origin}/sendgrid`,
      MAILGUN_API_KEY: KEYS.mailgun,
      MAILGUN_DOMAIN: MAIL_DOMAIN,
      MAILGUN_API_URL: `${origin}/mailgun`,
      DEPLOY_CACHE_URL: `${origin}/deploy-cache`,
      CLOUDFLARE_API_TOKEN: KEYS.cloudflare,
      CLOUDFLARE_ZONE_ID: KEYS.cloudflareZone,
      CLOUDFLARE_API_URL: `${origin}/cloudflare/client/v4`,
      SENTRY_DSN: `${origin.replace("//", `//${KEYS.sentry}@`)}/sentry/${SENTRY_PROJECT}`,
      TWILIO_ACCOUNT_SID: KEYS.twilioAccount,
      TWILIO_AUTH_TOKEN: KEYS.twilioToken,
      TWILIO_MESSAGING_SERVICE_SID: KEYS.twilioService,
      TWILIO_API_URL: `${origin}/twilio`,
      SMS_COUNTRIES: "US,DE,ES,RU",
      ALERT_SMS_TO: "+4915100000000",
      ALERT_WEBHOOK_URL: `${origin}${KEYS.chat}`,
    },
    async stop() {
      faults.end();
      await twilio.reported();
      await server.shutdown();
      vdocipher.stop();
      await stripe.stop();
      await smtp.stop();
      state.close();
    },
  };
}

async function bind<Bound>(variable: string, port: number, listen: () => Promise<Bound>): Promise<Bound> {
  try {
    return await listen();
  } catch (error) {
    if (!String(error).includes("EADDRINUSE") && !(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `Port ${port} is taken. Stop the program that listens there, or set ${variable} to another port.`,
      {
        cause: error,
      },
    );
  }
}

function Welcome({ apiUrl }: { apiUrl: string }) {
  return (
    <Page title="Sandbox">
      <h1>Stand-ins for the vendors</h1>
      <ul class="plain card">
        <li>
          <a href="/mailbox">
            <strong>Mailbox</strong>
            <br />
            <span class="quiet">every mail that the shop sends</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/stripe">
            <strong>Payments</strong>
            <br />
            <span class="quiet">refund and dispute what was paid, as Stripe's dashboard and banks do</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/sms">
            <strong>SMS</strong>
            <br />
            <span class="quiet">every SMS that the shop sends, and replies of STOP</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/alerts">
            <strong>Alerts</strong>
            <br />
            <span class="quiet">what the operator's chat was told</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/webhooks">
            <strong>Webhooks</strong>
            <br />
            <span class="quiet">what the shop tells an integrator, with its signature verified</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/edge">
            <strong>Edge</strong>
            <br />
            <span class="quiet">what the caches in front of the shop were asked to forget</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/analytics">
            <strong>Analytics</strong>
            <br />
            <span class="quiet">the events that Google Analytics counts</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/support">
            <strong>Support</strong>
            <br />
            <span class="quiet">the contacts and events that the support team sees</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/search">
            <strong>Search</strong>
            <br />
            <span class="quiet">what the search engine has, and what people searched for</span>
          </a>
        </li>
        <li>
          <a href="/sandbox/sentry">
            <strong>Errors</strong>
            <br />
            <span class="quiet">errors that nobody foresaw, as Sentry gets them</span>
          </a>
        </li>
        <li>
          <a href={`${apiUrl}/docs`}>
            <strong>API documentation</strong>
            <br />
            <span class="quiet">try every operation of the API in the browser</span>
          </a>
        </li>
      </ul>
      <div class="card">
        <h2>Payments</h2>
        <p>
          <code>POST /api/payments/payments/</code> answers <code>checkout_url</code>, a page at{" "}
          <code>/pay/…</code> where 4242 4242 4242 4242 pays.
        </p>
        <h2>Videos</h2>
        <p>
          A lesson answers <code>otp</code> and <code>playbackInfo</code>; open{" "}
          <code>/vdocipher/player?otp=…&amp;playbackInfo=…</code> with them to watch.
        </p>
      </div>
    </Page>
  );
}
