import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { planGrant } from "./plan_row.ts";
import type { AccessLedger, Grant } from "./ports.ts";

type Deps = {
  transaction: Transaction<{ accessLedger: AccessLedger; audit: AuditLog; jobs: Jobs }>;
  clock: Clock;
};

/**
 * Gives a student access to a course, whatever they bought, and tells them; the grant says whether they have verified their
 * address. Throws DomainError `already_enrolled` when an
 * administrator has given as much already.
 */
export async function grantAccess(
  deps: Deps,
  input: {
    administrator: Caller;
    requestId: string;
    student: string;
    course: string;
    reason: string;
    startsAt: Date | null;
    endsAt: Date | null;
  },
): Promise<Grant> {
  const { administrator, requestId, reason } = input;
  requireAdministrator(administrator);
  return await deps.transaction(async ({ accessLedger, audit, jobs }) => {
    const [resolved] = await accessLedger.resolve([input]);
    // The moment is taken behind the lock: what another administrator gave just now has begun.
    const plan = planGrant(input, resolved!, deps.clock());
    if (plan.outcome === "invalid") {
      const isUnknown = resolved!.studentId === null || resolved!.courseId === null;
      const code = isUnknown ? "not_found" : "invalid_input";
      throw new DomainError(code, plan.message, { fields: { [plan.field]: [plan.message] } });
    }
    if (plan.outcome === "unchanged") throw new DomainError("already_enrolled", plan.message);
    const [grant] = await accessLedger.add([
      { ...plan.access, source: "administrator", grantedBy: administrator.id, reason },
    ]);
    await audit.record(grantEntry(grant!, administrator, requestId));
    await jobs.add({ kind: "send_notice", notice: { kind: "access_granted", grantId: grant!.id } });
    return grant!;
  });
}

/** The audit log's entry of a grant. */
export function grantEntry(grant: Grant, administrator: Caller, requestId: string) {
  return {
    actorId: administrator.id,
    action: "grant.add",
    subject: { type: "grant", id: grant.id },
    after: {
      studentId: grant.studentId,
      courseId: grant.courseId,
      source: grant.source,
      startsAt: grant.startsAt,
      endsAt: grant.endsAt,
    },
    reason: grant.reason,
    requestId,
  };
}
