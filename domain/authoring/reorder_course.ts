import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import { DomainError } from "../errors.ts";
import type { Transaction } from "../transaction.ts";
import type { Authoring, Outline, Outlines } from "./ports.ts";
import { lockAuthored, requireAuthor } from "./rights.ts";

type Stores = { authoring: Authoring; outlines: Outlines; audit: AuditLog };
type Deps = { authoring: Authoring; transaction: Transaction<Stores> };

/**
 * Puts a course's parts and lessons in a new order, in one step. Lessons may move between parts. The order names each
 * part and lesson exactly once, so that an order from an outdated page is refused and nothing is lost.
 */
export async function reorderCourse(
  deps: Deps,
  input: { caller: Caller; slugOrId: string; outline: Outline; requestId: string },
): Promise<{ id: string }> {
  const { caller, outline, requestId } = input;
  const { id } = requireAuthor(caller, await deps.authoring.course(input.slugOrId, caller.id));
  await deps.transaction(async ({ authoring, outlines, audit }) => {
    await lockAuthored(authoring, caller, id);
    refuseOther(await outlines.outline(id), outline);
    await outlines.arrange(outline);
    await authoring.touchCourse(id);
    await noteAdministrator(audit, caller, {
      action: "course.reorder",
      subject: { type: "course", id },
      after: { outline },
      requestId,
    });
  });
  return { id };
}

/** Throws DomainError `invalid_input` unless the order has exactly the course's current parts and lessons. */
function refuseOther(present: Outline, wanted: Outline): void {
  const parts = difference(present.map((part) => part.id), wanted.map((part) => part.id));
  const lessons = difference(
    present.flatMap((part) => part.lessons),
    wanted.flatMap((part) => part.lessons),
  );
  const messages = [...complaints("part", parts), ...complaints("lesson", lessons)];
  if (messages.length === 0) return;
  throw new DomainError(
    "invalid_input",
    "This order does not match the course's current parts and lessons. Reload the course.",
    {
      fields: { parts: messages },
    },
  );
}

type Difference = { missing: string[]; unknown: string[]; repeated: string[] };

function difference(present: string[], wanted: string[]): Difference {
  const known = new Set(present), named = new Set(wanted);
  return {
    missing: present.filter((id) => !named.has(id)),
    unknown: [...named].filter((id) => !known.has(id)),
    repeated: wanted.filter((id, index) => wanted.indexOf(id) !== index),
  };
}

function complaints(what: string, { missing, unknown, repeated }: Difference): string[] {
  return [
    ...missing.map((id) => `The ${what} ${id} is missing.`),
    ...unknown.map((id) => `There is no ${what} ${id} in this course.`),
    ...repeated.map((id) => `The ${what} ${id} is named more than once.`),
  ];
}
