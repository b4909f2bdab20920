import { type Caller, ROLE } from "../accounts/ports.ts";
import type { Clock } from "../clock.ts";
import { DomainError } from "../errors.ts";
import type { PlaybackLog, PlaybackLogFilter } from "./ports.ts";

const DAY_MS = 24 * 3600 * 1000;

/** Who asked to watch what, for administrators. Throws DomainError `forbidden` for all others. */
export async function readPlaybackLog(
  { playbackLog }: { playbackLog: PlaybackLog },
  { caller, filter, range }: {
    caller: Caller;
    filter: PlaybackLogFilter;
    range: { limit: number; offset: number };
  },
) {
  if (caller.role !== ROLE.admin) throw new DomainError("forbidden", "Only administrators may do this.");
  return await playbackLog.list(filter, range);
}

/** Forgets attempts and viewings that are older than `days`. Answers how many attempts. */
export async function purgePlaybackLog(
  { playbackLog, clock }: { playbackLog: PlaybackLog; clock: Clock },
  { days }: { days: number },
): Promise<number> {
  return await playbackLog.purge(new Date(clock().getTime() - days * DAY_MS));
}
