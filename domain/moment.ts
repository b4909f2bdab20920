const DAY_OR_MOMENT =
  /^(\d{4}-\d\d-\d\d)(?:T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/;

/**
 * Parses a timestamp in RFC 3339 (`2027-01-31T18:00:00Z`) or a day (`2027-01-31`), which means 00:00 UTC at its
 * start. Returns null for anything else, such as days that do not exist, other orders of day and month, or years
 * before 1.
 */
export function readMoment(text: string): Date | null {
  const [, day] = text.match(DAY_OR_MOMENT) ?? [];
  if (day === undefined || day.startsWith("0000")) return null;
  const midnight = new Date(`${day}T00:00:00Z`);
  // `Date` reads 31 February as 3 March.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return null;
  return new Date(text);
}
