import type { AuditLog } from "../../domain/audit/ports.ts";
import type { Authoring } from "../../domain/authoring/ports.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Jobs } from "../../domain/jobs.ts";
import type { Limits } from "../../domain/limits/ports.ts";
import {
  changePreferences,
  readUnsubscribeLink,
  showPreferences,
  unsubscribe,
} from "../../domain/notifications/change_preferences.ts";
import { listUpdates } from "../../domain/notifications/updates/list_updates.ts";
import type { MailLog, Suppressions } from "../../domain/notifications/mails/ports.ts";
import type { MailPreferences, NoticeBoard, UnsubscribeTokens } from "../../domain/notifications/ports.ts";
import type { CourseUpdate, CourseUpdates } from "../../domain/notifications/updates/ports.ts";
import { publishUpdate } from "../../domain/notifications/updates/publish_update.ts";
import { readAllNotices, readNotice } from "../../domain/notifications/read_notices.ts";
import type { Transaction } from "../../domain/transaction.ts";
import type { CourseUpdate as WireUpdate } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { linkPages } from "../http/link_pages.ts";
import { pageOf, rangeOf } from "../http/pages.ts";

type Stores = {
  authoring: Authoring;
  courseUpdates: CourseUpdates;
  mailPreferences: MailPreferences;
  mailLog: MailLog;
  suppressions: Suppressions;
  audit: AuditLog;
  jobs: Jobs;
};
type Deps = {
  transaction: Transaction<Stores>;
  authoring: Authoring;
  limits: Limits;
  noticeBoard: NoticeBoard;
  mailPreferences: MailPreferences;
  courseUpdates: CourseUpdates;
  unsubscribeTokens: UnsubscribeTokens;
  clock: Clock;
  frontendUrl: string;
  shopName: string;
};

/** What people are told: notices, preferences, course updates. */
export const notificationRoutes = (
  deps: Deps,
): Handlers<
  | "listNotices"
  | "markNoticeRead"
  | "markAllNoticesRead"
  | "getMailPreferences"
  | "updateMailPreferences"
  | "showUnsubscribe"
  | "unsubscribe"
  | "listCourseUpdates"
  | "publishCourseUpdate"
> => ({
  async listNotices(request) {
    const { count, unread, notices } = await deps.noticeBoard.list(request.caller.id, rangeOf(request.query));
    const results = notices.map(({ createdAt, readAt, ...notice }) => ({
      ...notice,
      is_read: readAt !== null,
      created_at: createdAt.toISOString(),
    }));
    return { status: 200, body: { ...pageOf(request, count, results), unread } };
  },

  async markNoticeRead({ params, caller }) {
    return { status: 200, body: await readNotice(deps, { userId: caller.id, id: params.id }) };
  },

  async markAllNoticesRead({ caller }) {
    return { status: 200, body: await readAllNotices(deps, { userId: caller.id }) };
  },

  async getMailPreferences({ caller }) {
    return { status: 200, body: await showPreferences(deps, { userId: caller.id }) };
  },

  async updateMailPreferences({ caller, body }) {
    return { status: 200, body: await changePreferences(deps, { userId: caller.id, wishes: body }) };
  },

  showUnsubscribe: (request) =>
    linkPages(deps).page(request, async ({ words: { unsubscribe, topics }, say }) => {
      const { topic } = await readUnsubscribeLink(deps, request.query);
      const { title, ask, button } = unsubscribe;
      return say(title, ask(topics[topic]), { button });
    }),

  unsubscribe: (request) =>
    linkPages(deps).page(request, async ({ words, say }) => {
      const { topic } = await unsubscribe(deps, request.query);
      return say(words.unsubscribe.doneTitle, words.unsubscribe.done(words.topics[topic]));
    }),

  async listCourseUpdates(request) {
    const { count, updates } = await listUpdates(deps, {
      caller: request.caller,
      slugOrId: request.params.slug,
      range: rangeOf(request.query),
    });
    return { status: 200, body: pageOf(request, count, updates.map(toWire)) };
  },

  async publishCourseUpdate({ params, caller, body }) {
    const update = await publishUpdate(deps, { caller, slugOrId: params.slug, ...body });
    return { status: 201, body: toWire(update) };
  },
});

function toWire({ createdAt, ...update }: CourseUpdate): WireUpdate {
  return { ...update, created_at: createdAt.toISOString() };
}
