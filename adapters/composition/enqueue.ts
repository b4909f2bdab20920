import { outboxEntryOf } from "../../domain/notifications/kinds.ts";
import type { jobQueue } from "../pgboss/jobs.ts";
import { postgresOutbox } from "../postgres/notifications/outbox.ts";
import type { EnqueueInTransaction } from "../postgres/transaction.ts";

/** Adds notices to the outbox and all other jobs to the queue, in the transaction that causes them. */
export function enqueueIn(
  queue: Pick<ReturnType<typeof jobQueue>, "enqueue">,
): EnqueueInTransaction {
  return async (tx, ...jobs) => {
    const notices = jobs.filter((job) => job.kind === "send_notice");
    await postgresOutbox(tx).add(...notices.map(({ notice }) => outboxEntryOf(notice)));
    await queue.enqueue(tx, ...jobs.filter((job) => job.kind !== "send_notice"));
  };
}
