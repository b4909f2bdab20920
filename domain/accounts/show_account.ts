import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Caller, Sessions, User, Users } from "./ports.ts";

/**
 * Returns the caller's own account. Throws DomainError `not_authenticated` when it or the session has ended since the
 * access token was issued.
 */
export async function showOwnAccount(
  deps: { sessions: Pick<Sessions, "owner">; clock: Clock },
  { caller }: { caller: Caller },
): Promise<User> {
  const user = await deps.sessions.owner(caller, deps.clock());
  if (!user) throw new DomainError("not_authenticated", "This session has ended. Sign in again.");
  return user;
}

/**
 * Returns the user's own account. Throws DomainError `not_authenticated` when it was erased or deactivated after the
 * access token was issued.
 */
export async function showAccount(deps: { users: Users }, input: { userId: string }): Promise<User> {
  const user = await deps.users.byId(input.userId);
  if (!user || user.deactivatedAt) {
    throw new DomainError("not_authenticated", "This account can no longer be used.");
  }
  return user;
}
