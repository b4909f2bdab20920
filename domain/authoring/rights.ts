import { type Caller, ROLE } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { OwnCourse } from "./ports.ts";

/** Refuses callers who are neither tutors nor administrators. */
export function requireTutor(caller: Caller): void {
  if (caller.role === ROLE.tutor || caller.role === ROLE.admin) return;
  throw new DomainError("forbidden", "Only tutors may do this. Register as a tutor first.");
}

/**
 * The course, or what belongs to it, when the caller may change it: one of its tutors, or an administrator. Others learn no
 * more than the shop window shows: that it is not theirs, or, of what is not published, that it does not exist.
 */
export function requireAuthor<Thing extends Pick<OwnCourse, "isPublished" | "isTaught">>(
  caller: Caller,
  thing: Thing | null,
  what: "course" | "part" | "lesson" = "course",
): Thing {
  if (thing && (caller.role === ROLE.admin || (caller.role === ROLE.tutor && thing.isTaught))) return thing;
  if (thing?.isPublished) {
    throw new DomainError("forbidden", "Only the course's tutors and administrators may do this.");
  }
  throw new DomainError("not_found", `There is no such ${what}.`);
}
