import assert from "node:assert/strict";
import { postgresAuditLog } from "../../../../adapters/postgres/audit/audit.ts";
import { databaseTest } from "../../../support/test_database.ts";

databaseTest(
  "an audit entry keeps who, what, before and after, and cannot be changed or removed",
  async ({ sql }) => {
    await postgresAuditLog(sql).record({
      actorId: "admin-1",
      keyId: null,
      action: "user.deactivate",
      subject: { type: "user", id: "user-1" },
      before: { active: true },
      after: { active: false },
      reason: "asked for it",
      requestId: "request-1",
    });
    const rows =
      await sql`select actor_id, action, subject_id, before, after, reason, request_id from audit_log`;
    assert.deepEqual({ ...rows[0] }, {
      actor_id: "admin-1",
      action: "user.deactivate",
      subject_id: "user-1",
      before: { active: true },
      after: { active: false },
      reason: "asked for it",
      request_id: "request-1",
    });
    await assert.rejects(sql`update audit_log set reason = ''`, /never changed/);
    await assert.rejects(sql`delete from audit_log`, /never changed/);
  },
);
