import {
  changePreferences,
  readUnsubscribeLink,
  showPreferences,
  unsubscribe,
} from "../../domain/notifications/change_preferences.ts";
import { readAllNotices, readNotice } from "../../domain/notifications/read_notices.ts";
import type { Handlers } from "../http/contract_app.ts";
import { linkPages } from "../http/link_pages.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import type { Needs } from "../../domain/needs.ts";

type Deps =
  & Needs<
    | typeof changePreferences
    | typeof readAllNotices
    | typeof readNotice
    | typeof readUnsubscribeLink
    | typeof showPreferences
    | typeof unsubscribe
  >
  & { frontendUrl: string; shopName: string };

/** Serves notices within the shop, and mail preferences. */
export const noticeRoutes = (
  deps: Deps,
): Handlers<
  | "listNotices"
  | "markNoticeRead"
  | "markAllNoticesRead"
  | "getMailPreferences"
  | "updateMailPreferences"
  | "showUnsubscribe"
  | "unsubscribe"
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
});
