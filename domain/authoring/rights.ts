import { type Caller, ROLE } from "../accounts/ports.ts";
import { DomainError, noSuch } from "../errors.ts";
import type { Authoring, OwnCourse } from "./ports.ts";

/** Refuses callers who are neither tutors nor administrators. */
export function requireTutor(caller: Caller): void {
  if (isTutor(caller)) return;
  throw new DomainError("forbidden", "Only tutors may do this. Register as a tutor first.");
}

const isTutor = ({ role }: Pick<Caller, "role">) => role === ROLE.tutor || role === ROLE.admin;

/**
 * Decides who may change a course and what belongs to it (parts, lessons, videos, files, prices, codes, comments,
 * updates), and see what only its tutors see: administrators, and people who teach it and have the role of a tutor now.
 */
export function mayAuthor(caller: Pick<Caller, "role"> | null, isTaught: boolean): boolean {
  return caller !== null && (caller.role === ROLE.admin || (isTutor(caller) && isTaught));
}

/**
 * Returns the course, or what belongs to it, if the caller may change it. Others learn only what the public can see:
 * that it is not theirs, or, if it is not published, that it does not exist.
 */
export function requireAuthor<Thing extends Pick<OwnCourse, "isPublished" | "isTaught">>(
  caller: Caller,
  thing: Thing | null,
  what: "course" | "part" | "lesson" = "course",
): Thing {
  if (thing && mayAuthor(caller, thing.isTaught)) return thing;
  if (thing?.isPublished) {
    throw new DomainError("forbidden", "Only the course's tutors and administrators may do this.");
  }
  throw noSuch(what);
}

/**
 * Returns the course after the check of `requireAuthor`, which is repeated under its lock. Until the transaction ends,
 * nobody else changes the course, and no tutor who is about to write is removed from it.
 */
export async function lockAuthored(
  authoring: Authoring,
  caller: Caller,
  courseId: string,
): Promise<OwnCourse> {
  return requireAuthor(caller, await authoring.lockCourse(courseId, caller.id));
}
