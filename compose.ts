import { announceEnds } from "./domain/access/announce_ends.ts";
import { purgePlaybackLog } from "./domain/access/read_access_log.ts";
import { purgeSessions } from "./domain/accounts/purge_sessions.ts";
import { closePage } from "./domain/checkout/close_page.ts";
import type { RecurringJob } from "./domain/jobs.ts";
import { followPendingVideos, followVideo } from "./domain/media/follow_videos.ts";
import { removeFile, sweepFiles } from "./domain/media/remove_files.ts";
import { deleteVideo, sweepVideos } from "./domain/media/remove_videos.ts";
import { purgeMails } from "./domain/mailing/administer_mails.ts";
import { deliverMails } from "./domain/mailing/deliver_mails.ts";
import { parcelOf } from "./domain/notifications/kinds.ts";
import { mailDigests } from "./domain/notifications/mail_digests.ts";
import type { Mailer } from "./domain/mailing/ports.ts";
import { mailUpdate } from "./domain/updates/publish_update.ts";
import { reportOutage } from "./domain/notifications/report_outage.ts";
import { reconcile } from "./domain/settlement/reconcile.ts";
import { submitRefund } from "./domain/settlement/submit_refund.ts";
import { watchPayments } from "./domain/operations/watch_payments.ts";
import { argon2Passwords } from "./adapters/argon2/passwords.ts";
import { deviceName } from "./adapters/bowser/device_name.ts";
import type { Config } from "./adapters/config/config.ts";
import { consoleMailer } from "./adapters/console/mailer.ts";
import { dnsPublicHosts } from "./adapters/dns/public_hosts.ts";
import { joseTokens } from "./adapters/jose/tokens.ts";
import { joseUnsubscribeTokens } from "./adapters/jose/unsubscribe_tokens.ts";
import { jsquashPictures } from "./adapters/jsquash/pictures.ts";
import { brandedLetters } from "./adapters/letters/letters.ts";
import type { Log } from "./adapters/log.ts";
import { mailgunEvents } from "./adapters/mailgun/events.ts";
import { mailgunMailer } from "./adapters/mailgun/mailer.ts";
import { pdfkitReceipts } from "./adapters/pdfkit/receipts.ts";
import { type JobHandlers, jobQueue } from "./adapters/pgboss/jobs.ts";
import { connect } from "./adapters/postgres/connection.ts";
import { pendingMigrations } from "./adapters/postgres/migrate.ts";
import { postgresNoticeFacts } from "./adapters/postgres/notifications/notice_facts.ts";
import { postgresOutbox } from "./adapters/postgres/mailing/outbox.ts";
import { postgresPorts } from "./adapters/postgres/ports.ts";
import type { Database } from "./adapters/postgres/queries.ts";
import { type EnqueueInTransaction, postgresTransaction } from "./adapters/postgres/transaction.ts";
import { r2Files } from "./adapters/r2/files.ts";
import { postgresLimits, purgeLimits, redisLimits } from "./adapters/rate_limiter/limits.ts";
import { repeat } from "./adapters/repeat.ts";
import { sendgridEvents } from "./adapters/sendgrid/events.ts";
import { sendgridMailer } from "./adapters/sendgrid/mailer.ts";
import { smtpMailer } from "./adapters/smtp/mailer.ts";
import { stripeBooks, stripeRefunds } from "./adapters/stripe/books.ts";
import { stripeDisputes } from "./adapters/stripe/disputes.ts";
import { stripeEvents } from "./adapters/stripe/events.ts";
import { stripePayments } from "./adapters/stripe/payments.ts";
import { transliterate } from "./adapters/transliteration/transliterate.ts";
import { vdocipherVideos } from "./adapters/vdocipher/videos.ts";
import { zipjsDocuments } from "./adapters/zipjs/documents.ts";
import { zxcvbnPasswordStrength } from "./adapters/zxcvbn/password_strength.ts";

/** How long a page waits for Stripe, in milliseconds. */
const HASTY_MS = 1500;

/**
 * How long the recurring job holds the books against Stripe's, in seconds: below what a job may take, and enough for a
 * look-up of each kind however slow Stripe is. What is left is the next run's.
 */
const RECONCILE_SECONDS = 60;

