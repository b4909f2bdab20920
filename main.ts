import { parseArgs } from "node:util";
import { normaliseEmail } from "./domain/accounts/email_address.ts";
import { ROLE } from "./domain/accounts/ports.ts";
import { purgeSessions } from "./domain/accounts/purge_sessions.ts";
import type { RecurringJob } from "./domain/jobs.ts";
import { sendNotice } from "./domain/notifications/send_notice.ts";
import { deviceName } from "./adapters/bowser/device_name.ts";
import { argon2Passwords } from "./adapters/argon2/passwords.ts";
import { type Config, DEVELOPMENT_DATABASE_URL, readConfig } from "./adapters/config.ts";
import { jsquashPictures } from "./adapters/jsquash/pictures.ts";
import { joseTokens } from "./adapters/jose/tokens.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { type JobHandlers, jobQueue, migrateJobs } from "./adapters/pgboss/jobs.ts";
import { postgresAuthoring } from "./adapters/postgres/authoring.ts";
import { postgresCatalogue } from "./adapters/postgres/catalogue.ts";
import { connect, isConnectionFailure } from "./adapters/postgres/connection.ts";
import { postgresLessons, postgresPlaybackLog } from "./adapters/postgres/lessons.ts";
import { migrate, pendingMigrations } from "./adapters/postgres/migrate.ts";
import { postgresOrderHistory } from "./adapters/postgres/orders.ts";
import { postgresTransaction } from "./adapters/postgres/transaction.ts";
import { postgresSessions } from "./adapters/postgres/sessions.ts";
import { postgresUsers } from "./adapters/postgres/users.ts";
import { postgresLimits, purgeLimits, redisLimits } from "./adapters/rate_limiter/limits.ts";
import { r2Files } from "./adapters/r2/files.ts";
import { smtpMailer } from "./adapters/smtp/mailer.ts";
import { stripeEvents } from "./adapters/stripe/events.ts";
import { stripePayments } from "./adapters/stripe/payments.ts";
import { vdocipherVideos } from "./adapters/vdocipher/videos.ts";
import { zxcvbnPasswordStrength } from "./adapters/zxcvbn/password_strength.ts";
import { accountRoutes } from "./routes/accounts.ts";
import { authoringRoutes } from "./routes/authoring.ts";
import { catalogRoutes } from "./routes/catalog.ts";
import { categoryRoutes } from "./routes/categories.ts";
import { checkoutRoutes } from "./routes/checkout.ts";
import { contractApp } from "./routes/contract_app.ts";
import { addDocs } from "./routes/docs.ts";
import { healthRoutes } from "./routes/health.ts";
import { lessonRoutes } from "./routes/lessons.ts";
import { addMedia } from "./routes/media.ts";
import { passwordRoutes } from "./routes/passwords.ts";
import { sessionRoutes } from "./routes/sessions.ts";

/** How long a stop waits for requests in flight, and then for jobs in hand, in milliseconds. Together below 10 s. */
const STOP = { requests: 6000, jobs: 3000 };

/** What comes again and again, with the jobs of `compose`. */
const RECURRING: RecurringJob[] = [
  { job: { kind: "purge_sessions" }, everySeconds: 24 * 3600 },
  { job: { kind: "purge_limits" }, everySeconds: 3600 },
];

