import { parseArgs } from "node:util";
import { authenticate } from "./domain/accounts/authenticate.ts";
import type { Passwords } from "./domain/accounts/ports.ts";
import { saveUser } from "./domain/accounts/save_user.ts";
import { deliverMails } from "./domain/mailing/deliver_mails.ts";
import type { Mailer } from "./domain/mailing/ports.ts";
import { parcelOf } from "./domain/notifications/kinds.ts";
import { reportOutage } from "./domain/notifications/report_outage.ts";
import { argon2Passwords } from "./adapters/argon2/passwords.ts";
import { deviceName } from "./adapters/bowser/device_name.ts";
import { shopCommands } from "./adapters/command_line/shop_commands.ts";
import { readUserOptions } from "./adapters/command_line/user_options.ts";
import type { Config } from "./adapters/config/config.ts";
import { DEVELOPMENT_DATABASE_URL, readConfig } from "./adapters/config/read_config.ts";
import { consoleMailer } from "./adapters/console/mailer.ts";
import { dnsPublicHosts } from "./adapters/dns/public_hosts.ts";
import { joseTokens } from "./adapters/jose/tokens.ts";
import { joseUnsubscribeTokens } from "./adapters/jose/unsubscribe_tokens.ts";
import { inTime } from "./adapters/in_time.ts";
import { jsquashPictures } from "./adapters/jsquash/pictures.ts";
import { brandedLetters } from "./adapters/letters/letters.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { mailgunEvents } from "./adapters/mailgun/events.ts";
import { mailgunMailer } from "./adapters/mailgun/mailer.ts";
import { pdfkitReceipts } from "./adapters/pdfkit/receipts.ts";
import { jobQueue, migrateJobs } from "./adapters/pgboss/jobs.ts";
import { postgresCategories } from "./adapters/postgres/catalog/categories.ts";
import { connect, isConnectionFailure } from "./adapters/postgres/connection.ts";
import { postgresOutbox } from "./adapters/postgres/mailing/outbox.ts";
import { migrate, pendingMigrations } from "./adapters/postgres/migrate.ts";
import { postgresNoticeFacts } from "./adapters/postgres/notifications/notice_facts.ts";
import { postgresPorts } from "./adapters/postgres/ports.ts";
import type { Database } from "./adapters/postgres/queries.ts";
import { type EnqueueInTransaction, postgresTransaction } from "./adapters/postgres/transaction.ts";
import { postgresUniversities } from "./adapters/postgres/universities/universities.ts";
import { r2Files } from "./adapters/r2/files.ts";
import { setUpStorage } from "./adapters/r2/setup.ts";
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
import { addDocs } from "./routes/docs.ts";
import { contractApp } from "./routes/http/contract_app.ts";
import { jobHandlers, RECURRING } from "./routes/jobs.ts";
import { addMedia } from "./routes/media.ts";
import { addMetrics } from "./routes/metrics.ts";
import { shopRoutes } from "./routes/shop_routes.ts";

/** Deno Deploy keeps no process between requests, and kills one 5 s after it asked it to stop. */
const isHosted = Deno.env.has("DENO_DEPLOYMENT_ID");

/**
 * How long a stop waits for requests in flight, and then for jobs in hand, in milliseconds; a worker, which has no
 * requests, waits for its jobs alone. Together, with a second for the database's connections, below the deadline.
 */
const STOP = isHosted
  ? { requests: 3000, jobs: 500, jobsOfWorker: 3500, deadline: 4800 }
  : { requests: 6000, jobs: 2500, jobsOfWorker: 8000, deadline: 10_000 };

/** How long a page waits for Stripe, in milliseconds. */
const HASTY_MS = 1500;

/** How long who asks whether this process is ready waits for the database, in milliseconds. */
const READY_MS = 2000;

/** How long a working process that found no mail to send waits until it looks again, in milliseconds. */
const MAIL_PAUSE_MS = 1000;

export type Server = {
  url: string;
  /** Does the jobs and sends the mails that are due now; answers how many there were. */
  drainJobs(): Promise<number>;
  /** Takes no more requests, finishes those in flight and the jobs in hand, and closes; within 10 seconds. */
  stop(): Promise<void>;
};

type ServeOptions = {
  worksJobs?: boolean;
  hostname?: string;
  /** Told of each statement that is sent to the database. */
  onStatement?: (text: string) => void;
  /** Hashes passwords for several servers of one process; the caller closes it. Each has its own otherwise. */
  passwords?: Passwords;
};

/**
 * Serves the API, and takes jobs unless `worksJobs` is false. Throws when the port is taken or the database cannot be
 * reached or lacks migrations.
 */
