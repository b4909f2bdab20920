import { requireAdministrator } from "../domain/accounts/require_administrator.ts";
import type { AuditHistory, RecordedAct } from "../domain/audit/ports.ts";
import type { AuditEntry } from "../openapi/generated/server/types.gen.ts";
import type { Handlers } from "./http/contract_app.ts";
import { toDateOrNone } from "./http/moments.ts";
import { pageOf, rangeOf } from "./http/pages.ts";

/** Serves the audit log. */
export const auditRoutes = (deps: { auditHistory: AuditHistory }): Handlers<"listAuditLog"> => ({
  async listAuditLog(request) {
    const { caller, query } = request;
    requireAdministrator(caller);
    const { actor: actorId, action, subject_type: subjectType, subject_id: subjectId } = query;
    const { count, acts } = await deps.auditHistory.list({
      actorId,
      action,
      subjectType,
      subjectId,
      since: toDateOrNone(query.since),
      until: toDateOrNone(query.until),
    }, rangeOf(query));
    return { status: 200, body: pageOf(request, count, acts.map(toWireAct)) };
  },
});

function toWireAct(act: RecordedAct): AuditEntry {
  return {
    id: act.id,
    actor: act.actorId,
    api_key: act.keyId,
    action: act.action,
    subject_type: act.subject.type,
    subject_id: act.subject.id,
    before: act.before,
    after: act.after,
    reason: act.reason,
    request_id: act.requestId,
    occurred_at: act.occurredAt.toISOString(),
  };
}
