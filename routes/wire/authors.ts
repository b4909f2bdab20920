import type { Author } from "../../domain/learning/ports.ts";

/**
 * Who wrote something that others than its course's tutors can read: students are known by their first name there, and
 * tutors, who teach under it, by their whole name.
 */
export const toWireAuthor = ({ id, firstName, lastName }: Author, { isTutor = false } = {}) => ({
  id,
  first_name: firstName,
  last_name: isTutor ? lastName : initial(lastName),
});

const initial = (name: string) => name === "" ? "" : `${[...name][0]}.`;
