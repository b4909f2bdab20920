import type { DeviceName } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { Stream } from "./ports.ts";

/** A player: one user agent of one sign-in, because the tokens of a sign-in can be shared. */
export type Player = Pick<Stream, "signInId" | "userAgent">;

/**
 * Returns the streams that a new one of this player would replace: its own earlier ones, because a reloaded page and
 * the next lesson are the same player.
 */
export function replacedBy(streams: Stream[], { signInId, userAgent }: Player): Stream[] {
  return streams.filter((stream) => stream.signInId === signInId && stream.userAgent === userAgent);
}

/** Returns the streams that must end before one more may begin, oldest first; none if the limit leaves room. */
export function streamsInTheWay(others: Stream[], limit: number): Stream[] {
  if (others.length < limit) return [];
  return others.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
}

/** Creates the refusal that names the other devices and how to take over from one. */
export function streamLimitReached(streams: Stream[], deviceName: DeviceName): DomainError {
  const devices = [...new Set(streams.map(({ userAgent }) => deviceName(userAgent)))].join(", ");
  return new DomainError(
    "stream_limit",
    `You are already watching on another device: ${devices}. Stop there, or take over by sending its session_id as take_over.`,
    {
      streams: streams.map(({ playbackSessionId, userAgent, lessonTitle, startedAt }) => ({
        playbackSessionId,
        device: deviceName(userAgent),
        lessonTitle,
        startedAt,
      })),
    },
  );
}
