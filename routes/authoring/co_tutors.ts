import { changeShare, removeTutor, showTutors } from "../../domain/authoring/co_tutors.ts";
import {
  answerInvitation,
  inviteTutor,
  listInvitations,
  showInvitations,
  withdrawInvitation,
} from "../../domain/authoring/invite_tutor.ts";
import type { CourseTutor, Invitation } from "../../domain/authoring/ports.ts";
import type { Invitation as WireInvitation } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps = Needs<
  | typeof answerInvitation
  | typeof changeShare
  | typeof inviteTutor
  | typeof listInvitations
  | typeof removeTutor
  | typeof showInvitations
  | typeof showTutors
  | typeof withdrawInvitation
>;

type Operation =
  | "listCourseTutors"
  | "changeTutorShare"
  | "removeCourseTutor"
  | "listCourseInvitations"
  | "inviteTutor"
  | "withdrawInvitation"
  | "listMyInvitations"
  | "answerInvitation";

/** Serves a course's tutors, their shares and invitations. */
export const coTutorRoutes = (deps: Deps): Handlers<Operation> => ({
  async listCourseTutors({ params, caller }) {
    const tutors = await showTutors(deps, { caller, course: params.slug });
    return { status: 200, body: whole(tutors.map(toWireTutor)) };
  },

  async changeTutorShare({ params, body, caller, requestId }) {
    const tutors = await changeShare(deps, {
      caller,
      course: params.slug,
      userId: params.user_id,
      sharePercent: body.share_percent,
      requestId,
    });
    return { status: 200, body: whole(tutors.map(toWireTutor)) };
  },

  async removeCourseTutor({ params, caller, requestId }) {
    await removeTutor(deps, { caller, course: params.slug, userId: params.user_id, requestId });
    return { status: 204, body: undefined };
  },

  async listCourseInvitations({ params, caller }) {
    const invitations = await showInvitations(deps, { caller, course: params.slug });
    return { status: 200, body: whole(invitations.map(toWireInvitation)) };
  },

  async inviteTutor({ params, body, caller, requestId }) {
    const invitation = await inviteTutor(deps, {
      caller,
      course: params.slug,
      email: body.email,
      sharePercent: body.share_percent,
      requestId,
    });
    return { status: 201, body: toWireInvitation(invitation) };
  },

  async withdrawInvitation({ params, caller, requestId }) {
    await withdrawInvitation(deps, { caller, course: params.slug, id: params.id, requestId });
    return { status: 204, body: undefined };
  },

  async listMyInvitations({ caller }) {
    const invitations = await listInvitations(deps, { caller });
    return { status: 200, body: whole(invitations.map(toWireInvitation)) };
  },

  async answerInvitation({ params, body, caller }) {
    const invitation = await answerInvitation(deps, { caller, id: params.id, answer: body.answer });
    return { status: 200, body: toWireInvitation(invitation) };
  },
});

/** Returns a list that is always a single page. */
const whole = <Item>(results: Item[]) => ({ count: results.length, next: null, previous: null, results });

function toWireTutor({ id, firstName, lastName, isOwner, sharePercent }: CourseTutor) {
  return { id, first_name: firstName, last_name: lastName, is_owner: isOwner, share_percent: sharePercent };
}

function toWireInvitation(invitation: Invitation): WireInvitation {
  return {
    id: invitation.id,
    course: invitation.course,
    email: invitation.email,
    share_percent: invitation.sharePercent,
    invited_by: invitation.invitedBy,
    state: invitation.state,
    created_at: invitation.createdAt.toISOString(),
  };
}
