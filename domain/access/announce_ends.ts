import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { AccessLedger } from "./ports.ts";

/** How long before the end of access a student is notified, in seconds. */
const NOTICE_SECONDS = 7 * 24 * 3600;

type Deps = { transaction: Transaction<{ accessLedger: AccessLedger; jobs: Jobs }> };

/**
 * Notifies students once that access will end, and once that it has ended. Ending it needs no job: every read checks
 * the end.
 */
export async function announceEnds(deps: Deps): Promise<void> {
  for (let more = true; more;) {
    more = await deps.transaction(async ({ accessLedger, jobs }) => {
      const due = await accessLedger.takeUnannounced(NOTICE_SECONDS);
      await jobs.add(
        ...due.map(({ grantId, hasEnded }) => ({
          kind: "send_notice" as const,
          notice: { kind: hasEnded ? "access_ended" as const : "access_ending" as const, grantId },
        })),
      );
      return due.length > 0;
    });
  }
}
