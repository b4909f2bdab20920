import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Caller, Sessions } from "./ports.ts";

/** For how long after signing in one may do what a stolen token must not: changing the address, erasing the account. */
export const RECENT_SIGN_IN_SECONDS = 30 * 60;

/** Refuses with `recent_sign_in_required` a caller whose session is older than half an hour, or has ended. */
export async function requireRecentSignIn(
  deps: { sessions: Sessions; clock: Clock },
  caller: Caller,
): Promise<void> {
  const now = deps.clock();
  const session = await deps.sessions.byId(caller.sessionId, now);
  if (!session || now.getTime() - session.createdAt.getTime() > RECENT_SIGN_IN_SECONDS * 1000) {
    throw new DomainError(
      "recent_sign_in_required",
      "This needs a sign-in within the last 30 minutes. Sign in again and repeat it.",
    );
  }
}