/** Everything that a process needs, wired. Throws when the database cannot be reached or lacks migrations. */
async function compose(config: Config, log: Log, onStatement?: (text: string) => void) {
  const sql = await connect(config.databaseUrl, { log: (line) => log.warn(line), onStatement });
  const pending = await pendingMigrations(sql);
  if (pending.length > 0) {
    await sql.end();
    throw new Error(`The database lacks ${pending.join(", ")}. Run \`deno task migrate\` first.`);
  }
  const queue = await jobQueue(sql, log, { recurring: RECURRING });
  const clock = () => new Date();
  const passwords = argon2Passwords();
  const tokens = joseTokens(config.jwtSecrets);
  const pictures = jsquashPictures();
  const mailer = smtpMailer(config.email);
  const users = postgresUsers(sql);
  const sessions = postgresSessions(sql);
  const redis = config.redisUrl ? await redisLimits(config.redisUrl, config.limits, log) : null;
  const orderHistory = postgresOrderHistory(sql);
  const { frontendUrl } = config;
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
  const shop = {
    transaction: postgresTransaction(sql, queue.enqueue),
    users,
    sessions,
    catalogue: postgresCatalogue(sql),
    authoring: postgresAuthoring(sql),
    orderHistory,
    lessons: postgresLessons(sql),
    playbackLog: postgresPlaybackLog(sql),
    passwords,
    strength: zxcvbnPasswordStrength(),
    limits: redis ?? postgresLimits(sql, config.limits),
    deviceName,
    tokens,
    payments: stripePayments({ ...config.stripe, frontendUrl }),
    paymentEvents: stripeEvents({
      webhookSecrets: config.stripe.webhookSecrets,
      livemode: !config.stripe.secretKey.includes("_test_"),
    }),
    videos: vdocipherVideos(config.video),
    files: r2Files(config.r2),
    pictures,
    newName: () => crypto.randomUUID(),
    clock,
    frontendUrl,
    log,
  };
  const jobHandlers: JobHandlers = {
    send_notice: ({ notice }) =>
      sendNotice(
        { users, sessions, orders: orderHistory, tokens, mailer, publicUrl, frontendUrl, clock },
        notice,
      ),
    purge_sessions: () => purgeSessions(shop),
    purge_limits: () => purgeLimits(sql, clock()),
  };
  return {
    shop,
    queue,
    ping: () => sql`select 1`,
    jobHandlers,
    async close() {
      await queue.stop(STOP.jobs);
      passwords.close();
      redis?.close();
      pictures.close();
      await sql.end({ timeout: 1 });
    },
  };
}

export type Server = {
  url: string;
  /** Runs the jobs that are due now and answers how many there were. */
  drainJobs(): Promise<number>;
  /** Takes no more requests, finishes those in flight and the jobs in hand, and closes; within 10 seconds. */
  stop(): Promise<void>;
};

type ServeOptions = {
  worksJobs?: boolean;
  hostname?: string;
  /** Told of each statement that is sent to the database. */
  onStatement?: (text: string) => void;
};

/**
 * Serves the API, and takes jobs unless `worksJobs` is false. Throws when the port is taken or the database cannot be
 * reached or lacks migrations.
 */
export async function serve(
  config: Config,
  log: Log,
  { worksJobs = true, hostname = "0.0.0.0", onStatement }: ServeOptions = {},
): Promise<Server> {
  const { shop, queue, jobHandlers, ping, close } = await compose(config, log, onStatement);
  const app = contractApp({
    ...accountRoutes(shop),
    ...passwordRoutes(shop),
    ...sessionRoutes(shop),
    ...catalogRoutes(shop),
    ...categoryRoutes(shop),
    ...authoringRoutes(shop),
    ...checkoutRoutes(shop),
    ...lessonRoutes(shop),
    ...healthRoutes({ pingDatabase: ping }),
  }, {
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    log,
    authenticate: (token) => shop.tokens.readAccess(token),
    isOutage: isConnectionFailure,
  });
  addDocs(app);
  addMedia(app, shop.files);
  const impatience = new AbortController();
  const server = listen(
    config.port,
    () =>
      Deno.serve(
        { port: config.port, hostname, signal: impatience.signal, onListen() {} },
        (request, info) => app.fetch(request, info as { remoteAddr: { hostname: string } }),
      ),
  );
  if (worksJobs) await queue.work(jobHandlers);
  return {
    url: `http://localhost:${server.addr.port}`,
    drainJobs: () => queue.drain(jobHandlers),
    async stop() {
      const timer = setTimeout(() => impatience.abort(), STOP.requests);
      await server.shutdown();
      clearTimeout(timer);
      await close();
    },
  };
}

