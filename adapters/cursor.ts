import type { CourseOrdering } from "../domain/catalog/ports.ts";
import { invalidField } from "../domain/errors.ts";
import { isUuid } from "../domain/uuid.ts";

/**
 * A place in a sorted list: after this key and id. `skip`: how many are before it, where its key means something to one
 * search engine alone.
 */
type Place = { ordering: CourseOrdering; key: string; id: string; skip?: number };

const whole = (digits: number) => {
  const form = new RegExp(`^-?\\d{1,${digits}}$`);
  return (key: string) => form.test(key);
};
const number = (key: string) => /^-?\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,2})?$/.test(key);

/** Which keys a list may have, as PostgreSQL writes them: it takes no others, nor does a search engine. */
const IS_KEY: Record<CourseOrdering, (key: string) => boolean> = {
  newest: isTimestamp,
  price: whole(18),
  "-price": whole(18),
  rating: number,
  popularity: whole(9),
  relevance: number,
};
const MOST_SKIPPED = 1_000_000;

/** Encodes a place in a list as opaque text for clients. */
export function encodeCursor({ ordering, key, id, skip }: Place): string {
  return btoa(JSON.stringify(skip === undefined ? [ordering, key, id] : [ordering, key, id, skip]))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll(
      "=",
      "",
    );
}

/**
 * Decodes a cursor into a place in a list. Returns null for the empty one, which is the beginning. Throws DomainError
 * `invalid_input`.
 */
export function decodeCursor(
  cursor: string,
  ordering: CourseOrdering,
): { key: string; id: string; skip?: number } | null {
  if (cursor === "") return null;
  let place: unknown;
  try {
    place = JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    place = null;
  }
  if (Array.isArray(place)) {
    const [itsOrdering, key, id] = place.map(String);
    const skip = place[3] ?? undefined;
    const isPlace = itsOrdering === ordering && key && IS_KEY[ordering](key) && id && isUuid(id) &&
      (skip === undefined || Number.isInteger(skip) && skip >= 0 && skip <= MOST_SKIPPED);
    if (isPlace) return { key, id, ...(skip === undefined ? {} : { skip }) };
  }
  throw invalidField(
    "cursor",
    "This cursor does not belong to this list. Start again without one, or follow `next`.",
  );
}

/** Returns whether a text is a time that there is, in UTC. */
function isTimestamp(key: string): boolean {
  const [, day, time] = key.match(/^([1-9]\d{3}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?\+00$/) ?? [];
  const moment = new Date(`${day}T${time}Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(`${day}T${time}`);
}
