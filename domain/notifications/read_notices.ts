import type { Clock } from "../clock.ts";
import { orNotFound } from "../errors.ts";
import type { NoticeBoard } from "./ports.ts";

type Deps = { noticeBoard: NoticeBoard; clock: Clock };

/** Marks one of the user's notices as read; returns how many are still unread. */
export async function readNotice(
  deps: Deps,
  { userId, id }: { userId: string; id: string },
): Promise<{ unread: number }> {
  const left = orNotFound(await deps.noticeBoard.markRead(userId, id, deps.clock()), "notice");
  return left;
}

/** Marks all of the user's notices as read. */
export async function readAllNotices(
  deps: Deps,
  { userId }: { userId: string },
): Promise<{ unread: number }> {
  await deps.noticeBoard.markAllRead(userId, deps.clock());
  return { unread: 0 };
}
