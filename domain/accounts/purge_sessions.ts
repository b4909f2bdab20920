import type { Clock } from "../clock.ts";
import type { Sessions } from "./ports.ts";

/** How long a session that has ended is still kept, so that its owner can look back. */
export const ENDED_SESSION_SECONDS = 30 * 24 * 3600;

/** Forgets the sessions that ended long ago. */
export async function purgeSessions(deps: { sessions: Sessions; clock: Clock }): Promise<void> {
  await deps.sessions.purge(new Date(deps.clock().getTime() - ENDED_SESSION_SECONDS * 1000));
}
