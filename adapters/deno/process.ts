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
 * How long a stop waits for requests in flight, and then for jobs in hand, in milliseconds; a worker, which has no
 * requests, waits for its jobs alone. Together, with a second for the database's connections, below the deadline.
 */
export const STOP = isHosted
  ? { requests: 3000, jobs: 500, jobsOfWorker: 3500, deadline: 4800 }
  : { requests: 6000, jobs: 2500, jobsOfWorker: 8000, deadline: 10_000 };

/** What an uncaught error does after it is logged: nothing needs finishing until `stopOnSignal` says how. */
let endAfterError: () => void = () => Deno.exit(1);

/** Logs uncaught errors from now on, and ends the process; in order if `stopOnSignal` was called. */
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

/** Deno Deploy has it; elsewhere it is behind a flag that nothing here sets. */
const { cron } = Deno as {
  cron?: (name: string, schedule: string, handler: () => Promise<void>) => Promise<void>;
};

/**
 * Does `work` every minute where the runtime has a cron: on Deno Deploy. Call it at the top level of the entry point, before
 * anything is served: Deploy finds what is registered by evaluating that, once per deployment, whatever the timeline.
 * Branches and previews tick as well, so the handler looks at the timeline each time. A tick that is due while another
 * works is skipped; one that fails is not repeated, because the next comes in a minute.
 */
export function everyMinute(name: string, work: () => Promise<void>): void {
  void cron?.(name, "* * * * *", async () => {
    if (Deno.env.get("DENO_TIMELINE") === "production") await work();
  });
}
