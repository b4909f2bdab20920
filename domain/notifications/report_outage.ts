import type { Clock } from "../clock.ts";
import type { Jobs } from "../jobs.ts";
import type { AlertSubject } from "../operations/ports.ts";
import type { Transaction } from "../transaction.ts";

/** Tells the operator that a vendor's service is out; once a day for each, however often and by whomever it is noticed. */
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
        subject: `The ${service} service is out` satisfies AlertSubject,
        text: `It does not do what the shop asks of it: ${reason}`,
      },
    })
  );
}
