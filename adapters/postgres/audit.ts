import type { AuditLog } from "../../domain/audit/ports.ts";
import type { Queries } from "./queries.ts";

/** The audit log in PostgreSQL, which refuses to change or remove what is in it. */
export function postgresAuditLog(sql: Queries): AuditLog {
  return {
    async record(...entries) {
      if (entries.length === 0) return;
      const rows = entries.map((
        { actorId, action, subject, before, after, reason = "", requestId = "" },
      ) => ({
        actor_id: actorId,
        action,
        subject_type: subject.type,
        subject_id: subject.id,
        before,
        after,
        reason,
        request_id: requestId,
      }));
      await sql`
        insert into audit_log (actor_id, action, subject_type, subject_id, before, after, reason, request_id)
        select actor_id, action, subject_type, subject_id, before, after, reason, request_id
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as entry(
          actor_id text, action text, subject_type text, subject_id text, before jsonb, after jsonb, reason text,
          request_id text
        )`;
    },
  };
}
