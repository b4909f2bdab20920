import type { Clock } from "../clock.ts";
import { deliverDue } from "../notifications/mails/deliver_due.ts";
import type { Outbox } from "../notifications/mails/ports.ts";
import type { NoticeOf } from "../notifications/ports.ts";
import type { AlertWebhook } from "./ports.ts";

type Log = { warn(message: string, fields: Record<string, unknown>): void };
type Deps = { outbox: Outbox; alertWebhook: AlertWebhook; clock: Clock; log: Log };

/** Posts due alerts to the operator's webhook, up to one round. Returns how many it claimed. */
export async function postAlerts({ alertWebhook, ...deps }: Deps): Promise<number> {
  return await deliverDue<NoticeOf<"operator_alert">>(
    deps,
    {
      channel: "webhook",
      limits: { perDay: null, bulkPerMinute: null },
      handOvers: () => Infinity, // a lost alert is worse than one that is shown twice
    },
    (mail) =>
      alertWebhook.post(
        mail.notice,
        () => deps.outbox.handOver(mail, { email: "the webhook", userId: null }, deps.clock()),
      ),
  );
}
