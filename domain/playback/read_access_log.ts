import type { Caller } from "../accounts/ports.ts";
import { requireAdministrator } from "../accounts/require_administrator.ts";
import type { Clock } from "../clock.ts";
import type { Attachments } from "../media/ports.ts";
import type { PlaybackLog, PlaybackLogFilter } from "./ports.ts";
import type { Range } from "../range.ts";

const DAY_MS = 24 * 3600 * 1000;

/** Lists the attempts to watch lessons, for administrators. Throws DomainError `forbidden` for everyone else. */
export async function readPlaybackLog(
  { playbackLog }: { playbackLog: PlaybackLog },
  { caller, filter, range }: {
    caller: Caller;
    filter: PlaybackLogFilter;
    range: Range;
  },
) {
  requireAdministrator(caller);
  return await playbackLog.list(filter, range);
}

/** Lists the issued links to attachments, for administrators. Throws DomainError `forbidden` for everyone else. */
export async function readAttachmentLinks(
  { attachments }: { attachments: Attachments },
  { caller, filter, range }: {
    caller: Caller;
    filter: Parameters<Attachments["links"]>[0];
    range: Range;
  },
) {
  requireAdministrator(caller);
  return await attachments.links(filter, range);
}

/** Deletes attempts, playback sessions and links older than `days`. */
export async function purgePlaybackLog(
  { playbackLog, attachments, clock }: { playbackLog: PlaybackLog; attachments: Attachments; clock: Clock },
  { days }: { days: number },
): Promise<void> {
  const before = new Date(clock().getTime() - days * DAY_MS);
  await playbackLog.purge(before);
  await attachments.purgeLinks(before);
}
