import { joseUnsubscribeTokens } from "../../../adapters/jose/unsubscribe_tokens.ts";
import { TOKEN_SECRET } from "../../support/environment.ts";
import { anyone, type Rows, signedIn, type World } from "./table.ts";

const administrators = signedIn(403, { administrator: 200 });

async function failedMail({ sql, next }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into mails (kind, subject, notice, is_bulk, state)
    values ('operator_alert', ${`failed ${next()}`}, '{"kind":"operator_alert"}'::jsonb, false, 'failed')
    returning id`;
  return row!.id;
}

async function noticeOf({ sql, people }: World, caller: string): Promise<string> {
  const userId = people[caller as keyof typeof people]?.id ?? people.buyer.id;
  const [row] = await sql<{ id: string }[]>`
    insert into notices (mail_id, user_id, kind, title, body)
    values (gen_random_uuid(), ${userId}, 'welcome', 'Welcome', 'Hello') returning id`;
  return row!.id;
}

/** A number of the caller's own, confirmed. */
async function numberOf({ sql, people, next }: World, caller: string): Promise<string> {
  const userId = people[caller as keyof typeof people]?.id ?? people.buyer.id;
  const number = `+491512345${String(1000 + next()).padStart(4, "0")}`;
  await sql`
    insert into sms_numbers (user_id, number, confirmed_at, code_requested_at) values (${userId}, ${number}, now(), now())
    on conflict (user_id) do update set number = excluded.number, confirmed_at = now()`;
  return number;
}

const unsubscribeLink = async ({ people }: World) => {
  const token = await joseUnsubscribeTokens([TOKEN_SECRET]).issue({
    userId: people.buyer.id,
    topic: "course_updates",
  });
  return { path: `/api/notifications/unsubscribe/?token=${token}` };
};

export const notificationsRows: Rows<
  | "listNotices"
  | "markAllNoticesRead"
  | "markNoticeRead"
  | "getMailPreferences"
  | "updateMailPreferences"
  | "showUnsubscribe"
  | "unsubscribe"
  | "getSmsNumber"
  | "setSmsNumber"
  | "updateSmsTopics"
  | "removeSmsNumber"
  | "resendSmsCode"
  | "confirmSmsNumber"
  | "reportSmsStatus"
  | "sendgridEvents"
  | "mailgunEvents"
  | "listMails"
  | "retryMail"
  | "listSuppressions"
  | "liftSuppression"
  | "listCourseUpdates"
  | "publishCourseUpdate"
> = {
  listNotices: { ask: () => ({ path: "/api/notifications/notices/" }), answers: signedIn(200) },
  markAllNoticesRead: { ask: () => ({ path: "/api/notifications/notices/read/" }), answers: signedIn(200) },
  markNoticeRead: {
    // Each caller's own; what is the buyer's is nobody else's (tests/routes/notifications/notices_test.ts).
    ask: async (world, caller) => ({
      path: `/api/notifications/notices/${await noticeOf(world, caller)}/read/`,
    }),
    answers: signedIn(200),
  },
  getMailPreferences: { ask: () => ({ path: "/api/notifications/preferences/" }), answers: signedIn(200) },
  updateMailPreferences: {
    ask: () => ({ path: "/api/notifications/preferences/", body: { course_updates: true } }),
    answers: signedIn(200),
  },
  showUnsubscribe: { ask: unsubscribeLink, answers: anyone(200) },
  unsubscribe: { ask: unsubscribeLink, answers: anyone(200) },
  getSmsNumber: { ask: () => ({ path: "/api/notifications/sms/" }), answers: signedIn(200) },
  setSmsNumber: {
    ask: async (world, caller) => ({
      path: "/api/notifications/sms/",
      body: { number: await numberOf(world, caller) },
    }),
    answers: signedIn(200),
  },
  updateSmsTopics: {
    async ask(world, caller) {
      await numberOf(world, caller);
      return { path: "/api/notifications/sms/", body: { access_ending: true } };
    },
    answers: signedIn(200),
  },
  removeSmsNumber: { ask: () => ({ path: "/api/notifications/sms/" }), answers: signedIn(204) },
  resendSmsCode: {
    async ask(world, caller) {
      await numberOf(world, caller);
      return { path: "/api/notifications/sms/code/" };
    },
    answers: signedIn(200),
  },
  confirmSmsNumber: {
    async ask(world, caller) {
      await numberOf(world, caller);
      return { path: "/api/notifications/sms/confirm/", body: { code: "123456" } };
    },
    answers: signedIn(200),
  },
  reportSmsStatus: {
    ask: () => ({ path: `/api/notifications/sms/status/?mail=${crypto.randomUUID()}`, body: {} }),
    answers: anyone(400), // nothing is signed
  },
  // Authenticated by signature; this shop has no keys.
  sendgridEvents: {
    ask: () => ({ path: "/api/notifications/sendgrid/events/", body: [] }),
    answers: anyone(404),
  },
  mailgunEvents: {
    ask: () => ({ path: "/api/notifications/mailgun/events/", body: {} }),
    answers: anyone(404),
  },
  listMails: { ask: () => ({ path: "/api/notifications/mails/" }), answers: administrators },
  retryMail: {
    ask: async (world) => ({ path: `/api/notifications/mails/${await failedMail(world)}/retry/` }),
    answers: administrators,
  },
  listSuppressions: { ask: () => ({ path: "/api/notifications/suppressions/" }), answers: administrators },
  liftSuppression: {
    async ask({ sql }) {
      await sql`
        insert into mail_suppressions (email, reason) values ('gone@example.com', 'bounced') on conflict do nothing`;
      return { path: "/api/notifications/suppressions/gone@example.com/" };
    },
    answers: administrators,
  },
  listCourseUpdates: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/updates/` }),
    answers: signedIn(404, { buyer: 200, teacher: 200, administrator: 200 }),
  },
  publishCourseUpdate: {
    ask: ({ course }) => ({
      path: `/api/courses/courses/${course.slug}/updates/`,
      body: { title: "News", text: "There is a new lesson." },
    }),
    answers: signedIn(403, { teacher: 201, administrator: 201 }),
  },
};
