import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { PasswordInvitations } from "./ports.ts";

/** How many invitations are put into the outbox per transaction. */
const BATCH = 500;

type Invited = { count: number; merged: number };

/**
 * Has everybody whose account was imported without a usable password invited by mail to choose one, each once: a run
 * that follows another, or a crash, continues where that stopped. A dry run only counts. Returns how many there were,
 * and how many of them had several accounts.
 */
export async function invitePeople(
  deps: {
    passwordInvitations: Pick<PasswordInvitations, "waiting">;
    transaction: Transaction<{ passwordInvitations: PasswordInvitations; jobs: Jobs }>;
  },
  { dryRun }: { dryRun: boolean },
): Promise<Invited> {
  if (dryRun) return await deps.passwordInvitations.waiting();
  const invited = { count: 0, merged: 0 };
  for (;;) {
    const taken = await deps.transaction(async ({ passwordInvitations, jobs }) => {
      const next = await passwordInvitations.take(BATCH);
      await jobs.add(
        ...next.map((person) => ({
          kind: "send_notice" as const,
          notice: { kind: "choose_password" as const, ...person },
        })),
      );
      return next;
    });
    if (taken.length === 0) return invited;
    invited.count += taken.length;
    invited.merged += taken.filter(({ isMerged }) => isMerged).length;
  }
}
