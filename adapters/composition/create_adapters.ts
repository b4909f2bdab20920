import type { Passwords } from "../../domain/accounts/ports.ts";
import type { Mailer } from "../../domain/notifications/mails/ports.ts";
import type { Faults, Observer } from "../../domain/operations/ports.ts";
import { reportOutage } from "../../domain/notifications/report_outage.ts";
import { argon2Passwords } from "../argon2/passwords.ts";
import { deviceName } from "../bowser/device_name.ts";
import type { Config } from "../config/config.ts";
import { consoleMailer } from "../console/mailer.ts";
import { isHosted } from "../deno/process.ts";
import { dnsPublicHosts, publicAddresses } from "../dns/public_hosts.ts";
import { configuredEdge } from "../edge/edge.ts";
import { googleAnalytics } from "../google_analytics/measurement.ts";
import { intercomDesk } from "../intercom/desk.ts";
import { intercomIdentity } from "../intercom/identity.ts";
import { elasticsearch } from "../elasticsearch/search.ts";
import { webCryptoKeySecrets } from "../web_crypto/key_secrets.ts";
import { postOnDeploy } from "../standard_webhooks/post_on_deploy.ts";
import { postOnce } from "../standard_webhooks/post_once.ts";
import { standardWebhookMessenger } from "../standard_webhooks/messenger.ts";
import { standardWebhookSecrets } from "../standard_webhooks/secrets.ts";
import { joseTokens } from "../jose/tokens.ts";
import { joseUnsubscribeTokens } from "../jose/unsubscribe_tokens.ts";
import { jsquashPictures } from "../jsquash/pictures.ts";
import type { Log } from "../log.ts";
import { mailgunEvents } from "../mailgun/events.ts";
import { mailgunMailer } from "../mailgun/mailer.ts";
import { observed, outcomeOfDelivery, outcomeOfHit, outcomeOfSupport } from "../observing/observed.ts";
import { pdfkitReceipts } from "../pdfkit/receipts.ts";
import type { jobQueue } from "../pgboss/jobs.ts";
import { postgresPlaybackLog } from "../postgres/playback/playback_log.ts";
import type { Database } from "../postgres/queries.ts";
import { POOL_STORES, storesOver } from "../postgres/stores.ts";
import { postgresTransaction } from "../postgres/transaction.ts";
import { r2Files } from "../r2/files.ts";
import { postgresLimits, redisLimits } from "../rate_limiter/limits.ts";
import { sendgridEvents } from "../sendgrid/events.ts";
import { sendgridMailer } from "../sendgrid/mailer.ts";
import { smtpMailer } from "../smtp/mailer.ts";
import { stripeBooks, stripeRefunds } from "../stripe/books.ts";
import { stripeDisputes } from "../stripe/disputes.ts";
import { stripeEvents } from "../stripe/events.ts";
import { stripePayments } from "../stripe/payments.ts";
import { transliterate } from "../transliteration/transliterate.ts";
import { vdocipherVideos } from "../vdocipher/videos.ts";
import { zipjsDocuments } from "../zipjs/documents.ts";
import { zxcvbnPasswordStrength } from "../zxcvbn/password_strength.ts";
import { hmacSmsCodes } from "../hmac/sms_codes.ts";
import { libphonenumberPhoneNumbers } from "../libphonenumber/phone_numbers.ts";
import { twilioReports } from "../twilio/reports.ts";
import { channelsOf, enqueueIn } from "./enqueue.ts";
import { withVendorNews } from "./vendor_news.ts";

/** How long a page waits for Stripe, in milliseconds. */
const INTERACTIVE_MS = 1500;

