import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { AccessLedger } from "./ports.ts";

/** How long before its end a student is told of it, in seconds. */
const NOTICE_SECONDS = 7 * 24 * 3600;

type Deps = { transaction: Transaction<{ accessLedger: AccessLedger; jobs: Jobs }> };

/** Has students told, once each, that access will end or has ended. The end itself needs no job: every read judges it. */
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
