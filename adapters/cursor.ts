import { invalidField } from "../domain/errors.ts";
import { isUuid } from "../domain/uuid.ts";

/**
 * A place in a sorted list: after this key and id. `skip`: how many are before it, where its key means something to one
 * search engine alone.
 */
type Place = { ordering: string; key: string; id: string; skip?: number };

/** A number or a timestamp as PostgreSQL writes it. */
const KEY = /^[0-9 :.+e-]{1,40}$/;
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
  ordering: string,
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
    const isPlace = itsOrdering === ordering && key && KEY.test(key) && id && isUuid(id) &&
      (skip === undefined || Number.isInteger(skip) && skip >= 0 && skip <= MOST_SKIPPED);
    if (isPlace) return { key, id, ...(skip === undefined ? {} : { skip }) };
  }
  throw invalidField(
    "cursor",
    "This cursor does not belong to this list. Start again without one, or follow `next`.",
  );
}
