import { authenticate } from "./domain/accounts/authenticate.ts";
import { commands } from "./adapters/composition/commands.ts";
import { compose, type ComposeOptions } from "./adapters/composition/compose.ts";
import type { Config } from "./adapters/config/config.ts";
import { readConfig } from "./adapters/config/read_config.ts";
import { everyMinute, isHosted, STOP, stopOnSignal, watchForErrors } from "./adapters/deno/process.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { isConnectionFailure } from "./adapters/postgres/connection.ts";
import { addDocs } from "./routes/docs.ts";
import { contractApp } from "./routes/http/contract_app.ts";
import { addMedia } from "./routes/media/files.ts";
import { addMetrics } from "./routes/operations/metrics.ts";
import { shopRoutes } from "./routes/shop_routes.ts";

/** Seconds after which a tick starts no more jobs; the next one continues. */
const TICK_SECONDS = 50;

type Process = Awaited<ReturnType<typeof compose>>;

export type Server = {
  url: string;
  /**
   * Purges the edge, runs the jobs and sends the mails that are due, and starts none after the given seconds. Returns how
   * many jobs and mails there were.
   */
  drainJobs(seconds?: number): Promise<number>;
  /** Stops accepting requests, finishes those in flight and the running jobs, and closes, within 10 seconds. */
  stop(): Promise<void>;
};

type ServeOptions = Omit<ComposeOptions, "stopMs"> & {
  worksJobs?: boolean;
  /** Whether it purges the edge as changes are noted. By default if it works jobs. */
  purges?: boolean;
  hostname?: string;
};

/**
 * Serves the API, and works jobs unless `worksJobs` is false. Throws, leaving nothing open, if the port is taken, or
 * the database cannot be reached or lacks migrations.
 */
export async function serve(
  config: Config,
  log: Log,
  { worksJobs = true, purges = worksJobs, hostname = "0.0.0.0", ...options }: ServeOptions = {},
): Promise<Server> {
  await using parts = new AsyncDisposableStack();
  const process = parts.use(await compose(config, log, options));
  const server = listen(application(process, config, log), { port: config.port, hostname });
  parts.defer(() => finishRequests(server));
  parts.defer(process.takeNoMail);
  if (worksJobs) await process.work();
  if (purges) process.purge();
  const open = parts.move();
  return {
    url: `http://localhost:${server.addr.port}`,
    drainJobs: process.drain,
    stop: () => open.disposeAsync(),
  };
}

type Fetch = (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>;

/** Creates the app with the contract's operations and the other paths. */
function application({ shop, ping }: Process, config: Config, log: Log): Fetch {
  const app = contractApp(shopRoutes({ ...shop, pingDatabase: ping }), {
    publicUrl: config.publicUrl,
    shop: { name: config.email.shopName, frontendUrl: config.frontendUrl },
    trustedProxies: config.trustedProxies,
    edgeSeconds: config.edge.seconds,
    corsOrigins: config.corsOrigins,
    log,
    limits: shop.limits,
    authenticate: (token, operation) => authenticate(shop, token, operation),
    isOutage: isConnectionFailure,
  });
  addDocs(app);
  addMedia(app, { files: shop.files, cdnUrl: config.mediaCdnUrl });
  addMetrics(app, { ...shop, token: config.metricsToken });
  return app.fetch;
}

function listen(fetch: Fetch, at: { port: number; hostname: string }): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ ...at, onListen() {} }, (request, info) => fetch(request, info));
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `Port ${at.port} is taken. Stop the program that listens there, or set PORT to another port.`,
      {
        cause: error,
      },
    );
  }
}

/** Stops accepting requests and waits for those in flight. Requests that take too long end with the process. */
async function finishRequests(server: Deno.HttpServer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, STOP.requests));
  await Promise.race([server.shutdown(), patience]);
  clearTimeout(timer);
}

async function serveUntilSignal(log: Log): Promise<Server> {
  const config = readConfig(Deno.env.toObject());
  const server = await serve(config, log, { worksJobs: !isHosted, purges: true });
  stopOnSignal(server.stop, log);
  if (!config.publicUrl) log.warn("PUBLIC_URL is not set: links in mails lead to localhost");
  log.info("listening", { port: config.port });
  return server;
}

async function workUntilSignal(log: Log): Promise<void> {
  const process = await compose(readConfig(Deno.env.toObject()), log, { stopMs: STOP.jobsOfWorker });
  await process.work();
  process.purge();
  stopOnSignal(() => process[Symbol.asyncDispose](), log);
  log.info("working jobs");
}

/** Runs the command line. Returns the server if the command is to serve. */
async function run([command, ...args]: string[], log: Log): Promise<Server | void> {
  if (command === undefined) return await serveUntilSignal(log);
  if (command === "worker") return await workUntilSignal(log);
  const perform = commands[command];
  if (perform) {
    await perform(args, log);
    Deno.exit(); // a cron would keep the process
  }
  const known = ["worker", ...Object.keys(commands)].join(", ");
  throw new Error(`Unknown command ${command}. Use one of: ${known}, or none to serve.`);
}

let running: Promise<Server | void> | undefined;
everyMinute("work jobs", async () => void await (await running)?.drainJobs(TICK_SECONDS));

if (import.meta.main) {
  const log = createLog(Deno.env.get("APP_ENV") === "development" ? "readable" : "json");
  watchForErrors(log);
  running = run(Deno.args, log).catch((error) => {
    log.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  });
}