export async function serve(
  config: Config,
  log: Log,
  { worksJobs = true, hostname = "0.0.0.0", ...options }: ServeOptions = {},
): Promise<Server> {
  const { shop, ping, work, drain, takeNoMail, close } = await compose(config, log, options);
  const app = contractApp(shopRoutes({ ...shop, pingDatabase: ping }), {
    publicUrl: config.publicUrl,
    shop: { name: config.email.shopName, frontendUrl: config.frontendUrl },
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    log,
    limits: shop.limits,
    authenticate: (token, operation) => authenticate(shop, token, operation),
    isOutage: isConnectionFailure,
  });
  addDocs(app);
  addMedia(app, { files: shop.files, cdnUrl: config.mediaCdnUrl });
  addMetrics(app, { ...shop, token: config.metricsToken });
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve(
      { port: config.port, hostname, onListen() {} },
      (request, info) => app.fetch(request, info as { remoteAddr: { hostname: string } }),
    );
  } catch (error) {
    await close(STOP.jobs);
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Port ${config.port} is taken. Stop what listens there, or set PORT to another.`, {
      cause: error,
    });
  }
  if (worksJobs) await work();
  return {
    url: `http://localhost:${server.addr.port}`,
    drainJobs: drain,
    async stop() {
      takeNoMail();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, STOP.requests));
      await Promise.race([server.shutdown(), patience]); // what is in flight even then ends with the process
      clearTimeout(timer);
      await close(STOP.jobs);
    },
  };
}

type Queue = Awaited<ReturnType<typeof jobQueue>>;

/**
 * Everything that a process needs, wired. Throws when the database cannot be reached or lacks migrations; then nothing
 * stays open.
 */
async function compose(
  config: Config,
  log: Log,
  { onStatement, passwords }: Pick<ServeOptions, "onStatement" | "passwords"> = {},
) {
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
    return await composeOn(sql, config, log, passwords);
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
}

async function composeOn(sql: Database, config: Config, log: Log, passwords?: Passwords) {
  const queue = await jobQueue(sql, log, { recurring: RECURRING });
  const { shop, release } = await playRoles({ sql, queue, config, log, passwords });
  const handlers = jobHandlers({ ...shop, purgeLimits: () => purgeLimits(sql, shop.clock()) });
  const mailer = mailerOf(config.email);
  let mailing: ReturnType<typeof repeat> | undefined;
  let pinging: Promise<unknown> | null = null;
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
    ping() {
      // One at a time, or those who ask while the database hangs would take all connections.
      pinging ??= sql`select 1`.finally(() => pinging = null);
      const answered = pinging;
      return inTime(READY_MS, () => answered);
    },
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
      await release();
      await sql.end({ timeout: 1 });
    },
  };
}

