import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import { endNeeds } from "../checkout/give_up.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import { grantEntry, type GrantingStores, met } from "./grant_access.ts";
import { type AccessChange, planGrant, planRevocation } from "./plan_row.ts";
import type { ResolvedReference } from "./ports.ts";
import { revocationEntry } from "./revoke_access.ts";

type Deps = {
  transaction: Transaction<GrantingStores>;
  clock: Clock;
};

/** The maximum number of rows in a list. */
export const ROWS_AT_MOST = 1000;

export type RowReport = {
  /** The number of the row from 1, not counting the header of a CSV file. */
  row: number;
  student: string;
  course: string;
  outcome: "grant" | "revoke" | "unchanged" | "invalid";
  message: string;
};

/**
 * Gives or revokes access for a whole list, all of it or nothing, and notifies the students if `notify` is set. A dry
 * run reports what would happen to each row. Otherwise throws DomainError `invalid_input`, naming every row with an
 * error.
 */
export async function changeAccess(
  deps: Deps,
  input: {
    administrator: Caller;
    requestId: string;
    action: "grant" | "revoke";
    rows: AccessChange[];
    reason: string;
    dryRun: boolean;
    notify: boolean;
  },
): Promise<{ rows: RowReport[] }> {
  const { administrator, requestId, action, reason, dryRun, notify } = input;
  requireAdministrator(administrator);
  return await deps.transaction(async (stores) => {
    const { accessLedger, audit, jobs } = stores;
    const resolved = await accessLedger.resolve(input.rows);
    const now = deps.clock(); // after the lock, so that a grant that another administrator has just given has started
    const plans = planRows(action, input.rows, resolved, now);
    const rows = plans.map(({ outcome, message }, index): RowReport => ({
      row: index + 1,
      student: input.rows[index]!.student,
      course: input.rows[index]!.course,
      outcome,
      message,
    }));
    if (dryRun) return { rows };
    refuseInvalid(plans);
    const added = await accessLedger.add(
      plans.flatMap((plan) =>
        plan.outcome === "grant"
          ? [{ ...plan.access, source: "import" as const, grantedBy: administrator.id, reason }]
          : []
      ),
    );
    await endNeeds(stores, met(added));
    const revoked = await accessLedger.revoke(
      plans.flatMap((plan) => plan.outcome === "revoke" ? plan.grants.map(({ id }) => id) : []),
      { by: administrator.id, reason },
    );
    await audit.record(
      ...added.map((grant) => grantEntry(grant, administrator, requestId)),
      ...revoked.map((grant) => revocationEntry(grant, administrator, requestId)),
    );
    if (notify) {
      await jobs.add(
        ...added.map(({ id }) => ({
          kind: "send_notice" as const,
          notice: { kind: "access_granted" as const, grantId: id },
        })),
        ...revoked.map(({ id }) => ({
          kind: "send_notice" as const,
          notice: { kind: "access_ended" as const, grantId: id },
        })),
      );
    }
    return { rows };
  });
}

/** Plans each row. A repeated pair of student and course changes nothing. */
function planRows(
  action: "grant" | "revoke",
  wishes: AccessChange[],
  resolved: ResolvedReference[],
  now: Date,
) {
  const plan = action === "grant" ? planGrant : planRevocation;
  const seen = new Map<string, number>();
  return wishes.map((wish, index) => {
    const what = resolved[index]!;
    const planned = plan(wish, what, now);
    if (planned.outcome === "invalid") return planned;
    const key = `${what.studentId} ${what.courseId}`;
    const before = seen.get(key);
    if (before !== undefined) return { outcome: "unchanged" as const, message: `Repeats row ${before}.` };
    seen.set(key, index + 1);
    return planned;
  });
}

function refuseInvalid(plans: { outcome: string; field?: string; message: string }[]) {
  const faults = plans.flatMap((plan, index) =>
    plan.outcome === "invalid" ? [{ field: `rows.${index}.${plan.field}`, message: plan.message }] : []
  );
  if (faults.length === 0) return;
  throw new DomainError("invalid_input", "Nothing was changed: some rows have errors.", {
    fields: Object.fromEntries(faults.map(({ field, message }) => [field, [message]])),
  });
}
