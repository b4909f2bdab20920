/** Seconds as `HH:MM:SS`, hours going on past 24; `00:00:00` when unknown, for the frontend takes it apart unasked. */
export function clockDuration(seconds: number | null): string {
  const total = Math.max(0, Math.round(seconds ?? 0));
  return [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
    .map((part) => String(part).padStart(2, "0")).join(":");
}

/** Seconds for people, such as `12h 30m`, to the minute; null when there is nothing to tell. */
export function spokenDuration(seconds: number): string | null {
  if (seconds <= 0) return null;
  const minutes = Math.max(1, Math.round(seconds / 60));
  const hours = Math.floor(minutes / 60);
  return [hours > 0 ? `${hours}h` : "", minutes % 60 > 0 ? `${minutes % 60}m` : ""].filter(Boolean).join(" ");
}
