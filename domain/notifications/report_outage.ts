import type { Clock } from "../clock.ts";
import type { Jobs } from "../jobs.ts";
import type { AlertSubject } from "../operations/ports.ts";
import type { Transaction } from "../transaction.ts";

/** Alerts the operator that a vendor's service is down, at most once a day per service. */
export async function reportOutage(
  { transaction, clock }: { transaction: Transaction<{ jobs: Jobs }>; clock: Clock },
  { service, reason }: { service: "video"; reason: string },
): Promise<void> {
  const day = clock().toISOString().slice(0, 10);
  await transaction(({ jobs }) =>
    jobs.add({
      kind: "send_notice",
      notice: {
        kind: "operator_alert",
        key: `${service}_outage:${day}`,
        subject: `The ${service} service is down` satisfies AlertSubject,
        text: `It does not do what the shop asks of it: ${reason}`,
      },
    })
  );
}
