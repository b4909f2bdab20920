import { parseArgs } from "node:util";
import { authenticate } from "./domain/accounts/authenticate.ts";
import { saveUser } from "./domain/accounts/save_user.ts";
import { argon2Passwords } from "./adapters/argon2/passwords.ts";
import { shopCommands } from "./adapters/command_line/shop_commands.ts";
import { readUserOptions } from "./adapters/command_line/user_options.ts";
import type { Config } from "./adapters/config/config.ts";
import { DEVELOPMENT_DATABASE_URL, readConfig } from "./adapters/config/read_config.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { migrateJobs } from "./adapters/pgboss/jobs.ts";
import { postgresCategories } from "./adapters/postgres/catalog/categories.ts";
import { connect, isConnectionFailure } from "./adapters/postgres/connection.ts";
import { migrate } from "./adapters/postgres/migrate.ts";
import type { Database } from "./adapters/postgres/queries.ts";
import { postgresSessions } from "./adapters/postgres/accounts/sessions.ts";
import { postgresUniversities } from "./adapters/postgres/universities/universities.ts";
import { postgresUsers } from "./adapters/postgres/accounts/users.ts";
import { setUpStorage } from "./adapters/r2/setup.ts";
import { zxcvbnPasswordStrength } from "./adapters/zxcvbn/password_strength.ts";
import { compose } from "./compose.ts";
import { contractApp } from "./routes/http/contract_app.ts";
import { addDocs } from "./routes/docs.ts";
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
  const { shop, ping, work, drain, takeNoMail, close } = await compose(config, log, onStatement);
  const app = contractApp(shopRoutes({ ...shop, pingDatabase: ping }), {
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    log,
    authenticate: (token) => authenticate(shop, token),
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

/** Works jobs until asked to stop. */
async function startWorker(config: Config, log: Log): Promise<{ stop(): Promise<void> }> {
  const { work, close } = await compose(config, log);
  await work();
  return { stop: () => close(STOP.jobsOfWorker) };
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

/** Stops on SIGTERM or SIGINT, then ends the process, by a deadline whatever happens. */
export function stopOnSignal(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) return;
    stopping = true;
    log.info("stopping");
    setTimeout(() => Deno.exit(1), STOP.deadline);
    stop().then(() => Deno.exit(0), (error) => {
      log.error("stop failed", { error: String(error) });
      Deno.exit(1);
    });
  };
  Deno.addSignalListener("SIGTERM", onSignal);
  Deno.addSignalListener("SIGINT", onSignal);
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
      const users = postgresUsers(sql);
      const sessions = postgresSessions(sql);
      const strength = zxcvbnPasswordStrength();
      const user = await saveUser({ users, sessions, passwords, strength, clock: () => new Date() }, options);
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
