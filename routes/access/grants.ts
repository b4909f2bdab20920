import { changeAccess } from "../../domain/access/change_access.ts";
import { explainAccess } from "../../domain/access/explain_access.ts";
import { grantAccess, type GrantingStores } from "../../domain/access/grant_access.ts";
import { listGrants } from "../../domain/access/list_grants.ts";
import type { AccessReads, Grant } from "../../domain/access/ports.ts";
import { revokeAccess } from "../../domain/access/revoke_access.ts";
import type { Clock } from "../../domain/clock.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { AccessBatch, Grant as WireGrant } from "../../openapi/generated/server/types.gen.ts";
import type { AccessChange } from "../../domain/access/plan_row.ts";
import { readAccessCsv } from "./csv.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import { toDateOrNone } from "../http/moments.ts";

type Deps = {
  transaction: Transaction<GrantingStores>;
  accessReads: AccessReads;
  clock: Clock;
};

/** Serves grants, for administrators. */
export const accessRoutes = (
  deps: Deps,
): Handlers<"listGrants" | "grantAccess" | "revokeGrant" | "changeAccess" | "explainAccess"> => ({
  async listGrants(request) {
    const { student, course, source, is_active: isActive } = request.query;
    const { count, grants } = await listGrants(deps, {
      caller: request.caller,
      filter: { student, course, source, isActive },
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, grants.map(toWire)) };
  },

  async grantAccess({ caller, body, requestId }) {
    const grant = await grantAccess(deps, {
      administrator: caller,
      requestId,
      student: body.student,
      course: body.course,
      reason: body.reason,
      startsAt: toDateOrNone(body.starts_at) ?? null,
      endsAt: toDateOrNone(body.ends_at) ?? null,
    });
    return { status: 201, body: toWire(grant) };
  },

  async revokeGrant({ caller, params, body, requestId }) {
    const { reason } = body;
    const grant = await revokeAccess(deps, { administrator: caller, requestId, grantId: params.id, reason });
    return { status: 200, body: toWire(grant) };
  },

  async changeAccess({ caller, body, files, requestId }) {
    const { action, reason, dry_run: dryRun, notify } = body;
    const { rows } = await changeAccess(deps, {
      administrator: caller,
      requestId,
      action,
      rows: rowsOf({ rows: body.rows, csv: files.file ? utf8(files.file.bytes) : body.csv }),
      reason,
      dryRun,
      notify,
    });
    const count = (outcome: string) => rows.filter((row) => row.outcome === outcome).length;
    const counts = {
      grant: count("grant"),
      revoke: count("revoke"),
      unchanged: count("unchanged"),
      invalid: count("invalid"),
    };
    return { status: 200, body: { dry_run: dryRun, counts, rows } };
  },

  async explainAccess({ caller, query }) {
    const { student, course, hasAccess, because, enrolledAt, judgedAt, grants } = await explainAccess(deps, {
      caller,
      student: query.student ?? null,
      course: query.course,
    });
    return {
      status: 200,
      body: {
        student: { id: student.id, email: student.email },
        course: { id: course.id, slug: course.slug, title: course.title },
        has_access: hasAccess,
        because,
        enrolled_at: enrolledAt?.toISOString() ?? null,
        judged_at: judgedAt.toISOString(),
        considered: grants.map((grant) => ({ ...grant.verdict, grant: toWire(grant) })),
      },
    };
  },
});

function rowsOf({ rows, csv }: Pick<AccessBatch, "rows" | "csv">): AccessChange[] {
  if ((rows === undefined) === (csv === undefined)) {
    const message = "Send the list either as rows or as csv, or as the file of a form.";
    throw new DomainError("invalid_input", message, { fields: { rows: [message] } });
  }
  return (rows ?? readAccessCsv(csv!)).map(({ student, course, starts_at: startsAt, ends_at: endsAt }) => ({
    student,
    course,
    startsAt: toDateOrNone(startsAt) ?? null,
    endsAt: toDateOrNone(endsAt) ?? null,
  }));
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DomainError("invalid_input", "The file is not text in UTF-8.", {
      fields: { file: ["Save the file as CSV in UTF-8."] },
    });
  }
}

function toWire(grant: Grant): WireGrant {
  return {
    id: grant.id,
    student: { id: grant.studentId, email: grant.studentEmail, is_email_verified: grant.isStudentVerified },
    course: { id: grant.courseId, title: grant.courseTitle },
    source: grant.source,
    order_id: grant.orderId,
    granted_by: grant.grantedBy,
    reason: grant.reason,
    starts_at: grant.startsAt.toISOString(),
    ends_at: grant.endsAt?.toISOString() ?? null,
    revoked_at: grant.revoked?.at.toISOString() ?? null,
    revoked_by: grant.revoked?.by ?? null,
    revoked_reason: grant.revoked?.reason ?? null,
    payment_hold: grant.paymentHold,
    created_at: grant.createdAt.toISOString(),
    is_active: grant.isActive,
  };
}
