import type { Job as QueueJob, JobResult } from "pg-boss";
import type { JobHandlers, QueuedJob, RecurringJob } from "../../domain/jobs.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Observer } from "../../domain/operations/ports.ts";
import type { Database, DatabaseTransaction } from "../postgres/queries.ts";

const QUEUE = "jobs";
const DEAD_LETTERS = "dead_jobs";
/** Nine attempts over about 40 minutes, with 10 s, 20 s, 40 s … between them. */
const RETRIES = {
  retryLimit: 8,
  retryDelay: 10,
  retryBackoff: true,
  retryDelayMax: 1200,
  expireInSeconds: 120,
};

/**
 * Jobs run concurrently per process; kept low so that requests get most of the database connections. They are claimed
 * in pairs, so that a long job delays only one other.
 */
const JOB_CONCURRENCY = { workers: 2, each: 2 };
/** Seconds after which a job counts as failed, before the queue would give up all jobs claimed with it. */
const LONGEST_SECONDS = 100;

/** How often a working process checks for due recurring jobs, in milliseconds. */
const TICK_MS = 30_000;

/** The library is loaded by the first that needs the queue, because it takes a tenth of a server's start. */
const library = () => import("pg-boss");

type Log = { error(message: string, fields: Record<string, unknown>): void };

/** Creates or upgrades the queue's own schema and the queues in it. Repeating it is harmless. */
export async function migrateJobs(sql: Database): Promise<void> {
  const { fromBunSql, PgBoss } = await library();
  const boss = new PgBoss({ db: fromBunSql(sql), supervise: false, schedule: false });
  await boss.start();
  await boss.createQueue(DEAD_LETTERS);
  await boss.createQueue(QUEUE, { ...RETRIES, deadLetter: DEAD_LETTERS });
  await boss.stop({ graceful: false, close: false });
}

/**
 * Creates a job queue in PostgreSQL (pg-boss), which must be migrated. It opens when it is first used. A job that
 * keeps failing becomes a dead letter.
 */
export function jobQueue(
  sql: Database,
  log: Log,
  options: {
    pollingSeconds?: number;
    longestSeconds?: number;
    recurring?: RecurringJob[];
    /** Sees every attempt of a job. */
    observer?: Observer | null;
  } = {},
) {
  const { pollingSeconds = 2, longestSeconds = LONGEST_SECONDS, recurring = [], observer } = options;
  let isOpen = false;
  const opened = lazily(async () => {
    const { fromBunSql, PgBoss } = await library();
    const boss = new PgBoss({ db: fromBunSql(sql), migrate: false, createSchema: false, schedule: false });
    boss.on("error", (error) => log.error("job queue failed", { error: error.message || String(error) }));
    await boss.start();
    await boss.getQueue(QUEUE); // which the library then remembers
    isOpen = true;
    return { boss, fromBunSql };
  });
  let ticking: ReturnType<typeof setInterval> | undefined;
  let isStopped = false;

  /** Enqueues the recurring jobs that are due, in one statement; the queue accepts one per time slot from all processes. */
  async function tick(): Promise<void> {
    const { boss } = await opened();
    if (recurring.length === 0) return;
    await boss.insert(
      QUEUE,
      recurring.map(({ job, everySeconds }) => ({
        data: job,
        singletonKey: job.kind,
        singletonSeconds: everySeconds,
      })),
    );
  }

  return {
    /** Opens the queue. A transaction waits for this before it begins, or it would need a second connection. */
    async open(): Promise<void> {
      await opened();
    },

    /** Enqueues the jobs as part of the caller's transaction, in one statement. */
    async enqueue(tx: DatabaseTransaction, ...jobs: QueuedJob[]): Promise<void> {
      if (jobs.length === 0) return;
      const { boss, fromBunSql } = await opened();
      const client = {
        unsafe: (text: string, values?: unknown[]) => tx.unsafe(text, values as never[]),
        reserve: () => Promise.reject(new Error("a transaction cannot reserve a connection")),
      };
      await boss.insert(QUEUE, jobs.map((data) => ({ data })), { db: fromBunSql(client) });
    },

    /** Works jobs as they arrive, without pauses while there are many, until `stop`. */
    async work(handlers: JobHandlers): Promise<void> {
      const tickOrLog = () =>
        tick().catch((error) => log.error("recurring jobs not enqueued", { error: String(error) }));
      const { boss } = await opened();
      await tickOrLog();
      ticking = setInterval(tickOrLog, TICK_MS);
      await boss.work<QueuedJob>(
        QUEUE,
        {
          pollingIntervalSeconds: pollingSeconds,
          localConcurrency: JOB_CONCURRENCY.workers,
          batchSize: JOB_CONCURRENCY.each,
          burstWhenBatchFull: true,
          perJobResults: true,
        },
        (jobs) => Promise.all(jobs.map((job) => outcomeOf(handlers, job))),
      );
    },

    /**
     * Runs the jobs that are due and returns how many, for the tick of a hosted runtime that keeps no process. Starts no
     * more once its time is over, or after `stop`.
     */
    async drain(handlers: JobHandlers, isOver = () => false): Promise<number> {
      await tick();
      const { boss } = await opened();
      for (let count = 0;; count++) {
        if (isStopped || isOver()) return count;
        const [job] = await boss.fetch<QueuedJob>(QUEUE, { batchSize: 1 });
        if (!job) return count;
        const { status, output } = await outcomeOf(handlers, job);
        if (status === "completed") await boss.complete(QUEUE, job.id);
        else await boss.fail(QUEUE, job.id, output);
      }
    },

    /** Claims no further jobs and waits up to `timeoutMs` for the running ones. */
    async stop(timeoutMs = 5000): Promise<void> {
      isStopped = true;
      clearInterval(ticking);
      if (!isOpen) return;
      const { boss } = await opened();
      await boss.stop({ graceful: true, close: false, timeout: timeoutMs });
    },
  };

  /** Returns the result of one job. A failure does not affect jobs claimed with it. */
  async function outcomeOf(handlers: JobHandlers, { id, data }: QueueJob<QueuedJob>): Promise<JobResult> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const error = new Error(`the job took longer than ${longestSeconds} s`);
      timer = setTimeout(() => reject(error), longestSeconds * 1000);
    });
    try {
      await run(handlers, data, id, late);
      return { id, status: "completed" };
    } catch (error) {
      return {
        id,
        status: "failed",
        output: { message: String(error), stack: (error as Error | undefined)?.stack },
      };
    } finally {
      clearTimeout(timer);
    }
  }

  async function run(handlers: JobHandlers, job: QueuedJob, id: string, late: Promise<never>) {
    try {
      const attempt = () =>
        Promise.race([(handlers[job.kind] as (job: QueuedJob) => Promise<void>)(job), late]);
      await (observer?.during({ type: "job", kind: job.kind }, attempt) ?? attempt());
    } catch (error) {
      log.error("job failed", { job: job.kind, jobId: id, error: String(error) });
      throw error;
    }
  }
}
