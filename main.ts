import { authenticate } from "./domain/accounts/authenticate.ts";
import { useKey } from "./domain/api_keys/use_key.ts";
import type { Faults } from "./domain/operations/ports.ts";
import { type assemble, compose, type ComposeOptions } from "./adapters/composition/compose.ts";
import type { Config } from "./adapters/config/config.ts";
import { readConfig } from "./adapters/config/read_config.ts";
import {
  finishRequests,
  listen,
  type Respond,
  STOP,
  stopOnSignal,
  watchForErrors,
} from "./adapters/deno/process.ts";
import { createLog, type Log } from "./adapters/log.ts";
import { isConnectionFailure } from "./adapters/postgres/connection.ts";
import { loadTelemetry } from "./adapters/telemetry/telemetry.ts";
import { addDocs } from "./routes/docs.ts";
import { contractApp } from "./routes/http/contract_app.ts";
import { addMedia } from "./routes/media/files.ts";
import { addMetrics } from "./routes/operations/metrics.ts";
import { shopRoutes } from "./routes/shop_routes.ts";

type Process = Awaited<ReturnType<typeof assemble>>;

export type Server = {
  url: string;
  /**
   * Purges the edge, runs the jobs and sends the mails that are due, and starts none after the given seconds. Returns how
   * many jobs and mails there were.
   */
  drainJobs(seconds?: number): Promise<number>;
  /** Is told of errors that nobody foresaw. */
  faults: Faults;
  /** Stops accepting requests, finishes those in flight and the running jobs, and closes, within 10 seconds. */
  stop(): Promise<void>;
};

type ServeOptions = Omit<ComposeOptions, "stopMs"> & { worksJobs?: boolean; hostname?: string };

/**
 * Serves the API, and works jobs unless `worksJobs` is false. Throws, leaving nothing open, if the port is taken, or
 * the database cannot be reached or lacks migrations.
 */
export async function serve(
  config: Config,
  log: Log,
  { worksJobs = true, hostname = "0.0.0.0", ...options }: ServeOptions = {},
): Promise<Server> {
  await using parts = new AsyncDisposableStack();
  const process = parts.use(await compose(config, log, options));
  const server = listen(application(process, config, log), { port: config.port, hostname });
  parts.defer(() => finishRequests(server));
  parts.defer(process.takeNoMail);
  if (worksJobs) await process.work();
  const open = parts.move();
  return {
    url: `http://localhost:${server.addr.port}`,
    drainJobs: process.drain,
    faults: process.shop.faults,
    stop: () => open.disposeAsync(),
  };
}

/**
 * Creates the app with the contract's operations and the other paths. Operations that need the database wait for
 * `ready`.
 */
export function application(
  { shop, metrics, observer, ping }: Process,
  config: Config,
  log: Log,
  ready: () => Promise<void> = () => Promise.resolve(),
): Respond {
  const pingDatabase = async () => {
    await ready();
    await ping();
  };
  const app = contractApp(shopRoutes({ ...shop, pingDatabase }), {
    publicUrl: config.publicUrl,
    shop: { name: config.email.shopName, frontendUrl: config.frontendUrl },
    trustedProxies: config.trustedProxies,
    edgeSeconds: config.edge.seconds,
    corsOrigins: config.corsOrigins,
    log,
    observer,
    limits: shop.limits,
    authenticate: (token, operation) => authenticate(shop, token, operation),
    useKey: (secret, scope) => useKey(shop, secret, scope),
    isOutage: isConnectionFailure,
    faults: shop.faults,
    ready,
  });
  addDocs(app);
  addMedia(app, { files: shop.files, cdnUrl: config.mediaCdnUrl });
  if (config.metricsToken !== null && metrics) {
    const exposition = () => ready().then(metrics.exposition);
    addMetrics(app, { token: config.metricsToken, exposition });
  }
  return app.fetch;
}

async function serveUntilSignal(log: Log): Promise<void> {
  const config = readConfig(Deno.env.toObject());
  const server = await serve(config, log);
  stopOnSignal(server.stop, log, server.faults);
  if (!config.publicUrl) log.warn("PUBLIC_URL is not set: links in mails lead to localhost");
  log.info("listening", { port: config.port });
}

async function workUntilSignal(log: Log): Promise<void> {
  const process = await compose(readConfig(Deno.env.toObject()), log, { stopMs: STOP.jobsOfWorker });
  await process.work();
  stopOnSignal(() => process[Symbol.asyncDispose](), log, process.shop.faults);
  log.info("working jobs");
}

/** Runs the command line. Resolves once a server listens, or a worker works, or the command is done. */
async function run([command, ...args]: string[], log: Log): Promise<void> {
  if (command === undefined) return await serveUntilSignal(log);
  if (command === "worker") return await workUntilSignal(log);
  const { commands } = await import("./adapters/composition/commands.ts");
  const perform = commands[command];
  if (perform) {
    await perform(args, log);
    Deno.exit(); // whatever a library left open
  }
  const known = ["worker", ...Object.keys(commands)].join(", ");
  throw new Error(`Unknown command ${command}. Use one of: ${known}, or none to serve.`);
}

if (import.meta.main) {
  const telemetry = await loadTelemetry();
  const format = Deno.env.get("APP_ENV") === "development" ? "readable" : "json";
  const log = createLog(format, undefined, undefined, telemetry);
  watchForErrors(log);
  run(Deno.args, log).catch((error) => {
    log.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  });
}
