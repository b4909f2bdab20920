import type { Clock } from "../clock.ts";
import { type Caller, ROLE, type Sessions, type Tokens } from "./ports.ts";

type Deps = { tokens: Pick<Tokens, "readAccess">; sessions: Pick<Sessions, "roleOf">; clock: Clock };

/**
 * Who makes a request; null when the token does not stand. A token lasts an hour, but what tutors and administrators may do
 * ends with their session, their account or their role at once, so theirs are looked up. Students' are taken at their word,
 * which costs nothing: what they may watch is judged as they watch it, and a role that they were given comes with the next token.
 */
export async function authenticate(deps: Deps, token: string): Promise<Caller | null> {
  const caller = await deps.tokens.readAccess(token);
  if (!caller || (caller.role !== ROLE.admin && caller.role !== ROLE.tutor)) return caller;
  const role = await deps.sessions.roleOf(caller, deps.clock());
  return role && { ...caller, role };
}
