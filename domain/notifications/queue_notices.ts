import { outboxEntryOf } from "./kinds.ts";
import type { Channel, Outbox, OutboxEntry } from "./mails/ports.ts";
import type { Notice } from "./ports.ts";
import type { SmsNumbers, SmsTopic } from "./sms/ports.ts";

/** The channels besides mail: those of alerts, and whether people get SMS. */
export type Channels = { ofAlerts: Channel[]; textsPeople: boolean };

/** Puts notices into the outbox, in the transaction that causes them: for mail, and for what else is wanted. */
export async function queueNotices(
  { outbox, smsNumbers }: { outbox: Outbox; smsNumbers: SmsNumbers },
  { ofAlerts, textsPeople }: Channels,
  notices: Notice[],
): Promise<void> {
  const texts = textsPeople ? notices.flatMap(textOf) : [];
  const wished = texts.length > 0 ? await smsNumbers.wishes(texts) : new Set<string>();
  await outbox.add(
    ...notices.map((notice) => outboxEntryOf(notice)),
    ...texts.filter(({ id }) => wished.has(id)).map(({ entry }) => entry),
    ...notices.filter(({ kind }) => kind === "operator_alert")
      .flatMap((alert) => ofAlerts.map((channel) => outboxEntryOf(alert, channel))),
  );
}

function textOf(notice: Notice): { topic: SmsTopic; id: string; entry: OutboxEntry }[] {
  switch (notice.kind) {
    case "access_ending":
      return [{ topic: notice.kind, id: notice.grantId, entry: outboxEntryOf(notice, "sms") }];
    case "payment_failed":
      return [{ topic: notice.kind, id: notice.orderId, entry: outboxEntryOf(notice, "sms") }];
    default:
      return [];
  }
}