/** Creates the adapter for every port, from the configuration. `holding` releases their resources. */
export async function createAdapters(
  { sql, queue, config, log, observer, faults, holding, passwords: shared }: {
    sql: Database;
    queue: Pick<ReturnType<typeof jobQueue>, "open" | "enqueue">;
    config: Config;
    log: Log;
    /** Sees every call to a vendor. */
    observer: Observer | null;
    faults: Faults;
    holding: AsyncDisposableStack;
    passwords?: Passwords;
  },
) {
  const clock = () => new Date();
  const closing = <Adapter extends { close(): void }>(adapter: Adapter) => {
    holding.defer(() => adapter.close());
    return adapter;
  };
  const passwords = shared ?? closing(argon2Passwords());
  const limits = config.redisUrl
    ? closing(await redisLimits(config.redisUrl, config.limits, log))
    : postgresLimits(sql, config.limits);
  const stores = storesOver(POOL_STORES, sql);
  const search = config.elasticsearch ? elasticsearch(config.elasticsearch, { ...stores, log }) : null;
  if (search) holding.defer(search.close);
  const { frontendUrl } = config;
  const stripe = { ...config.stripe, frontendUrl, livemode: !config.stripe.secretKey.includes("_test_") };
  const books = stripeBooks(stripe);
  const { messenger, desk } = config.support;
  const transaction = postgresTransaction(
    sql,
    withVendorNews(enqueueIn(queue, channelsOf(config)), {
      support: desk !== null,
      analytics: config.analytics !== null,
    }),
    queue.open,
  );
  const vdocipher = vdocipherVideos(config.video, {
    onOutage: (reason) => {
      log.error("the video service is down", { reason });
      reportOutage({ transaction, clock }, { service: "video", reason }).catch((error) =>
        log.error("outage not reported", { error: String(error) })
      );
    },
  });
  const videos = observed(observer, "vdocipher", vdocipher);
  const playbackLog = postgresPlaybackLog(
    sql,
    (error) => log.error("the access log cannot be written", { error: String(error) }),
  );
  holding.defer(() => playbackLog.close(1000));
  return {
    ...stores,
    courseSearch: search?.courseSearch ?? stores.courseSearch,
    searchEngine: search?.searchEngine ?? null,
    playbackLog,
    transaction,
    transliterate,
    shopCurrency: config.shopCurrency,
    disputeDesk: observed(observer, "stripe", stripeDisputes(config.stripe)),
    refundPolicy: config.refundPolicy,
    receipts: closing(pdfkitReceipts({ issuer: config.receiptIssuer })),
    passwords,
    passwordStrength: zxcvbnPasswordStrength(),
    limits,
    deviceName,
    tokens: joseTokens(config.jwtSecrets),
    keySecrets: webCryptoKeySecrets({ isLive: config.environment === "production" }),
    payments: observed(observer, "stripe", stripePayments(stripe)),
    paymentEvents: stripeEvents(stripe),
    providerBooks: observed(observer, "stripe", books),
    interactiveBooks: observed(observer, "stripe", books.within(INTERACTIVE_MS)),
    webhookSilenceSeconds: config.webhookSilenceSeconds,
    refunds: observed(observer, "stripe", stripeRefunds(stripe)),
    settlementPolicy: { refundsMismatches: config.stripe.refundsMismatches },
    playbackPolicy: config.playback,
    videos,
    videoService: videos,
    videoWebhookSecret: config.video.webhookSecret,
    publicHosts: dnsPublicHosts(),
    messenger: standardWebhookMessenger({
      allowsLocal: config.environment !== "production",
      addressesOf: publicAddresses,
      post: isHosted ? postOnDeploy : postOnce,
    }),
    endpointSecrets: standardWebhookSecrets,
    documents: zipjsDocuments(),
    files: observed(observer, "r2", r2Files(config.r2)),
    edge: observed(observer, "edge", configuredEdge(config)),
    supportDesk: desk && observed(observer, "intercom", intercomDesk(desk), outcomeOfSupport),
    supportIdentity: messenger && intercomIdentity(messenger),
    measurement: config.analytics &&
      observed(observer, "google_analytics", googleAnalytics(config.analytics), outcomeOfHit),
    reportsCompletions: desk !== null || config.analytics !== null,
    pictures: closing(jsquashPictures()),
    randomName: () => crypto.randomUUID(),
    sendgridEvents: sendgridEvents(config.mail.sendgridPublicKey),
    mailgunEvents: mailgunEvents(config.mail.mailgunSigningKey),
    smsPolicy: config.sms && { countries: config.sms.countries, alertNumber: config.alerts.smsTo },
    smsCodes: hmacSmsCodes(config.jwtSecrets),
    smsReports: twilioReports(
      config.sms && {
        ...config.sms.twilio,
        authTokens: [config.sms.twilio.authToken, ...listOf(config.sms.twilio.previousAuthToken)],
        statusUrl: smsStatusUrl(config),
      },
    ),
    phoneNumbers: libphonenumberPhoneNumbers(),
    unsubscribeTokens: joseUnsubscribeTokens(config.jwtSecrets),
    shopName: config.email.shopName,
    clock,
    frontendUrl,
    faults,
    log,
  };
}

/** Returns the base URL of this API for vendors and for links in mails. */
export const publicUrlOf = ({ publicUrl, port }: Pick<Config, "publicUrl" | "port">): string =>
  publicUrl ?? `http://localhost:${port}`;

/** Returns where Twilio reports the delivery of an entry of the outbox. */
export const smsStatusUrl = (config: Pick<Config, "publicUrl" | "port">) => (mailId: string): string =>
  `${publicUrlOf(config)}/api/notifications/sms/status/?mail=${mailId}`;

/** Returns a list of the value, or an empty one for null. */
const listOf = (value: string | null): string[] => value === null ? [] : [value];

/** Creates the configured mailer. */
export const mailerOf = (email: Config["email"], observer: Observer | null): ClosingMailer =>
  observed(observer, email.transport, transportOf(email), outcomeOfDelivery);

type ClosingMailer = Mailer & { close?(): void };

function transportOf(email: Config["email"]): ClosingMailer {
  switch (email.transport) {
    case "smtp":
      return smtpMailer(email);
    case "sendgrid":
      return sendgridMailer(email);
    case "mailgun":
      return mailgunMailer(email);
    case "console":
      return consoleMailer();
  }
}
