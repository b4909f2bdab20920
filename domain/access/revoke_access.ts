import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import { actorOf } from "../audit/actor.ts";
import type { AuditLog } from "../audit/ports.ts";
import { orNotFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { AccessLedger, Grant } from "./ports.ts";

type Deps = { transaction: Transaction<{ accessLedger: AccessLedger; audit: AuditLog; jobs: Jobs }> };

/** Revokes a grant, whatever its source, and notifies the student. A grant that is already revoked does not change. */
export async function revokeAccess(
  deps: Deps,
  input: { administrator: Caller; requestId: string; grantId: string; reason: string },
): Promise<Grant> {
  const { administrator, requestId, grantId, reason } = input;
  requireAdministrator(administrator);
  return await deps.transaction(async ({ accessLedger, audit, jobs }) => {
    const grant = orNotFound(await accessLedger.lock(grantId), "grant");
    if (grant.revoked) return grant;
    const [revoked] = await accessLedger.revoke([grant.id], { by: administrator.id, reason });
    await audit.record(revocationEntry(revoked!, administrator, requestId));
    await jobs.add({ kind: "send_notice", notice: { kind: "access_ended", grantId: grant.id } });
    return revoked!;
  });
}

/** Builds the audit log's entry for a revocation. */
export function revocationEntry(grant: Grant, administrator: Caller, requestId: string) {
  return {
    ...actorOf(administrator),
    action: "grant.revoke",
    subject: { type: "grant", id: grant.id },
    before: { studentId: grant.studentId, courseId: grant.courseId, source: grant.source },
    after: { revokedAt: grant.revoked?.at },
    reason: grant.revoked?.reason ?? "",
    requestId,
  };
}
