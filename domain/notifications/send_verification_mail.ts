import { type Tokens, type Users, VERIFICATION_LINK_SECONDS } from "../accounts/ports.ts";
import { setLetter } from "./letter.ts";
import type { Mailer } from "./ports.ts";

type Deps = { users: Users; tokens: Tokens; mailer: Mailer; publicUrl: string };

/** Mails the link that verifies a user's address; nothing when the account is gone or verified meanwhile. */
export async function sendVerificationMail(deps: Deps, input: { userId: string }): Promise<void> {
  const user = await deps.users.byId(input.userId);
  if (!user || user.emailVerifiedAt) return;
  const token = await deps.tokens.issueEmailVerification(
    { userId: user.id, email: user.email },
    VERIFICATION_LINK_SECONDS,
  );
  const mail = setLetter({
    subject: "Verify your e-mail address",
    paragraphs: [
      user.firstName ? `Hello ${user.firstName},` : "Hello,",
      "welcome to 11Tutors. Please confirm that this address is yours. The link is valid for 24 hours.",
    ],
    link: { label: "Verify my address", url: `${deps.publicUrl}/api/auth/verify-email/?token=${token}` },
  }, { to: user.email, key: `verification:${user.id}:${user.email}` });
  await deps.mailer.send(mail);
}