/** What comes again and again, done by `jobHandlers`. */
const RECURRING: RecurringJob[] = [
  { job: { kind: "purge_sessions" }, everySeconds: 24 * 3600 },
  { job: { kind: "mail_digests" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_mails" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_limits" }, everySeconds: 3600 },
  { job: { kind: "follow_pending_videos" }, everySeconds: 60 },
  { job: { kind: "sweep_videos" }, everySeconds: 24 * 3600 },
  { job: { kind: "sweep_files" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_playback_log" }, everySeconds: 24 * 3600 },
  { job: { kind: "announce_access_ends" }, everySeconds: 3600 },
  { job: { kind: "reconcile" }, everySeconds: 900 },
  { job: { kind: "watch_payments" }, everySeconds: 300 },
  { job: { kind: "review_all_orders" }, everySeconds: 24 * 3600 },
];

/** How long a working process that found no mail to send waits until it looks again, in milliseconds. */
const MAIL_PAUSE_MS = 1000;

type Queue = Awaited<ReturnType<typeof jobQueue>>;

/**
 * Everything that a process needs, wired. Throws when the database cannot be reached or lacks migrations; then nothing
 * stays open.
 */
export async function compose(config: Config, log: Log, onStatement?: (text: string) => void) {
  const sql = await connect(config.databaseUrl, {
    prepares: config.databasePrepares,
    log: (line) => log.warn(line),
    onStatement,
  });
  try {
    const pending = await pendingMigrations(sql);
    if (pending.length > 0) {
      throw new Error(`The database lacks ${pending.join(", ")}. Run \`deno task migrate\` first.`);
    }
    return await composeOn(sql, config, log);
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
}

async function composeOn(sql: Database, config: Config, log: Log) {
  const queue = await jobQueue(sql, log, { recurring: RECURRING });
  const { shop, release } = await playRoles({ sql, queue, config, log });
  const handlers = jobHandlers({ shop, sql, config, log });
  const mailer = mailerOf(config.email);
  let mailing: ReturnType<typeof repeat> | undefined;
  const deliver = () =>
    deliverMails({
      ...shop,
      letters: brandedLetters({ name: config.email.shopName, ...config.mail }),
      mailer,
      mailLimits: config.mail.limits,
      operatorEmail: config.mail.operatorEmail,
      publicUrl: config.publicUrl ?? `http://localhost:${config.port}`,
    });
  return {
    shop,
    ping: () => sql`select 1`,
    /** Takes jobs and mails as they come. */
    async work() {
      await queue.work(handlers);
      mailing = repeat(deliver, {
        pauseMs: MAIL_PAUSE_MS,
        onError: (error) => log.error("mails not sent", { error: String(error) }),
      });
    },
    /** Does what is due now; answers how many jobs and mails there were. */
    async drain(): Promise<number> {
      for (let done = 0;;) {
        const now = await queue.drain(handlers) + await deliver();
        if (now === 0) return done;
        done += now;
      }
    },
    /** Takes on no further mail; a mail that is cut off in the middle may be sent twice, so those in hand have time from now. */
    takeNoMail: () => void mailing?.stop(0),
    /** Gives the jobs and mails in hand so many milliseconds, then closes all there is. */
    async close(waitMs: number) {
      await Promise.all([queue.stop(waitMs), mailing?.stop(waitMs)]);
      mailer.close?.();
      release();
      await sql.end({ timeout: 1 });
    },
  };
}

/** An adapter for each role that the use cases know. `release` ends what some of them hold. */
async function playRoles(
  { sql, queue, config, log }: { sql: Database; queue: Queue; config: Config; log: Log },
) {
  const clock = () => new Date();
  const passwords = argon2Passwords();
  const pictures = jsquashPictures();
  const redis = config.redisUrl ? await redisLimits(config.redisUrl, config.limits, log) : null;
  const { frontendUrl } = config;
  const stripe = { ...config.stripe, frontendUrl, livemode: !config.stripe.secretKey.includes("_test_") };
  const books = stripeBooks(stripe);
  const transaction = postgresTransaction(sql, enqueueIn(queue));
  const videos = vdocipherVideos(config.video, {
    onOutage: (reason) => {
      log.error("the video service is out", { reason });
      reportOutage({ transaction, clock }, { service: "video", reason }).catch((error) =>
        log.error("outage not reported", { error: String(error) })
      );
    },
  });
  const shop = {
    ...postgresPorts(sql),
    transaction,
    transliterate,
    shopCurrency: config.shopCurrency,
    disputeDesk: stripeDisputes(config.stripe),
    refundPolicy: config.refundPolicy,
    receipts: pdfkitReceipts({ issuer: config.receiptIssuer }),
    passwords,
    strength: zxcvbnPasswordStrength(),
    limits: redis ?? postgresLimits(sql, config.limits),
    deviceName,
    tokens: joseTokens(config.jwtSecrets),
    payments: stripePayments(stripe),
    paymentEvents: stripeEvents(stripe),
    providerBooks: books,
    hastyBooks: books.within(HASTY_MS),
    silenceSeconds: config.webhookSilenceSeconds,
    refunds: stripeRefunds(stripe),
    policy: { refundsMismatches: config.stripe.refundsMismatches },
    playbackPolicy: config.playback,
    videos,
    videoService: videos,
    videoWebhookSecret: config.video.webhookSecret,
    publicHosts: dnsPublicHosts(),
    documents: zipjsDocuments(),
    files: r2Files(config.r2),
    pictures,
    newName: () => crypto.randomUUID(),
    sendgridEvents: sendgridEvents(config.mail.sendgridPublicKey),
    mailgunEvents: mailgunEvents(config.mail.mailgunSigningKey),
    unsubscribeTokens: joseUnsubscribeTokens(config.jwtSecrets),
    shopName: config.email.shopName,
    facts: postgresNoticeFacts(sql),
    clock,
    frontendUrl,
    log,
  };
  return {
    shop,
    release() {
      passwords.close();
      redis?.close();
      pictures.close();
    },
  };
}

type Shop = Awaited<ReturnType<typeof playRoles>>["shop"];

/** The use case behind each kind of job. */
function jobHandlers(
  { shop, sql, config, log }: { shop: Shop; sql: Database; config: Config; log: Log },
): JobHandlers {
  return {
    mail_course_update: (job) => mailUpdate(shop, job),
    mail_digests: () => mailDigests(shop),
    purge_mails: () => purgeMails(shop),
    close_page: (job) => closePage({ orders: shop.orderHistory, payments: shop.payments }, job),
    submit_refund: (job) => submitRefund(shop, job),
    async reconcile() {
      const { findings, isCutShort } = await reconcile(shop, {
        dryRun: false,
        withinSeconds: RECONCILE_SECONDS,
      });
      for (const finding of findings) log.warn("reconciled", finding);
      if (isCutShort) log.warn("reconciling ran out of time", { seconds: RECONCILE_SECONDS });
    },
    watch_payments: () => watchPayments(shop),
    review_all_orders: () => shop.violations.noteUnchanged(),
    purge_sessions: () => purgeSessions(shop),
    purge_limits: () => purgeLimits(sql, shop.clock()),
    announce_access_ends: () => announceEnds(shop),
    follow_video: (job) => followVideo(shop, job),
    follow_pending_videos: () => followPendingVideos(shop),
    async sweep_videos() {
      const swept = await sweepVideos(shop, { graceDays: config.playback.unusedVideoDays });
      if (swept.length > 0) {
        log.info("unused videos are being deleted", { videos: swept.map(({ id }) => id) });
      }
    },
    delete_video: (job) => deleteVideo(shop, job),
    delete_file: (job) => removeFile(shop, job),
    async sweep_files() {
      const swept = await sweepFiles(shop);
      if (swept.length > 0) log.info("files that nothing refers to are removed", { files: swept.length });
    },
    purge_playback_log: () => purgePlaybackLog(shop, { days: config.playback.logDays }),
  };
}

function mailerOf(email: Config["email"]): Mailer & { close?(): void } {
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

/** Puts notices into the outbox and all other jobs into the queue, in the transaction that causes them. */
export function enqueueIn(queue: Pick<Queue, "enqueue">): EnqueueInTransaction {
  return async (tx, ...jobs) => {
    const notices = jobs.filter((job) => job.kind === "send_notice");
    await postgresOutbox(tx).add(...notices.map(({ notice }) => parcelOf(notice)));
    await queue.enqueue(tx, ...jobs.filter((job) => job.kind !== "send_notice"));
  };
}
