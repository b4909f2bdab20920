import { type Caller, ROLE } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { DomainError, orNotFound } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import type { Authoring, CourseTutor, OwnCourse, Teachers } from "./ports.ts";
import { type AuthorshipStores, leaveCourse } from "./leave_courses.ts";
import { lockAuthored, requireAuthor } from "./rights.ts";
import { sharesWith } from "./shares.ts";

type Stores = AuthorshipStores & { audit: AuditLog };
type Deps = { authoring: Authoring; teachers: Teachers; transaction: Transaction<Stores> };

/** Returns the tutors of a course with their shares, for its tutors and administrators. */
export async function showTutors(
  deps: Deps,
  input: { caller: Caller; course: string },
): Promise<CourseTutor[]> {
  return await deps.teachers.ofCourse((await ownCourse(deps, input)).id);
}

/**
 * Sets a co-tutor's share of the course's future earnings; the owner keeps the rest. For its owner and
 * administrators.
 */
export async function changeShare(
  deps: Deps,
  input: { caller: Caller; course: string; userId: string; sharePercent: number; requestId: string },
): Promise<CourseTutor[]> {
  const { caller, userId, sharePercent } = input;
  const course = await ownCourse(deps, input);
  return await deps.transaction(async ({ authoring, teachers, audit }) => {
    await lockAuthored(authoring, caller, course.id);
    const tutors = requireOwner(caller, await teachers.ofCourse(course.id));
    const before = requireCoTutor(tutors, userId);
    await teachers.share(course.id, sharesWith(tutors, [{ userId, percent: sharePercent }]));
    await noteAdministrator(audit, caller, {
      action: "course.change_share",
      subject: { type: "course", id: course.id },
      before: { userId, sharePercent: before.sharePercent },
      after: { userId, sharePercent },
      requestId: input.requestId,
    });
    return await teachers.ofCourse(course.id);
  });
}

/**
 * Removes a co-tutor. Their share of future earnings goes to the owner; past earnings stay theirs. What depended on
 * their teaching the course ends or stays with the course (see `leaveCourse`). For the course's owner,
 * administrators, and the co-tutor themselves. The owner cannot be removed.
 */
export async function removeTutor(
  deps: Deps,
  input: { caller: Caller; course: string; userId: string; requestId: string },
): Promise<void> {
  const { caller, userId } = input;
  const course = await ownCourse(deps, input);
  await deps.transaction(async (stores) => {
    const { authoring, teachers, audit } = stores;
    await lockAuthored(authoring, caller, course.id);
    const tutors = await teachers.ofCourse(course.id);
    if (userId !== caller.id) requireOwner(caller, tutors);
    requireCoTutor(tutors, userId);
    await leaveCourse(stores, { courseId: course.id, userId });
    await noteAdministrator(audit, caller, {
      action: "course.remove_tutor",
      subject: { type: "course", id: course.id },
      before: { userId },
      requestId: input.requestId,
    });
  });
}

/** Returns the course, for its tutors and administrators. */
export async function ownCourse(
  deps: { authoring: Authoring },
  input: { caller: Caller; course: string },
): Promise<OwnCourse> {
  return requireAuthor(input.caller, await deps.authoring.course(input.course, input.caller.id));
}

/** Returns the tutors if the caller owns the course or is an administrator. */
export function requireOwner(caller: Caller, tutors: CourseTutor[]): CourseTutor[] {
  if (caller.role === ROLE.admin || tutors.some((tutor) => tutor.isOwner && tutor.id === caller.id)) {
    return tutors;
  }
  throw new DomainError("forbidden", "Only the course's owner and administrators may do this.");
}

function requireCoTutor(tutors: CourseTutor[], userId: string): CourseTutor {
  const tutor = orNotFound(tutors.find(({ id }) => id === userId), "tutor of this course");
  if (!tutor.isOwner) return tutor;
  throw new DomainError("forbidden", "The owner cannot be removed, and keeps what the others' shares leave.");
}
