import type { Clock } from "../clock.ts";
import type { Sessions } from "./ports.ts";

/** How long a session is kept after it has ended, in seconds, so that its owner can still see it. */
export const ENDED_SESSION_SECONDS = 30 * 24 * 3600;

/** Deletes the sessions that ended long ago. */
export async function purgeSessions(deps: { sessions: Sessions; clock: Clock }): Promise<void> {
  await deps.sessions.purge(new Date(deps.clock().getTime() - ENDED_SESSION_SECONDS * 1000));
}
