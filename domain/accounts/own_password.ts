import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Limits } from "../limits/ports.ts";
import type { Caller, Credentials, Passwords, Sessions, Users } from "./ports.ts";

type Deps = { users: Pick<Users, "credentials">; passwords: Pick<Passwords, "verify">; limits: Limits };

/**
 * Returns the caller's credentials if the password is theirs. Protects actions that a stolen token must not allow.
 * Wrong passwords are rate-limited. Throws DomainError `password_required` without a password, `invalid_input` naming
 * `field` for a wrong one, and `too_many_requests`.
 */
export async function requireOwnPassword(
  deps: Deps,
  input: { caller: Caller; password: string | undefined; field?: string },
): Promise<Credentials> {
  const { caller: { id }, password, field = "password" } = input;
  if (password === undefined) {
    throw new DomainError(
      "password_required",
      `Send your current password as ${field}. If you have none, set one at /api/auth/password/reset/.`,
    );
  }
  const tries = { limit: "password_of_account", of: id } as const;
  await deps.limits.check(tries);
  const found = await deps.users.credentials({ id });
  if (!found) throw new DomainError("not_authenticated", "This account can no longer be used.");
  if (!(await deps.passwords.verify(password, found.passwordHash))) {
    await deps.limits.count(tries);
    const message = "This is not your current password.";
    throw new DomainError("invalid_input", message, { fields: { [field]: [message] } });
  }
  await deps.limits.check(tries); // concurrent guesses are counted one by one
  return found;
}

/** How long after signing in the password is not required again, in seconds. */
const RECENT_SIGN_IN_SECONDS = 5 * 60;

/**
 * Requires the caller's password as `requireOwnPassword` does, unless they signed in with it within the last five
 * minutes.
 */
export async function requireRecentPassword(
  deps: Deps & { sessions: Pick<Sessions, "byId">; clock: Clock },
  input: { caller: Caller; password: string | undefined },
): Promise<void> {
  const now = deps.clock();
  const session = input.password === undefined ? await deps.sessions.byId(input.caller.signInId, now) : null;
  const age = session ? now.getTime() - session.createdAt.getTime() : Infinity;
  if (age > RECENT_SIGN_IN_SECONDS * 1000) await requireOwnPassword(deps, input);
}
