import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import { normaliseEmail } from "./email_address.ts";
import type { Limits } from "../limits/ports.ts";
import { countLetter, invalidLink, requireLink } from "./links.ts";
import { requireOwnPassword } from "./own_password.ts";
import { requireGoodPassword } from "./password_rule.ts";
import type { Caller, Passwords, PasswordStrength, Sessions, Tokens, Users } from "./ports.ts";

/** An id that no account has. */
const NOBODY = "nobody";

type Deps = {
  transaction: Transaction<{ users: Users; sessions: Sessions; jobs: Jobs }>;
  users: Users;
  sessions: Sessions;
  passwords: Passwords;
  passwordStrength: PasswordStrength;
  tokens: Tokens;
  limits: Limits;
  clock: Clock;
};

/** Changes the caller's password, which requires the old one, and signs out all other devices. */
export async function changePassword(
  deps: Deps,
  input: { caller: Caller; oldPassword: string; newPassword: string },
): Promise<void> {
  const { id, signInId } = input.caller;
  const found = await requireOwnPassword(deps, {
    caller: input.caller,
    password: input.oldPassword,
    field: "old_password",
  });
  const { email } = found.user;
  await requireGoodPassword(deps, { password: input.newPassword, email, field: "new_password" });
  const { version } = found;
  const change = { userId: id, version, password: input.newPassword, keepSession: signInId };
  if (!(await setPassword(deps, change))) {
    throw new DomainError(
      "not_authenticated",
      "The password has been changed in the meantime. Sign in again.",
    );
  }
}

/** Mails a link to set a new password if the account exists. The response does not reveal whether it does. */
export async function askForReset(deps: Deps, input: { email: string; ipAddress: string }): Promise<void> {
  const email = normaliseEmail(input.email);
  await countLetter(deps, { account: email, ipAddress: input.ipAddress });
  await deps.transaction(async ({ users, jobs }) => {
    const found = await users.credentials({ email });
    // A job is added in either case, because its absence would show in the response time.
    await jobs.add({
      kind: "send_notice",
      notice: { kind: "reset_password", userId: found?.user.id ?? NOBODY },
    });
  });
}

/**
 * Sets the password by a mailed reset link, signs out all devices and clears the counters of wrong passwords. Returns
 * whose password it was.
 */
export async function resetPassword(
  deps: Deps,
  input: { token: string; password: string; ipAddress: string },
): Promise<{ email: string }> {
  const { userId, email, version } = await requireLink(deps, "reset_password", input);
  const { password } = input;
  await requireGoodPassword(deps, { password, email });
  if (!(await setPassword(deps, { userId, version, password, provenEmail: email }))) throw invalidLink();
  await deps.limits.clear(
    { limit: "sign_in_of_account", of: `${email} ${input.ipAddress}` },
    { limit: "sign_in_of_account_anywhere", of: email },
    { limit: "password_of_account", of: userId },
  );
  return { email };
}

/** Returns false if the account's password has changed since that version. */
async function setPassword(
  deps: Deps,
  change: { userId: string; version: number; password: string; keepSession?: string; provenEmail?: string },
): Promise<boolean> {
  const { userId, version, keepSession, provenEmail } = change;
  const passwordHash = await deps.passwords.hash(change.password);
  return await deps.transaction(async ({ users, sessions, jobs }) => {
    if (!(await users.setPassword(userId, { version, passwordHash }))) return false;
    if (provenEmail) await users.markEmailVerified(userId, provenEmail);
    await sessions.endAll(userId, deps.clock(), keepSession);
    await jobs.add({ kind: "send_notice", notice: { kind: "password_changed", userId } });
    return true;
  });
}
