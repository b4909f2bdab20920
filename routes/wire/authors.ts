import type { Author } from "../../domain/learning/ports.ts";

/**
 * Names the author of a text that others than the course's tutors can read: students by their first name, tutors by
 * their full name.
 */
export const toWireAuthor = ({ id, firstName, lastName }: Author, { isTutor = false } = {}) => ({
  id,
  first_name: firstName,
  last_name: isTutor ? lastName : initial(lastName),
});

const initial = (name: string) => name === "" ? "" : `${[...name][0]}.`;
