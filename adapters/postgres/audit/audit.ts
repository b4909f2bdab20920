import type { AuditHistory, AuditLog, RecordedAct } from "../../../domain/audit/ports.ts";
import { listOf, recordset } from "../lists.ts";
import type { Queries } from "../queries.ts";

/** Returns the audit log in PostgreSQL, which refuses to change or delete its rows. */
export function postgresAuditLog(sql: Queries): AuditLog {
  return {
    async record(...entries) {
      if (entries.length === 0) return;
      const rows = entries.map((
        { actorId, keyId, action, subject, before, after, reason = "", requestId = "" },
      ) => ({
        actor_id: actorId,
        api_key_id: keyId,
        action,
        subject_type: subject.type,
        subject_id: subject.id,
        before,
        after,
        reason,
        request_id: requestId,
      }));
      await sql`
        insert into audit_log (actor_id, api_key_id, action, subject_type, subject_id, before, after, reason, request_id)
        select actor_id, api_key_id, action, subject_type, subject_id, before, after, reason, request_id
        from ${recordset(sql, rows)} as entry(
          actor_id text, api_key_id uuid, action text, subject_type text, subject_id text, before jsonb, after jsonb, reason text,
          request_id text
        )`;
    },
  };
}

type ActRow = Omit<RecordedAct, "subject"> & { subjectType: string; subjectId: string };

/** Returns reads of the audit log. */
export function postgresAuditHistory(sql: Queries): AuditHistory {
  return {
    async list(filter, range) {
      const { actorId = null, action = null, subjectType = null, subjectId = null } = filter;
      const { since = null, until = null } = filter;
      const fits = sql`
        from audit_log
        where (${actorId}::text is null or actor_id = ${actorId})
          and (${action}::text is null or action = ${action})
          and (${subjectType}::text is null or subject_type = ${subjectType})
          and (${subjectId}::text is null or subject_id = ${subjectId})
          and (${since}::timestamptz is null or occurred_at >= ${since})
          and (${until}::timestamptz is null or occurred_at < ${until})`;
      const { count, rows } = await listOf<ActRow>(sql, {
        select:
          sql`id::text, actor_id as "actorId", api_key_id as "keyId", action, subject_type as "subjectType",
            subject_id as "subjectId", before, after, reason, request_id as "requestId",
            occurred_at as "occurredAt"`,
        from: fits,
        order: sql`audit_log.id desc`,
      }, range);
      const acts = rows.map(({ subjectType, subjectId, ...act }) => ({
        ...act,
        subject: { type: subjectType, id: subjectId },
      }));
      return { count, acts };
    },
  };
}
