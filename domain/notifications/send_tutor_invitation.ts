import type { Invitations } from "../authoring/ports.ts";
import { setLetter } from "./letter.ts";
import type { Mailer } from "./ports.ts";

type Deps = { invitations: Invitations; mailer: Mailer; frontendUrl: string };

/** Tells somebody that they are invited to teach a course; nothing when the invitation is no longer open. */
export async function sendTutorInvitation(deps: Deps, input: { invitationId: string }): Promise<void> {
  const invitation = await deps.invitations.find(input.invitationId);
  if (invitation?.state !== "open") return;
  const mail = setLetter({
    subject: `Teach “${invitation.course.title}” with us`,
    paragraphs: [
      `${invitation.invitedBy} invites you to teach “${invitation.course.title}” on 11Tutors, for ${invitation.sharePercent} % of what it earns from then on.`,
      "Sign in as a tutor with this address to accept or decline.",
    ],
    link: { label: "See the invitation", url: `${deps.frontendUrl}/dashboard/creator` },
  }, { to: invitation.email, key: `tutor_invitation:${invitation.id}` });
  await deps.mailer.send(mail);
}
