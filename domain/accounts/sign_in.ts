import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import { normaliseEmail } from "./email_address.ts";
import { type Passwords, REFRESH_TOKEN_SECONDS, type Sessions, type Tokens, type Users } from "./ports.ts";

type Deps = { users: Users; sessions: Sessions; passwords: Passwords; tokens: Tokens; clock: Clock };

/** Opens a session for the right address and password: an access token for an hour, a refresh token for seven days. */
export async function signIn(
  deps: Deps,
  input: { email: string; password: string; userAgent: string },
): Promise<{ access: string; refresh: string }> {
  const found = await deps.users.credentials(normaliseEmail(input.email));
  const matches = await deps.passwords.verify(input.password, found?.passwordHash ?? null);
  if (!found || !matches) {
    throw new DomainError("wrong_credentials", "No active account found with the given credentials");
  }
  const { user } = found;
  const expiresAt = new Date(deps.clock().getTime() + REFRESH_TOKEN_SECONDS * 1000);
  const session = await deps.sessions.open({ userId: user.id, expiresAt, userAgent: input.userAgent });
  return {
    access: await deps.tokens.issueAccess({ id: user.id, role: user.role, sessionId: session.id }),
    refresh: await deps.tokens.issueRefresh({ id: session.id, userId: user.id, expiresAt }),
  };
}
