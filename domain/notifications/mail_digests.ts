import type { Clock } from "../clock.ts";
import type { Outbox } from "./mails/ports.ts";
import { outboxEntryOf } from "./kinds.ts";
import type { NoticeFacts } from "./ports.ts";

const DAY_MS = 24 * 3600 * 1000;

/** Puts a digest of yesterday (UTC) for each tutor with news into the outbox; repeating it is harmless. */
export async function mailDigests(
  deps: { noticeFacts: NoticeFacts; outbox: Outbox; clock: Clock },
): Promise<void> {
  const day = new Date(deps.clock().getTime() - DAY_MS).toISOString().slice(0, 10);
  const tutors = await deps.noticeFacts.tutorsWithNews(day);
  await deps.outbox.add(...tutors.map((tutorId) => outboxEntryOf({ kind: "tutor_digest", tutorId, day })));
}
