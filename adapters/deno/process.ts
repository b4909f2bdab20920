type Log = {
  info(message: string): void;
  error(message: string, fields: Record<string, unknown>): void;
};

/**
 * Whether the process runs on Deno Deploy, which keeps no process between requests, and kills one 5 s after asking it
 * to stop.
 */
export const isHosted = Deno.env.has("DENO_DEPLOYMENT_ID");

/**
 * How long a stop waits for requests in flight, and then for running jobs, in milliseconds. A worker has no requests,
 * and waits for its jobs only. The total, plus a second for the database's connections, is below the deadline.
 */
export const STOP = isHosted
  ? { requests: 3000, jobs: 500, jobsOfWorker: 3500, deadline: 4800 }
  : { requests: 6000, jobs: 2500, jobsOfWorker: 8000, deadline: 10_000 };

/**
 * Called after an uncaught error is logged. Exits at once until `stopOnSignal` is called, because there is nothing to
 * finish before.
 */
let endAfterError: (error: unknown) => void = () => Deno.exit(1);

/** Logs uncaught errors from now on, and ends the process; cleanly if `stopOnSignal` was called. */
export function watchForErrors(log: Log): void {
  const onError = (event: Event, error: unknown) => {
    event.preventDefault(); // which would end the process at once
    log.error("uncaught error", { error: (error instanceof Error && error.stack) || String(error) });
    endAfterError(error);
  };
  addEventListener("error", (event) => onError(event, event.error));
  addEventListener("unhandledrejection", (event) => onError(event, event.reason));
}

/**
 * Stops on SIGTERM or SIGINT, then ends the process, by a deadline in any case. An uncaught error does the same with
 * exit code 1, so that a supervisor restarts the process, and is reported to `faults`, which `stop` waits for.
 */
export function stopOnSignal(
  stop: () => Promise<void>,
  log: Log,
  faults?: { report(fault: { error: unknown }): void },
): void {
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
  endAfterError = (error) => {
    faults?.report({ error });
    end(1);
  };
  Deno.addSignalListener("SIGTERM", () => end(0));
  Deno.addSignalListener("SIGINT", () => end(0));
}

export type Respond = (
  request: Request,
  info: { remoteAddr: { hostname: string } },
) => Response | Promise<Response>;

/** Serves requests. Throws if the port is taken. */
export function listen(
  respond: Respond,
  at: { port: number; hostname: string },
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ ...at, onListen() {} }, (request, info) => respond(request, info));
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
export async function finishRequests(server: Deno.HttpServer): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, STOP.requests));
  await Promise.race([server.shutdown(), patience]);
  clearTimeout(timer);
}

/** Available on Deno Deploy; elsewhere it needs a flag that is not set here. */
const { cron } = Deno as {
  cron?: (name: string, schedule: string, handler: () => Promise<void>) => Promise<void>;
};

/**
 * Runs `work` every minute if the runtime has a cron: on Deno Deploy. Call it at the top level of the entry point,
 * before anything is served: Deploy finds registrations by evaluating that, once per deployment, on every timeline.
 * Branches and previews tick as well, so the handler checks the timeline each time. A tick that is due while another
 * runs is skipped. A failed one is not repeated, because the next follows in a minute.
 */
export function everyMinute(name: string, work: () => Promise<void>): void {
  void cron?.(name, "* * * * *", async () => {
    if (Deno.env.get("DENO_TIMELINE") === "production") await work();
  });
}
