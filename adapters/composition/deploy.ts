// The entry point on Deno Deploy (`deploy` in deno.json). A request or a tick starts the process, so nothing is loaded or
// asked before it listens that the first of them may not need.
import { DomainError } from "../../domain/errors.ts";
import { readConfig } from "../config/read_config.ts";
import { lazily } from "../../domain/lazily.ts";
import { createLog } from "../log.ts";
import {
  everyMinute,
  finishRequests,
  listen,
  type Respond,
  stopOnSignal,
  watchForErrors,
} from "../deno/process.ts";
import { loadTelemetry } from "../telemetry/telemetry.ts";

/** Seconds after which a tick starts no more jobs; the next one continues. */
const TICK_SECONDS = 50;

const log = createLog("json", undefined, undefined, await loadTelemetry());
watchForErrors(log);

let isLoaded = false;
const shop = lazily(async () => {
  const [{ application }, { assemble }] = await Promise.all([
    import("../../main.ts"),
    import("./compose.ts"),
  ]);
  const process = await assemble(config, log);
  const ready = lazily(async () => {
    await process.prepare(0).catch(refuse);
    process.keepCopiesFresh(); // a tick would do so up to a minute later, and only in production
  });
  isLoaded = true;
  return { process, ready, respond: application(process, config, log, ready) };
});

function refuse(error: unknown): never {
  log.error("not ready", { error: String(error) });
  throw new DomainError("vendor_unavailable", "The shop is unavailable at the moment. Please try again.", {
    retryAfter: 5,
  });
}

let isStopping = false;
everyMinute("work jobs", async () => {
  if (isStopping) return;
  const { process, ready } = await shop();
  await ready();
  await process.drain(TICK_SECONDS);
});

const respond: Respond = async (request, info) => {
  const isFirstPing = !isLoaded && new URL(request.url).pathname === "/health";
  return isFirstPing ? pong() : await (await shop()).respond(request, info);
};

/** Responds like the operation `getHealth`, and loads the shop for the next request. */
function pong(): Response {
  setTimeout(() => shop().catch((error) => log.error("shop not loaded", { error: String(error) })));
  return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
}

function configuration() {
  try {
    return readConfig(Deno.env.toObject());
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}

const config = configuration();
const server = listen(respond, { port: config.port, hostname: "0.0.0.0" });
stopOnSignal(
  async () => {
    isStopping = true;
    await finishRequests(server);
    if (isLoaded) await (await shop()).process[Symbol.asyncDispose]();
  },
  log,
  {
    report(fault) {
      if (isLoaded) shop().then(({ process }) => process.shop.faults.report(fault));
    },
  },
);
if (!config.publicUrl) log.warn("PUBLIC_URL is not set: links in mails lead to localhost");
log.info("listening", { port: config.port });
