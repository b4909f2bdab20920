import type { Clock } from "../clock.ts";
import type { Transaction } from "../transaction.ts";
import { INVARIANTS } from "./invariants.ts";
import type { Alert, Fault, Faults, Violations, Watch } from "./ports.ts";
import { type AlertStores, raiseAlert, resolveAlerts } from "./raise_alert.ts";

type Deps = {
  paymentWatch: Watch;
  violations: Violations;
  transaction: Transaction<AlertStores>;
  clock: Clock;
  faults: Faults;
  /** How long the payment provider may be silent while orders are open, in seconds. */
  webhookSilenceSeconds: number;
};

/**
 * Alerts when the payment provider is silent while orders are open, when a job was given up, and when an invariant is
 * broken, and tells when the provider is heard again and when an invariant holds again. Jobs of a kind that are found
 * together have one alert, because an outage gives up hundreds. Reports jobs and invariants
 * to the developers too, with the alert. Stores the number of violations per invariant for the metrics.
 */
export async function watchPayments(deps: Deps): Promise<void> {
  const now = deps.clock();
  const quietSince = await deps.paymentWatch.quietSince(
    new Date(now.getTime() - deps.webhookSilenceSeconds * 1000),
  );
  const alerts: (Alert & { fault?: Fault; otherKeys?: string[] })[] = [];
  if (quietSince) {
    alerts.push({
      key: `silence:${quietSince.toISOString()}`,
      subject: "Stripe is silent",
      text: `No event has arrived from Stripe since ${quietSince.toISOString()}, although orders are open. ` +
        "Check the webhook's URL and secret in Stripe's dashboard.",
    });
  }
  const keyOf = ({ id }: { id: string }) => `dead_job:${id}`;
  const deadJobs = Map.groupBy(await deps.paymentWatch.deadJobs(), ({ kind }) => kind);
  for (const [kind, [job, ...others]] of deadJobs) {
    const { id, error, stack } = job!;
    const more = others.length === 0 ? "" : ` So did ${others.length} more of this kind.`;
    alerts.push({
      key: keyOf(job!),
      subject: `A job was given up: ${kind}`,
      text: `Job ${id} (${kind}) failed too often.${more} Its last error: ${error}`,
      fault: { error: givenUp(error, stack), job: kind },
      otherKeys: others.map(keyOf),
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
  broken.delete(5); // dead letters have alerts of their own
  for (const invariant of broken) {
    alerts.push({
      key: `invariant:${invariant}:${day}`,
      subject: "Money and access do not agree",
      text: `Broken: ${INVARIANTS[invariant]}. ` +
        "Run `deno task invariants` for details, and with --repair to fix what can be fixed automatically.",
      fault: { error: new Error(`Invariant ${invariant} is broken: ${INVARIANTS[invariant]}`) },
    });
  }
  for (const { fault, otherKeys = [], ...alert } of alerts) {
    const isNew = await deps.transaction(async (stores) => {
      for (const key of otherKeys) await stores.alerts.raise({ ...alert, key });
      return await raiseAlert(stores, alert);
    });
    if (isNew && fault) deps.faults.report(fault);
  }
  const open = await deps.paymentWatch.openAlerts();
  for (const over of overOf(open, { isQuiet: quietSince !== null, broken })) {
    await deps.transaction((stores) => resolveAlerts(stores, over));
  }
}

/** Returns the causes of open alerts that are over. */
function overOf(
  open: string[],
  { isQuiet, broken }: { isQuiet: boolean; broken: Set<number> },
): { cause: string; text: string }[] {
  const isOpen = (cause: string) => open.some((key) => key.startsWith(`${cause}:`));
  const silence = {
    cause: "silence",
    text: "Events arrive from Stripe again, or no open order waits for one any more.",
  };
  const mended = Object.entries(INVARIANTS).filter(([invariant]) => !broken.has(Number(invariant)))
    .map(([invariant, text]) => ({ cause: `invariant:${invariant}`, text: `It holds again: ${text}.` }));
  return [...(isQuiet ? [] : [silence]), ...mended].filter(({ cause }) => isOpen(cause));
}

/** Returns the last error of a job that was given up, as it was thrown. */
function givenUp(message: string, stack: string | null): Error {
  const error = new Error(`The job was given up: ${message}`);
  if (stack !== null) error.stack = stack;
  return error;
}
