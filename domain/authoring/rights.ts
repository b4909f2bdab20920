import { type Caller, ROLE } from "../accounts/ports.ts";
import { DomainError } from "../errors.ts";
import type { Authoring, OwnCourse } from "./ports.ts";

/** Refuses callers who are neither tutors nor administrators. */
export function requireTutor(caller: Caller): void {
  if (isTutor(caller)) return;
  throw new DomainError("forbidden", "Only tutors may do this. Register as a tutor first.");
}

const isTutor = ({ role }: Pick<Caller, "role">) => role === ROLE.tutor || role === ROLE.admin;

/**
 * The one rule of authorship: who may change a course and what belongs to it (parts, lessons, videos, files, prices, codes,
 * talk, updates), and see what only its tutors see: administrators, and tutors of that role at this moment who teach it.
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
  throw new DomainError("not_found", `There is no such ${what}.`);
}

/**
 * The course, judged as `requireAuthor` does, and again behind its lock: until the transaction ends nobody else changes it, and
 * nobody is taken off it who is about to write.
 */
export async function lockAuthored(
  authoring: Authoring,
  caller: Caller,
  courseId: string,
): Promise<OwnCourse> {
  return requireAuthor(caller, await authoring.lockCourse(courseId, caller.id));
}
