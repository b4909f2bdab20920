import type { AuditLog } from "../../domain/audit/ports.ts";
import type { Queries } from "./queries.ts";

/** The audit log in PostgreSQL, which refuses to change or remove what is in it. */
export function postgresAuditLog(sql: Queries): AuditLog {
  return {
    async record({ actorId, action, subject, before, after, reason = "", requestId = "" }) {
      await sql`
        insert into audit_log (actor_id, action, subject_type, subject_id, before, after, reason, request_id)
        values (${actorId}, ${action}, ${subject.type}, ${subject.id},
          ${before ? JSON.stringify(before) : null}::text::jsonb, ${
        after ? JSON.stringify(after) : null
      }::text::jsonb,
          ${reason}, ${requestId})`;
    },
  };
}
