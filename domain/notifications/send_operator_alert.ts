import { setLetter } from "./letter.ts";
import type { Mailer, Notice } from "./ports.ts";

type Alert = Extract<Notice, { kind: "operator_alert" }>;

/** Mails an alert to those who run the shop. */
export async function sendOperatorAlert(
  deps: { mailer: Mailer; operatorEmail: string },
  alert: Alert,
): Promise<void> {
  const letter = { subject: alert.subject, paragraphs: [alert.text] };
  await deps.mailer.send(setLetter(letter, { to: deps.operatorEmail, key: `operator_alert:${alert.key}` }));
}
