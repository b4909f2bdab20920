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
let endAfterError: () => void = () => Deno.exit(1);

/** Logs uncaught errors from now on, and ends the process; cleanly if `stopOnSignal` was called. */
export function watchForErrors(log: Log): void {
  const onError = (event: Event, error: unknown) => {
    event.preventDefault(); // which would end the process at once
    log.error("uncaught error", { error: (error instanceof Error && error.stack) || String(error) });
    endAfterError();
  };
  addEventListener("error", (event) => onError(event, event.error));
  addEventListener("unhandledrejection", (event) => onError(event, event.reason));
}

/**
 * Stops on SIGTERM or SIGINT, then ends the process, by a deadline in any case. An uncaught error does the same with
 * exit code 1, so that a supervisor restarts the process.
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

/**
 * Runs `work` every minute if the runtime keeps no process: on Deno Deploy, on the production timeline only, and not
 * in its pre-deploy command, which is on that timeline too and must end.
 */
export function everyMinuteWhereHosted(name: string, work: () => Promise<void>): void {
  if (Deno.env.get("DENO_TIMELINE") !== "production" || Deno.args.length > 0) return;
  Deno.cron(name, "* * * * *", work);
}
