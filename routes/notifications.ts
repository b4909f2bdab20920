import type { AuditLog } from "../domain/audit/ports.ts";
import type { Authoring } from "../domain/authoring/ports.ts";
import type { Clock } from "../domain/clock.ts";
import { DomainError } from "../domain/errors.ts";
import type { Jobs } from "../domain/jobs.ts";
import {
  changePreferences,
  readUnsubscribeLink,
  showPreferences,
  unsubscribe,
} from "../domain/notifications/change_preferences.ts";
import { listUpdates } from "../domain/updates/list_updates.ts";
import type { MailLog, Suppressions } from "../domain/mailing/ports.ts";
import type {
  MailPreferences,
  NoticeBoard,
  Topic,
  UnsubscribeTokens,
} from "../domain/notifications/ports.ts";
import type { CourseUpdate, CourseUpdates } from "../domain/updates/ports.ts";
import { publishUpdate } from "../domain/updates/publish_update.ts";
import { readAllNotices, readNotice } from "../domain/notifications/read_notices.ts";
import type { Transaction } from "../domain/transaction.ts";
import type { CourseUpdate as WireUpdate } from "../openapi/generated/types.gen.ts";
import type { Handlers } from "./contract_app.ts";
import { messagePage } from "./message_page.ts";
import { pageOf, rangeOf } from "./pages.ts";

type Stores = {
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
  noticeBoard: NoticeBoard;
  mailPreferences: MailPreferences;
  courseUpdates: CourseUpdates;
  unsubscribeTokens: UnsubscribeTokens;
  clock: Clock;
  frontendUrl: string;
  shopName: string;
};

/** What a mail is called on the page where it is declined. */
const TOPIC_NAMES: Record<Topic, string> = {
  course_updates: "mails in which tutors write to their students",
  tutor_digest: "the daily mail about your courses",
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

  showUnsubscribe: ({ query, path }) =>
    linkPage(deps, async () => {
      const { topic } = await readUnsubscribeLink(deps, query);
      return messagePage(deps.shopName, "Unsubscribe", `Do you want to stop ${TOPIC_NAMES[topic]}?`, {
        action: `${path}?token=${encodeURIComponent(query.token)}`,
        button: "Stop these mails",
      });
    }),

  unsubscribe: ({ query }) =>
    linkPage(deps, async () => {
      const { topic } = await unsubscribe(deps, query);
      return messagePage(
        deps.shopName,
        "You are unsubscribed",
        `We have stopped ${TOPIC_NAMES[topic]}. Mails about your account and your purchases go on.`,
        goOn(deps),
      );
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

/** The page that a link leads to, or one that says that the link is of no use. */
async function linkPage(deps: Deps, page: () => Promise<string>) {
  try {
    return { status: 200 as const, body: await page() };
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "invalid_link") throw error;
    return {
      status: 400 as const,
      body: messagePage(deps.shopName, "This link does not work", error.message, goOn(deps)),
    };
  }
}

const goOn = ({ shopName, frontendUrl }: Deps) => ({ label: `Go to ${shopName}`, url: frontendUrl });

function toWire({ createdAt, ...update }: CourseUpdate): WireUpdate {
  return { ...update, created_at: createdAt.toISOString() };
}
