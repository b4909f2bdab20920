import type { Clock } from "../clock.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { INVARIANTS } from "./invariants.ts";
import type { Alert, Alerts, Violations, Watch } from "./ports.ts";
import { raiseAlert } from "./raise_alert.ts";

type Deps = {
  paymentWatch: Watch;
  violations: Violations;
  transaction: Transaction<{ alerts: Alerts; jobs: Jobs }>;
  clock: Clock;
  /** How long the payment provider may be silent while orders are open, in seconds. */
  webhookSilenceSeconds: number;
};

/**
 * Alerts when the payment provider has gone silent while orders are open, when a job has died, and when an invariant is
 * broken; and notes for the gauges what is.
 */
export async function watchPayments(deps: Deps): Promise<void> {
  const now = deps.clock();
  const quietSince = await deps.paymentWatch.quietSince(
    new Date(now.getTime() - deps.webhookSilenceSeconds * 1000),
  );
  const alerts: Alert[] = [];
  if (quietSince) {
    alerts.push({
      key: `silence:${quietSince.toISOString()}`,
      subject: "Stripe is silent",
      text: `No event has come from Stripe since ${quietSince.toISOString()}, while orders are open. ` +
        "Check the webhook's address and secret in Stripe's dashboard.",
    });
  }
  for (const { id, kind, error } of await deps.paymentWatch.deadJobs()) {
    alerts.push({
      key: `dead_job:${id}`,
      subject: `A job was given up: ${kind}`,
      text: `Job ${id} (${kind}) failed too often. Its last error: ${error}`,
    });
  }
  const day = now.toISOString().slice(0, 10);
  const violations = await deps.violations.changed();
  const counts = Object.keys(INVARIANTS).map(Number).map((invariant) => ({
    invariant,
    count: violations.filter((violation) => violation.invariant === invariant).length,
  }));
  await deps.paymentWatch.noteChecks(counts, now);
  const broken = new Set(violations.map(({ invariant }) => invariant));
  broken.delete(5); // of which the alerts above and the dead letters' own tell
  for (const invariant of broken) {
    alerts.push({
      key: `invariant:${invariant}:${day}`,
      subject: "Money and access do not agree",
      text: `Broken: ${INVARIANTS[invariant]}. ` +
        "Run `deno task invariants` for a table, with --repair to mend it.",
    });
  }
  for (const alert of alerts) await deps.transaction((stores) => raiseAlert(stores, alert));
}
