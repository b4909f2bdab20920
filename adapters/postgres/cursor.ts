import { invalidField } from "../../domain/errors.ts";
import { isUuid } from "../../domain/uuid.ts";

/** A place in a sorted list: after this key and id. */
type Place = { ordering: string; key: string; id: string };

/** A number or a timestamp as PostgreSQL writes it. */
const KEY = /^[0-9 :.+e-]{1,40}$/;

/** Encodes a place in a list as opaque text for clients. */
export function encodeCursor({ ordering, key, id }: Place): string {
  return btoa(JSON.stringify([ordering, key, id])).replaceAll("+", "-").replaceAll("/", "_").replaceAll(
    "=",
    "",
  );
}

/**
 * Decodes a cursor into a place in a list. Returns null for the empty one, which is the beginning. Throws DomainError
 * `invalid_input`.
 */
export function decodeCursor(cursor: string, ordering: string): { key: string; id: string } | null {
  if (cursor === "") return null;
  let place: unknown;
  try {
    place = JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    place = null;
  }
  if (Array.isArray(place)) {
    const [itsOrdering, key, id] = place.map(String);
    if (itsOrdering === ordering && key && KEY.test(key) && id && isUuid(id)) return { key, id };
  }
  throw invalidField(
    "cursor",
    "This cursor does not belong to this list. Start again without one, or follow `next`.",
  );
}
