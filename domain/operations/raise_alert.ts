import type { Jobs } from "../jobs.ts";
import type { Alert, Alerts } from "./ports.ts";

/**
 * Alerts the operator, once per key. Returns false if that was done before. To be called in the transaction of the
 * event itself.
 */
export async function raiseAlert(stores: { alerts: Alerts; jobs: Jobs }, alert: Alert): Promise<boolean> {
  if (!(await stores.alerts.raise(alert))) return false;
  await stores.jobs.add({ kind: "send_notice", notice: { kind: "operator_alert", ...alert } });
  return true;
}
