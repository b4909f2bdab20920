import type { Caller } from "../../accounts/ports.ts";
import { noteAdministrator } from "../../audit/note_administrator.ts";
import type { AuditLog } from "../../audit/ports.ts";
import type { Authoring } from "../../authoring/ports.ts";
import { lockAuthored, requireAuthor } from "../../authoring/rights.ts";
import { invalidField } from "../../errors.ts";
import type { Jobs } from "../../jobs.ts";
import type { Limits } from "../../limits/ports.ts";
import type { Outbox } from "../mails/ports.ts";
import { outboxEntryOf } from "../kinds.ts";
import type { Transaction } from "../../transaction.ts";
import type { CourseUpdate, CourseUpdates } from "./ports.ts";
import { tidyText } from "../../text.ts";

/**
 * Publishes a tutor's update to a course's students, and has it mailed to everybody with access and a verified
 * address. Limited per day and course.
 */
export async function publishUpdate(
  deps: {
    authoring: Authoring;
    limits: Limits;
    transaction: Transaction<
      { authoring: Authoring; courseUpdates: CourseUpdates; jobs: Jobs; audit: AuditLog }
    >;
  },
  input: { caller: Caller; slugOrId: string; title: string; text: string; requestId: string },
): Promise<CourseUpdate> {
  const { caller, slugOrId } = input;
  const { id: courseId } = requireAuthor(caller, await deps.authoring.course(slugOrId, caller.id));
  const title = filled("title", input.title);
  const text = filled("text", input.text);
  await deps.limits.count({ limit: "update_of_course", of: courseId });
  return await deps.transaction(async ({ authoring, courseUpdates, jobs, audit }) => {
    await lockAuthored(authoring, caller, courseId);
    const update = await courseUpdates.add({ courseId, authorId: caller.id, title, text });
    await jobs.add({ kind: "mail_course_update", updateId: update.id });
    await noteAdministrator(audit, caller, {
      action: "course.update_students",
      subject: { type: "course", id: courseId },
      after: { title },
      requestId: input.requestId,
    });
    return update;
  });
}

function filled(field: string, text: string): string {
  const tidy = tidyText(text);
  if (tidy !== "") return tidy;
  throw invalidField(field, "This field may not be blank.");
}

/** How many mails are put into the outbox per transaction. */
const BATCH = 500;

/**
 * Puts a mail of the update to everyone who has access into the outbox, batch by batch. Run again after a crash, it
 * continues where it stopped, and nobody gets two mails.
 */
export async function mailUpdate(
  deps: { transaction: Transaction<{ courseUpdates: CourseUpdates; outbox: Outbox }> },
  { updateId }: { updateId: string },
  batch = BATCH,
): Promise<void> {
  let readers: string[];
  do {
    readers = await deps.transaction(async ({ courseUpdates, outbox }) => {
      const next = await courseUpdates.nextReaders(updateId, batch);
      await outbox.add(...next.map((userId) => outboxEntryOf({ kind: "course_update", updateId, userId })));
      return next;
    });
  } while (readers.length > 0);
}
