import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Caller, Sessions } from "./ports.ts";

/**
 * Refuses with `not_authenticated` a caller whose session or account has ended since their token was issued: who was signed out
 * neither reads all that is held about the account nor decides who else may use it.
 */
export async function requireStandingSession(
  deps: { sessions: Pick<Sessions, "roleOf">; clock: Clock },
  caller: Caller,
): Promise<void> {
  if (await deps.sessions.roleOf(caller, deps.clock())) return;
  throw new DomainError("not_authenticated", "This session has ended. Sign in again.");
}
