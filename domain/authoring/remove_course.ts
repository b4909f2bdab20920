import type { Caller } from "../accounts/ports.ts";
import { noteAdministrator } from "../audit/note_administrator.ts";
import type { AuditLog } from "../audit/ports.ts";
import type { Jobs } from "../jobs.ts";
import type { Transaction } from "../transaction.ts";
import type { Authoring } from "./ports.ts";
import { lockAuthored, requireAuthor } from "./rights.ts";

type Stores = { authoring: Authoring; audit: AuditLog; jobs: Jobs };
type Deps = { authoring: Authoring; transaction: Transaction<Stores> };

/**
 * Removes a course, for its tutors and administrators. A course that anybody has bought or is buying is archived
 * instead: it can no longer be found or bought, open payment pages are closed, and students who bought it keep it.
 */
export async function removeCourse(
  deps: Deps,
  input: { caller: Caller; slugOrId: string; requestId: string },
): Promise<"deleted" | "archived"> {
  const { caller, requestId } = input;
  const { id } = requireAuthor(caller, await deps.authoring.course(input.slugOrId, caller.id));
  return await deps.transaction(async ({ authoring, audit, jobs }) => {
    const course = await lockAuthored(authoring, caller, id);
    const outcome = await authoring.hasBuyers(id) ? "archived" : "deleted";
    if (outcome === "archived") await authoring.archiveCourse(id);
    else await authoring.deleteCourse(id);
    await jobs.add({ kind: "end_sales" });
    await noteAdministrator(audit, caller, {
      action: outcome === "archived" ? "course.archive" : "course.delete",
      subject: { type: "course", id },
      before: { title: course.title, slug: course.slug },
      requestId,
    });
    return outcome;
  });
}
