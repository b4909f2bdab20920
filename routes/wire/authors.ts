import type { Author } from "../../domain/learning/ports.ts";

/** Who wrote something, as the wire has them. */
export const toWireAuthor = ({ id, firstName, lastName }: Author) => ({
  id,
  first_name: firstName,
  last_name: lastName,
});
