import type { Jobs } from "../jobs.ts";
import type { Alert, Alerts } from "./ports.ts";

export type AlertStores = { alerts: Alerts; jobs: Jobs };

/**
 * Alerts the operator, once per key until the alert is resolved. Returns false if that was done before. To be called
 * in the transaction of the event itself.
 */
export async function raiseAlert({ alerts, jobs }: AlertStores, alert: Alert): Promise<boolean> {
  const raised = await alerts.raise(alert);
  if (!raised) return false;
  const key = raised.times === 1 ? alert.key : `${alert.key}:again:${raised.times}`;
  await jobs.add({ kind: "send_notice", notice: { kind: "operator_alert", ...alert, key } });
  return true;
}

/**
 * Tells the operator once that the cause of alerts is over, as far as there are any: those with that key, or whose key
 * begins with it and a colon. To be called in the transaction that ends the cause.
 */
export async function resolveAlerts(
  { alerts, jobs }: AlertStores,
  { cause, text }: { cause: string; text: string },
): Promise<void> {
  const resolved = await alerts.resolve(cause);
  if (!resolved) return;
  const { key, subject, times } = resolved;
  await jobs.add({
    kind: "send_notice",
    notice: {
      kind: "operator_alert",
      key: `${key}:resolved:${times}`,
      subject: `Resolved: ${subject}`,
      text,
    },
  });
}
