import { newEmailAddress } from "../accounts/email_address.ts";
import { type Caller, ROLE, type Users } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { endNeeds } from "../checkout/give_up.ts";
import type { Orders } from "../checkout/ports.ts";
import { DomainError, orNotFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Limits } from "../limits/ports.ts";
import type { Transaction } from "../transaction.ts";
import { ownCourse, requireOwner } from "./co_tutors.ts";
import type { Authoring, CourseTutor, Invitation, Invitations, Teachers } from "./ports.ts";
import { lockAuthored } from "./rights.ts";
import { sharesWith } from "./shares.ts";

type Stores = {
  orders: Pick<Orders, "abandon" | "lockUnneeded">;
  authoring: Authoring;
  teachers: Teachers;
  invitations: Invitations;
  audit: AuditLog;
  jobs: Jobs;
};
type Deps = {
  users: Users;
  authoring: Authoring;
  invitations: Invitations;
  limits: Limits;
  transaction: Transaction<Stores>;
};

/** Lists the open invitations to teach a course, for its tutors and administrators. */
export async function showInvitations(
  deps: Deps,
  input: { caller: Caller; course: string },
): Promise<Invitation[]> {
  return await deps.invitations.ofCourse((await ownCourse(deps, input)).id);
}

/**
 * Invites the owner of an e-mail address to teach a course for a share of its future earnings. For the course's owner
 * and administrators. The recipient did not ask for this mail, so the inviter needs a verified address, and repeated
 * invitations are limited.
 */
export async function inviteTutor(
  deps: Deps,
  input: { caller: Caller; course: string; email: string; sharePercent: number; requestId: string },
): Promise<Invitation> {
  const { caller, sharePercent } = input;
  const course = await ownCourse(deps, input);
  if (caller.role !== ROLE.admin && !orNotFound(await deps.users.byId(caller.id), "user").emailVerifiedAt) {
    throw new DomainError(
      "forbidden",
      "Verify your own e-mail address first: invitations are mailed in your name.",
    );
  }
  const email = newEmailAddress(input.email);
  await deps.limits.count({ limit: "invite_of_recipient", of: email });
  return await deps.transaction(async ({ authoring, teachers, invitations, audit, jobs }) => {
    await lockAuthored(authoring, caller, course.id);
    const tutors = requireOwner(caller, await teachers.ofCourse(course.id));
    sharesWith([...tutors, candidate(sharePercent)], []);
    const invitation = await invitations.add({
      courseId: course.id,
      email,
      sharePercent,
      invitedBy: caller.id,
    });
    if (!invitation) {
      throw new DomainError(
        "already_invited",
        "This address already has an open invitation. Withdraw it first.",
      );
    }
    await jobs.add({
      kind: "send_notice",
      notice: { kind: "tutor_invitation", invitationId: invitation.id },
    });
    await noteAdministrator(audit, caller, {
      action: "course.invite_tutor",
      subject: { type: "course", id: course.id },
      after: { invitation: invitation.id, sharePercent },
      requestId: input.requestId,
    });
    return invitation;
  });
}

/** Withdraws an open invitation. For the course's owner and administrators. */
export async function withdrawInvitation(
  deps: Deps,
  input: { caller: Caller; course: string; id: string; requestId: string },
): Promise<void> {
  const { caller } = input;
  const course = await ownCourse(deps, input);
  await deps.transaction(async ({ authoring, teachers, invitations, audit }) => {
    await lockAuthored(authoring, caller, course.id);
    requireOwner(caller, await teachers.ofCourse(course.id));
    const invitation = await invitations.find(input.id);
    const isWithdrawn = invitation?.course.id === course.id &&
      await invitations.answer(input.id, "withdrawn");
    orNotFound(isWithdrawn, "open invitation");
    await noteAdministrator(audit, caller, {
      action: "course.withdraw_invitation",
      subject: { type: "course", id: course.id },
      before: { invitation: input.id },
      requestId: input.requestId,
    });
  });
}

/** Lists the open invitations to the caller's address; none while it is unverified. */
export async function listInvitations(deps: Deps, input: { caller: Caller }): Promise<Invitation[]> {
  const user = orNotFound(await deps.users.byId(input.caller.id), "user");
  return user.emailVerifiedAt ? await deps.invitations.to(user.email) : [];
}

/**
 * Accepts or declines an invitation to the caller's own address, which must be verified, because the invitation is for
 * the owner of that address. Only tutors can accept. Throws DomainError `not_found` if the invitation is not the
 * caller's or is no longer open.
 */
export async function answerInvitation(
  deps: Deps,
  input: { caller: Caller; id: string; answer: "accepted" | "declined" },
): Promise<Invitation> {
  const { caller, answer } = input;
  const user = orNotFound(await deps.users.byId(caller.id), "user");
  const known = await deps.invitations.find(input.id);
  const isForCaller = known?.state === "open" && known.email === user.email;
  const invitation = orNotFound(isForCaller && known, "open invitation");
  if (!user.emailVerifiedAt) {
    throw new DomainError("forbidden", "Verify your address first: the invitation was sent to it.");
  }
  if (answer === "accepted" && user.role !== ROLE.tutor) {
    throw new DomainError("forbidden", "Only tutors can teach a course. Register as a tutor first.");
  }
  return await deps.transaction(async ({ authoring, teachers, invitations, ...stores }) => {
    // Tutors watch without buying.
    const met = { studentId: caller.id, courseId: invitation.course.id };
    if (answer === "accepted") await endNeeds(stores, [met]);
    await authoring.lockCourse(invitation.course.id, caller.id);
    orNotFound(await invitations.answer(invitation.id, answer), "open invitation");
    if (answer === "accepted") {
      await teachers.add(invitation.course.id, caller.id);
      const tutors = await teachers.ofCourse(invitation.course.id);
      const share = { userId: caller.id, percent: invitation.sharePercent };
      await teachers.share(invitation.course.id, sharesWith(tutors, [share]));
    }
    return { ...invitation, state: answer };
  });
}

const candidate = (sharePercent: number): CourseTutor => ({
  id: "",
  firstName: "",
  lastName: "",
  isOwner: false,
  mayTeach: false,
  sharePercent,
});
