import type { Grant, ResolvedReference } from "./ports.ts";

/** One row of an administrator's list: give a student access to a course, or revoke it. */
export type AccessChange = { student: string; course: string; startsAt: Date | null; endsAt: Date | null };

export type GrantPlan =
  | {
    outcome: "grant";
    message: string;
    access: { studentId: string; courseId: string; startsAt: Date | null; endsAt: Date | null };
  }
  | Refused;
export type RevocationPlan = { outcome: "revoke"; message: string; grants: Grant[] } | Refused;
type Refused =
  | { outcome: "unchanged"; message: string }
  | { outcome: "invalid"; field: "student" | "course" | "ends_at"; message: string };

/** Shown in the plan and in the result: the person who registered an address need not be its owner. */
const UNVERIFIED =
  " This account has not verified its address: make sure that it is theirs, or use the account's id.";

/** Plans what granting access would do. */
export function planGrant(wish: AccessChange, resolved: ResolvedReference, now: Date): GrantPlan {
  const unknown = unknownReference(wish, resolved);
  if (unknown) return unknown;
  if (resolved.isDeactivated) {
    return { outcome: "invalid", field: "student", message: `The account ${wish.student} is deactivated.` };
  }
  const startsAt = wish.startsAt ?? now;
  const { endsAt } = wish;
  if (endsAt && (endsAt <= startsAt || endsAt <= now)) {
    return {
      outcome: "invalid",
      field: "ends_at",
      message: "The end must be in the future and after the start.",
    };
  }
  const same = resolved.grants.find((grant) => isGift(grant) && covers(grant, startsAt, endsAt));
  if (same) {
    return {
      outcome: "unchanged",
      message: `${wish.student} has been given access to ${wish.course} for that time already.`,
    };
  }
  const active = resolved.grants.filter((grant) => grant.isActive);
  return {
    outcome: "grant",
    message:
      (active.length === 0
        ? "Gets access."
        : `Gets access in addition to what there is (${active.map((grant) => grant.source).join(", ")}).`) +
      (resolved.isUnverified ? UNVERIFIED : ""),
    access: { studentId: resolved.studentId!, courseId: resolved.courseId!, startsAt: wish.startsAt, endsAt },
  };
}

/** Plans what revoking a student's access to a course would do. */
export function planRevocation(wish: AccessChange, resolved: ResolvedReference, now: Date): RevocationPlan {
  const unknown = unknownReference(wish, resolved);
  if (unknown) return unknown;
  const grants = resolved.grants.filter(({ endsAt }) => endsAt === null || endsAt > now);
  if (grants.length === 0) {
    return {
      outcome: "unchanged",
      message: `${wish.student} has no access to ${wish.course} to be revoked.`,
    };
  }
  const sources = grants.map((grant) => grant.source).join(", ");
  return { outcome: "revoke", message: `Loses access (${sources}).`, grants };
}

function unknownReference(
  { student, course }: AccessChange,
  { studentId, courseId }: ResolvedReference,
): (Refused & { outcome: "invalid" }) | null {
  if (studentId === null) {
    return { outcome: "invalid", field: "student", message: `There is no user ${student}.` };
  }
  if (courseId === null) {
    return { outcome: "invalid", field: "course", message: `There is no course ${course}.` };
  }
  return null;
}

const isGift = (grant: Grant) => grant.source === "administrator" || grant.source === "import";

function covers(grant: Grant, startsAt: Date, endsAt: Date | null): boolean {
  return grant.startsAt <= startsAt && (grant.endsAt === null || (endsAt !== null && grant.endsAt >= endsAt));
}
