import { type Caller, ROLE } from "../accounts/ports.ts";
import { noSuch } from "../errors.ts";
import { type GrantVerdict, judgeGrant } from "./judge_grant.ts";
import { mayWatch } from "./may_watch.ts";
import type { AccessReads, AccessRecord, Grant } from "./ports.ts";

/** The access decision for a student and a course, the reason, and every grant that was considered. */
export type Explanation = Omit<AccessRecord, "grants"> & {
  hasAccess: boolean;
  because: string;
  grants: (Grant & { verdict: GrantVerdict })[];
};

/**
 * Explains why a person may watch a course or not. Administrators may ask about anybody, everyone else about
 * themselves.
 */
export async function explainAccess(
  deps: { accessReads: AccessReads },
  input: { caller: Caller; student: string | null; course: string },
): Promise<Explanation> {
  const { caller, student, course } = input;
  const record = await deps.accessReads.record({ student: student ?? caller.id, course });
  if (!record || (caller.role !== ROLE.admin && record.student.id !== caller.id)) {
    throw noSuch("student or course");
  }
  const hasAccess = !record.student.isDeactivated && mayWatch(record.student, {
    courseIsPublished: record.course.isPublished,
    isFreePreview: false,
    viewerTeaches: record.teaches,
    viewerHasGrant: record.hasGrant,
  });
  const grants = record.grants.map((grant) => ({ ...grant, verdict: judgeGrant(grant, record.judgedAt) }));
  return { ...record, hasAccess, because: because(record, hasAccess), grants };
}

function because(record: AccessRecord, hasAccess: boolean): string {
  if (record.student.isDeactivated) return "The account is deactivated.";
  if (record.student.role === ROLE.admin) return "Administrators watch everything.";
  if (record.teaches) return "Teaches the course.";
  if (hasAccess) return "At least one grant counts.";
  const previews = record.course.isPublished ? " Only the free previews can be watched." : "";
  return record.grants.length === 0
    ? `There is no grant.${previews}`
    : `None of the grants counts at this moment.${previews}`;
}
