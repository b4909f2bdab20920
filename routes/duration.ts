/** Seconds as `HH:MM:SS`, hours going on past 24; `00:00:00` when unknown, for the frontend takes it apart unasked. */
export function clockDuration(seconds: number | null): string {
  const total = Math.max(0, Math.round(seconds ?? 0));
  return [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
    .map((part) => String(part).padStart(2, "0")).join(":");
}
