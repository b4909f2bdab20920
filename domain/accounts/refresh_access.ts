import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { Sessions, Tokens } from "./ports.ts";

type Deps = { sessions: Sessions; tokens: Tokens; clock: Clock };

/**
 * Issues a new access token for an active session. The refresh token stays valid and may be used again, even
 * concurrently, because the frontend ignores a rotated one.
 */
export async function refreshAccess(deps: Deps, input: { refresh: string }): Promise<{ access: string }> {
  const claim = await deps.tokens.readRefresh(input.refresh);
  const user = claim && await deps.sessions.use(claim.signInId, deps.clock());
  if (!user || user.id !== claim.userId) {
    throw new DomainError(
      "not_authenticated",
      "The refresh token is invalid or its session has ended. Sign in again.",
    );
  }
  return {
    access: await deps.tokens.issueAccess({ id: user.id, role: user.role, signInId: claim.signInId }),
  };
}
