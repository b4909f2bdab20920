import type { Clock } from "../clock.ts";
import { type Caller, ROLE, type Sessions, type Tokens } from "./ports.ts";

type Deps = { tokens: Pick<Tokens, "readAccess">; sessions: Pick<Sessions, "roleOf">; clock: Clock };

/**
 * Returns the caller of a request; null if the token is invalid, or if its session or account has ended. A token
 * lasts an hour, so each request looks up the session and the current role. Operations with `x-token-suffices` in the
 * contract skip this for students: those that are called very often, and those that look up the session themselves.
 * For tutors and administrators it is never skipped.
 */
export async function authenticate(
  deps: Deps,
  token: string,
  { sessionMustStand }: { sessionMustStand: boolean },
): Promise<Caller | null> {
  const caller = await deps.tokens.readAccess(token);
  if (!caller) return null;
  if (!sessionMustStand && caller.role !== ROLE.admin && caller.role !== ROLE.tutor) return caller;
  const role = await deps.sessions.roleOf(caller, deps.clock());
  return role && { ...caller, role };
}
