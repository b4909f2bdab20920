import type { SmsDelivery } from "../mails/ports.ts";
import type { SmsNumbers, SmsReports } from "./ports.ts";

/** What may have been said before each status. Nothing follows a final one. */
const AFTER: Record<SmsDelivery, SmsDelivery[]> = {
  queued: [],
  sending: ["queued"],
  sent: ["queued", "sending"],
  delivered: ["queued", "sending", "sent"],
  undelivered: ["queued", "sending", "sent"],
  failed: ["queued", "sending", "sent"],
};

/**
 * Records what the vendor reports about an SMS. Reports may come twice and in any order: a status only moves forward.
 * A number that cannot get SMS, or whose owner replied STOP, is marked, unless it was set again since.
 */
export async function recordStatus(
  deps: { smsNumbers: SmsNumbers; smsReports: SmsReports },
  report: { body: string; header: (name: string) => string | null; mailId: string },
): Promise<void> {
  const known = deps.smsReports.verify(report.body, report.header, report.mailId);
  if (!known) return;
  await deps.smsNumbers.noteDelivery(known.status, AFTER[known.status.delivery]);
  if (known.problem) await deps.smsNumbers.mark(known.number, known.problem, report.mailId);
}
