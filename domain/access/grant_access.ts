import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { endNeeds } from "../checkout/give_up.ts";
import type { MetNeed, Orders } from "../checkout/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { planGrant } from "./plan_row.ts";
import type { AccessLedger, Grant } from "./ports.ts";

export type GrantingStores = {
  accessLedger: AccessLedger;
  orders: Pick<Orders, "abandon" | "lockUnneeded">;
  audit: AuditLog;
  jobs: Jobs;
};
type Deps = {
  transaction: Transaction<GrantingStores>;
  clock: Clock;
};

/**
 * Gives a student access to a course, regardless of purchases, and notifies them. A payment page on which they could
 * still buy it is closed. The grant says whether the student has verified their address. Throws DomainError
 * `already_enrolled` when an administrator has already given as much.
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
  return await deps.transaction(async (stores) => {
    const { accessLedger, audit, jobs } = stores;
    const [resolved] = await accessLedger.resolve([input]);
    // The time is taken after the lock, so that a grant that another administrator has just given has started.
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
    await endNeeds(stores, met([grant!]));
    await audit.record(grantEntry(grant!, administrator, requestId));
    await jobs.add({ kind: "send_notice", notice: { kind: "access_granted", grantId: grant!.id } });
    return grant!;
  });
}

/** Returns which purchase a new grant makes unnecessary; none for a grant that starts later. */
export function met(grants: Grant[]): MetNeed[] {
  return grants.filter(({ isActive }) => isActive).map(({ studentId, courseId }) => ({
    studentId,
    courseId,
  }));
}

/** Builds the audit log's entry for a grant. */
export function grantEntry(grant: Grant, administrator: Caller, requestId: string) {
  return {
    ...actorOf(administrator),
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
