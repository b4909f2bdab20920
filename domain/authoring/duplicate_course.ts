import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Transaction } from "../transaction.ts";
import type { Authoring, Transliterate } from "./ports.ts";
import { lockAuthored, requireAuthor } from "./rights.ts";
import { courseSlugs } from "./slugs.ts";

type Deps = {
  authoring: Authoring;
  transliterate: Transliterate;
  transaction: Transaction<{ authoring: Authoring; audit: AuditLog }>;
};

const LONGEST_TITLE = 200;

/**
 * Creates a draft with the same content and tutors, for its tutors and administrators. A co-tutor who leaves the
 * course leaves the draft too. Students, reviews and sales are not copied.
 */
export async function duplicateCourse(
  deps: Deps,
  input: { caller: Caller; slugOrId: string; requestId: string },
): Promise<{ id: string; slug: string }> {
  const { caller, requestId } = input;
  const { id } = requireAuthor(caller, await deps.authoring.course(input.slugOrId, caller.id));
  return await deps.transaction(async ({ authoring, audit }) => {
    const course = await lockAuthored(authoring, caller, id);
    const title = `${course.title} (copy)`.slice(-LONGEST_TITLE);
    const copy = await authoring.copyCourse(id, {
      title,
      slugs: await courseSlugs(title, deps.transliterate),
    });
    await noteAdministrator(audit, caller, {
      action: "course.duplicate",
      subject: { type: "course", id },
      after: { copy: copy.id },
      requestId,
    });
    return copy;
  });
}