function listen<Listening>(port: number, start: () => Listening): Listening {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Port ${port} is taken. Stop what listens there, or set PORT to another.`, {
      cause: error,
    });
  }
}

/** Works jobs until asked to stop. */
async function work(config: Config, log: Log): Promise<{ stop(): Promise<void> }> {
  const { queue, jobHandlers, close } = await compose(config, log);
  await queue.work(jobHandlers);
  return { stop: close };
}

/** Brings the database's schema, and the job queue's, up to date. Answers the names of the migrations applied. */
export async function migrateDatabase(databaseUrl: string, log: Log): Promise<string[]> {
  const sql = await connect(databaseUrl, { max: 2, log: (line) => log.warn(line) });
  try {
    const applied = await migrate(sql);
    await migrateJobs(sql);
    return applied;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Creates an account or gives the existing one this password and role; verified either way. */
async function saveUser(databaseUrl: string, log: Log, args: string[]): Promise<string> {
  const { values } = parseArgs({
    args,
    options: { email: { type: "string" }, password: { type: "string" }, role: { type: "string" } },
  });
  const { email, password, role } = values;
  const roles = { admin: ROLE.admin, tutor: ROLE.tutor, student: ROLE.student };
  if (!email?.includes("@") || !password || password.length < 8 || !role || !(role in roles)) {
    throw new Error(
      "Usage: deno task user --email <address> --password <8 characters or more> --role admin|tutor|student",
    );
  }
  const sql = await connect(databaseUrl, { max: 1, log: (line) => log.warn(line) });
  const passwords = argon2Passwords();
  try {
    const user = await postgresUsers(sql).upsertVerified({
      email: normaliseEmail(email),
      passwordHash: await passwords.hash(password),
      firstName: "",
      lastName: "",
      role: roles[role as keyof typeof roles],
    });
    return `${user.email} is now a verified ${role} (${user.id}).`;
  } finally {
    passwords.close();
    await sql.end({ timeout: 1 });
  }
}

/** Stops on SIGTERM or SIGINT, then ends the process, by a deadline whatever happens. */
export function stopOnSignal(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) return;
    stopping = true;
    log.info("stopping");
    setTimeout(() => Deno.exit(1), 10_000);
    stop().then(() => Deno.exit(0), (error) => {
      log.error("stop failed", { error: String(error) });
      Deno.exit(1);
    });
  };
  Deno.addSignalListener("SIGTERM", onSignal);
  Deno.addSignalListener("SIGINT", onSignal);
}

type Command = (args: string[], log: Log) => Promise<Server | void>;

/** What the command line can ask for, besides serving. */
const COMMANDS: Record<string, Command> = {
  async migrate(_args, log) {
    const applied = await migrateDatabase(readConfig(Deno.env.toObject()).databaseUrl, log);
    log.info(applied.length > 0 ? `applied ${applied.join(", ")}` : "the database is up to date");
  },

  async user(args, log) {
    const databaseUrl = Deno.env.get("DATABASE_URL") ?? DEVELOPMENT_DATABASE_URL;
    console.log(await saveUser(databaseUrl, log, args));
  },

  async worker(_args, log) {
    const worker = await work(readConfig(Deno.env.toObject()), log);
    stopOnSignal(worker.stop, log);
    log.info("working jobs");
  },
};

const serveUntilSignal: Command = async (_args, log) => {
  const config = readConfig(Deno.env.toObject());
  const server = await serve(config, log, { worksJobs: !Deno.env.has("DENO_DEPLOYMENT_ID") });
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
  const running = run(Deno.args, log).catch((error) => {
    log.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  });
  // A hosted runtime keeps no process between requests: there, jobs run by the clock, on the production timeline only.
  if (Deno.env.get("DENO_TIMELINE") === "production") {
    Deno.cron("work jobs", "* * * * *", async () => {
      const server = await running;
      await server?.drainJobs();
    });
  }
}
