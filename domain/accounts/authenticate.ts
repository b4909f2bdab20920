import type { Clock } from "../clock.ts";
import { type Caller, ROLE, type Sessions, type Tokens } from "./ports.ts";

type Deps = { tokens: Pick<Tokens, "readAccess">; sessions: Pick<Sessions, "roleOf">; clock: Clock };

/**
 * Who makes a request; null when the token does not stand, and when the session or the account behind it has ended. A token
 * lasts an hour, so the session is looked up at each request, with the role of this moment. It is not where the contract says
 * why a student's token suffices (`x-token-suffices`): for what is read all the time, and for what looks the session up
 * itself. The tokens of tutors and administrators never do.
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
