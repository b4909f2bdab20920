import { DomainError } from "../errors.ts";
import { deviceName } from "./device_name.ts";
import type { Stream } from "./ports.ts";

/**
 * The streams that are in the way of one more device, the oldest first; none while the limit leaves room for it. A
 * device that plays two videos is one stream.
 */
export function streamsInTheWay(streams: Stream[], signInId: string, limit: number): Stream[] {
  const others = streams.filter((stream) => stream.signInId !== signInId);
  const devices = new Set(others.map((stream) => stream.signInId));
  if (devices.size < limit) return [];
  return others.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
}

/** The refusal that names the devices in the way and how to take over from one. */
export function streamLimitReached(streams: Stream[]): DomainError {
  const devices = [...new Set(streams.map(({ userAgent }) => deviceName(userAgent)))].join(", ");
  return new DomainError(
    "stream_limit",
    `You are watching on ${devices}. Stop there, or take over by sending its session_id as take_over.`,
    {
      streams: streams.map(({ sessionId, userAgent, lessonTitle, startedAt }) => ({
        sessionId,
        device: deviceName(userAgent),
        lessonTitle,
        startedAt,
      })),
    },
  );
}
