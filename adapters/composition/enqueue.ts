import { type Channels, queueNotices } from "../../domain/notifications/queue_notices.ts";
import type { Config } from "../config/config.ts";
import type { jobQueue } from "../pgboss/jobs.ts";
import { postgresOutbox } from "../postgres/notifications/outbox.ts";
import { postgresSmsNumbers } from "../postgres/notifications/sms_numbers.ts";
import type { EnqueueInTransaction } from "../postgres/transaction.ts";

const MAIL_ONLY: Channels = { ofAlerts: [], textsPeople: false };

/** Adds notices to the outbox and all other jobs to the queue, in the transaction that causes them. */
export function enqueueIn(
  queue: Pick<ReturnType<typeof jobQueue>, "enqueue">,
  channels = MAIL_ONLY,
): EnqueueInTransaction {
  return async (tx, ...jobs) => {
    const notices = jobs.flatMap((job) => job.kind === "send_notice" ? [job.notice] : []);
    const stores = { outbox: postgresOutbox(tx), smsNumbers: postgresSmsNumbers(tx) };
    await queueNotices(stores, channels, notices);
    await queue.enqueue(tx, ...jobs.filter((job) => job.kind !== "send_notice"));
  };
}

/** Returns the configured channels besides mail. */
export const channelsOf = ({ sms, alerts }: Pick<Config, "sms" | "alerts">): Channels => ({
  ofAlerts: [...(alerts.smsTo ? ["sms" as const] : []), ...(alerts.webhookUrl ? ["webhook" as const] : [])],
  textsPeople: sms !== null,
});
