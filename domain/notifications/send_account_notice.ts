import type { LinkPurpose, Sessions, Tokens, User, Users } from "../accounts/ports.ts";
import type { Clock } from "../clock.ts";
import { type Letter, setLetter } from "./letter.ts";
import type { AccountNotice, Mailer } from "./ports.ts";

type Deps = {
  users: Users;
  sessions: Sessions;
  tokens: Tokens;
  mailer: Mailer;
  publicUrl: string;
  frontendUrl: string;
  clock: Clock;
};
type Addressed = { to: string; letter: Letter };

/** Tells somebody what happened to their account, or mails them a link; nothing when its cause is gone. */
export async function sendAccountNotice(deps: Deps, notice: AccountNotice): Promise<void> {
  const now = deps.clock();
  const session = notice.kind === "new_sign_in" ? await deps.sessions.byId(notice.sessionId, now) : null;
  const userId = notice.kind === "new_sign_in" ? session?.userId : notice.userId;
  const found = userId === undefined ? null : await deps.users.credentials({ id: userId });
  if (!found || found.user.deactivatedAt) return;
  const { user, version } = found;
  const linkTo = async (purpose: LinkPurpose, path: string, email: string) => {
    const token = await deps.tokens.issueLink(purpose, { userId: user.id, email, version });
    return `${deps.publicUrl}/api/auth/${path}/?token=${token}`;
  };
  const written = await write();
  if (!written) return;
  const { to, letter } = written;
  const paragraphs = [user.firstName ? `Hello ${user.firstName},` : "Hello,", ...letter.paragraphs];
  // Minutes tell a letter that was asked for again from one that is sent again.
  const key = `${notice.kind}:${session?.id ?? user.id}:${Math.floor(now.getTime() / 60_000)}`;
  await deps.mailer.send(setLetter({ ...letter, paragraphs }, { to, key }));

  async function write(): Promise<Addressed | null> {
    switch (notice.kind) {
      case "welcome":
        return addressed(
          user.email,
          "Welcome to 11Tutors",
          "thank you for confirming your address. Enjoy learning.",
          {
            label: "Find a course",
            url: deps.frontendUrl,
          },
        );
      case "verify_email":
        if (user.emailVerifiedAt) return null;
        return addressed(
          user.email,
          "Verify your e-mail address",
          "welcome to 11Tutors. Please confirm that this address is yours. The link is valid for 24 hours.",
          { label: "Verify my address", url: await linkTo("verify_email", "verify-email", user.email) },
        );
      case "confirm_email_change":
        if (!user.pendingEmail) return null;
        return addressed(
          user.pendingEmail,
          "Confirm your new e-mail address",
          "please confirm that this is to be the address of your account. The link is valid for 24 hours.",
          {
            label: "Confirm my address",
            url: await linkTo("change_email", "confirm-email", user.pendingEmail),
          },
        );
      case "email_changed":
        return addressed(
          notice.formerEmail,
          "The e-mail address of your account was changed",
          `your account now has another e-mail address, ${
            masked(user)
          }. If this was not you, answer this mail.`,
        );
      case "reset_password":
        return addressed(
          user.email,
          "Set a new password",
          "somebody asked for a new password of your account. If it was not you, do nothing. The link is valid for one hour.",
          {
            label: "Set a new password",
            url: await linkTo("reset_password", "reset-password", user.email),
          },
        );
      case "password_changed":
        return addressed(
          user.email,
          "Your password was changed",
          "the password of your account was changed and other devices were signed out. If this was not you, ask for a new password.",
        );
      case "new_sign_in":
        return addressed(
          user.email,
          "New sign-in to your account",
          `your account was used on a new device: ${
            session!.device
          }. If this was not you, change your password.`,
        );
    }
  }
}

function addressed(to: string, subject: string, text: string, link?: Letter["link"]): Addressed {
  return { to, letter: { subject, paragraphs: [text], link } };
}

/** Enough of the new address for its owner to know it, too little for whoever has the old mailbox. */
function masked({ email }: User): string {
  const [local, domain] = email.split("@");
  return `${local![0]}…@${domain}`;
}