/** An adapter for each role that the use cases know. `release` ends what some of them hold. */
async function playRoles(
  { sql, queue, config, log, passwords: shared }: {
    sql: Database;
    queue: Queue;
    config: Config;
    log: Log;
    passwords?: Passwords;
  },
) {
  const clock = () => new Date();
  const own = shared ? null : argon2Passwords();
  const passwords = shared ?? own!;
  const pictures = jsquashPictures();
  const receipts = pdfkitReceipts({ issuer: config.receiptIssuer });
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
    ...postgresPorts(sql, {
      onPlaybackLogFailure: (error) =>
        log.error("the access log cannot be written", { error: String(error) }),
    }),
    transaction,
    transliterate,
    shopCurrency: config.shopCurrency,
    disputeDesk: stripeDisputes(config.stripe),
    refundPolicy: config.refundPolicy,
    receipts,
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
    async release() {
      own?.close();
      redis?.close();
      pictures.close();
      receipts.close();
      await shop.playbackLog.close(1000);
    },
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

/** Works jobs until asked to stop. */
async function startWorker(config: Config, log: Log): Promise<{ stop(): Promise<void> }> {
  const { work, close } = await compose(config, log);
  await work();
  return { stop: () => close(STOP.jobsOfWorker) };
}

/** Brings the database's schema, and the job queue's, up to date. Answers the names of the migrations applied. */
export async function migrateDatabase(databaseUrl: string, log: Log): Promise<string[]> {
  const sql = await connect(databaseUrl, {
    max: 2,
    deadlines: { answer: Infinity },
    log: (line) => log.warn(line),
  });
  try {
    const applied = await migrate(sql);
    await migrateJobs(sql);
    return applied;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** What an error that nobody caught does, once it is logged: nothing is to be finished, until `stopOnSignal` says how. */
let endAfterError: () => void = () => Deno.exit(1);

/** From now on, an error that nobody caught is logged, and ends the process; in order, where `stopOnSignal` was called. */
export function watchForErrors(log: Log): void {
  const onError = (event: Event, error: unknown) => {
    event.preventDefault(); // which would be to end at once
    log.error("uncaught error", { error: (error instanceof Error && error.stack) || String(error) });
    endAfterError();
  };
  addEventListener("error", (event) => onError(event, event.error));
  addEventListener("unhandledrejection", (event) => onError(event, event.reason));
}

/**
 * Stops on SIGTERM or SIGINT, then ends the process, by a deadline whatever happens. So does an error that nobody caught, with
 * exit code 1, for those who watch over the process to start another.
 */
export function stopOnSignal(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const end = (code: number) => {
    if (stopping) return;
    stopping = true;
    log.info("stopping");
    setTimeout(() => Deno.exit(1), STOP.deadline);
    stop().then(() => Deno.exit(code), (error) => {
      log.error("stop failed", { error: String(error) });
      Deno.exit(1);
    });
  };
  endAfterError = () => end(1);
  Deno.addSignalListener("SIGTERM", () => end(0));
  Deno.addSignalListener("SIGINT", () => end(0));
}

/** A command on a whole shop, which neither serves nor works jobs meanwhile. */
const onShop = (perform: (typeof shopCommands)[string]): Command => async (args, log) => {
  const { shop, close } = await compose(readConfig(Deno.env.toObject()), log);
  try {
    await perform(shop, args);
  } finally {
    await close(STOP.jobs);
  }
};

/** A command that needs no more than the database. */
const onDatabase =
  (perform: (sql: Database, args: string[]) => Promise<void>): Command => async (args, log) => {
    const databaseUrl = Deno.env.get("DATABASE_URL") ?? DEVELOPMENT_DATABASE_URL;
    const sql = await connect(databaseUrl, { max: 1, log: (line) => log.warn(line) });
    try {
      await perform(sql, args);
    } finally {
      await sql.end({ timeout: 1 });
    }
  };

type Command = (args: string[], log: Log) => Promise<Server | void>;

/** What the command line can ask for, besides serving. */
const COMMANDS: Record<string, Command> = {
  ...Object.fromEntries(Object.entries(shopCommands).map(([name, perform]) => [name, onShop(perform)])),

  async migrate(_args, log) {
    const applied = await migrateDatabase(readConfig(Deno.env.toObject()).databaseUrl, log);
    log.info(applied.length > 0 ? `applied ${applied.join(", ")}` : "the database is up to date");
  },

  user: onDatabase(async (sql, args) => {
    const options = readUserOptions(args);
    const passwords = argon2Passwords();
    try {
      const transaction = postgresTransaction(sql, async () => {}); // files of uploads that end here go with the daily sweep
      const strength = zxcvbnPasswordStrength();
      const user = await saveUser({ transaction, passwords, strength, clock: () => new Date() }, options);
      console.log(`${user.email} (${user.id}) is verified and has this password and role now.`);
    } finally {
      passwords.close();
    }
  }),

  universities: onDatabase(async (sql) => {
    const { default: universities } = await import("./adapters/postgres/universities/universities.json", {
      with: { type: "json" },
    });
    const count = await postgresUniversities(sql).addMissing(universities);
    console.log(`${count} of ${universities.length} universities were missing and are there now.`);
  }),

  categories: onDatabase(async (sql) => {
    const { default: categories } = await import("./adapters/postgres/catalog/categories.json", {
      with: { type: "json" },
    });
    const count = await postgresCategories(sql).addFirst(categories);
    console.log(count > 0 ? `${count} categories were added.` : "There are categories: none was added.");
  }),

  async "set-up-storage"(args) {
    const { values } = parseArgs({ args, options: { apply: { type: "boolean", default: false } } });
    const { changes, faults } = await setUpStorage(readConfig(Deno.env.toObject()), values);
    for (const change of changes) console.log(`${values.apply ? "wrote" : "would write"} ${change}`);
    if (faults.length > 0) throw new Error(faults.join(" "));
    if (changes.length === 0) console.log("The bucket's rules are as they should be.");
    else if (!values.apply) console.log("Nothing was changed: add --apply to do it.");
  },

  async worker(_args, log) {
    const worker = await startWorker(readConfig(Deno.env.toObject()), log);
    stopOnSignal(worker.stop, log);
    log.info("working jobs");
  },
};

const serveUntilSignal: Command = async (_args, log) => {
  const config = readConfig(Deno.env.toObject());
  const server = await serve(config, log, { worksJobs: !isHosted });
  stopOnSignal(server.stop, log);
  if (!config.publicUrl) log.warn("PUBLIC_URL is not set: links in mails lead to localhost");
  log.info("listening", { port: config.port });
  return server;
};

/** Does what the command line asks for; answers the server, where that is to serve. */
async function run([command, ...args]: string[], log: Log): Promise<Server | void> {
  const perform = command === undefined ? serveUntilSignal : COMMANDS[command];
  if (!perform) {
    const known = Object.keys(COMMANDS).join(", ");
    throw new Error(`Unknown command ${command}. Use one of: ${known}, or none to serve.`);
  }
  return await perform(args, log);
}

if (import.meta.main) {
  const log = createLog(Deno.env.get("APP_ENV") === "development" ? "readable" : "json");
  watchForErrors(log);
  const running = run(Deno.args, log).catch((error) => {
    log.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  });
  // On Deno Deploy jobs run by the clock, on the production timeline only. The pre-deploy command has that one too, and must end.
  if (Deno.env.get("DENO_TIMELINE") === "production" && Deno.args.length === 0) {
    Deno.cron("work jobs", "* * * * *", async () => {
      const server = await running;
      await server?.drainJobs();
    });
  }
}
