import { DomainError } from "../../domain/errors.ts";

/**
 * Formats seconds as `HH:MM:SS`, with hours beyond 24; `00:00:00` if unknown, because the frontend always parses it.
 */
export function clockDuration(seconds: number | null): string {
  const total = Math.max(0, Math.round(seconds ?? 0));
  return [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
    .map((part) => String(part).padStart(2, "0")).join(":");
}

const LONGEST_SECONDS = 1_000_000;

/**
 * Parses a duration into seconds: a number, its text, or `HH:MM:SS`. Returns null if it is unknown: empty, 0, or the
 * NaN and Infinity that browsers report for videos that they recorded themselves. Throws DomainError `invalid_input`
 * for anything else.
 */
export function durationSeconds(duration: string | number | null): number | null {
  const text = String(duration ?? "").trim();
  if (text === "" || text === "NaN" || text === "Infinity") return null;
  const clock = text.match(/^(?:(\d+):)?(\d+):(\d+)$/);
  const seconds = clock
    ? Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3])
    : Number(text);
  if (!(seconds >= 0 && seconds <= LONGEST_SECONDS)) {
    throw new DomainError("invalid_input", "Check the duration.", {
      fields: { duration: [`Enter seconds, from 0 to ${LONGEST_SECONDS}, or HH:MM:SS.`] },
    });
  }
  return Math.round(seconds) || null;
}

/** Formats seconds for people, such as `12h 30m`, to the minute; null if the result is zero. */
export function spokenDuration(seconds: number): string | null {
  if (seconds <= 0) return null;
  const minutes = Math.max(1, Math.round(seconds / 60));
  const hours = Math.floor(minutes / 60);
  return [hours > 0 ? `${hours}h` : "", minutes % 60 > 0 ? `${minutes % 60}m` : ""].filter(Boolean).join(" ");
}
