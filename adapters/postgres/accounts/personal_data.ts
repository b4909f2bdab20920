import type { PersonalData } from "../../../domain/accounts/ports.ts";
import type { Queries } from "../queries.ts";

type Row = Record<string, unknown>;

/** One table that tells something of people: what its subject is shown of it, and what goes when they are erased. */
export type PersonalTable = {
  table: string;
  /** The columns that name people or tell of them. */
  columns: string[];
  /** What the person is shown; null where it is nothing of theirs, with the reason in a comment. */
  show: ((sql: Queries, userId: string) => PromiseLike<Row[]>) | null;
  /** What goes; null where all of it stays, with the reason in a comment. */
  erase: ((sql: Queries, userId: string) => PromiseLike<unknown>) | null;
};

/**
 * Every table with columns about people (tests/adapters/personal_data_test.ts fails while one is missing). Ids stay where money or access has to be
 * accounted for: once the account's row is blank they name nobody (pseudonymous, GDPR art. 4 (5)). Invoices and payments must be kept for years
 * by tax law (GDPR art. 17 (3) b); Stripe has the payer's particulars, so ours go. They are erased in this order, children first.
 */
export const PERSONAL_TABLES: PersonalTable[] = [
  {
    table: "sessions",
    columns: ["user_id", "user_agent", "device", "address"],
    show: (sql, userId) =>
      sql`
      select id, device, user_agent, address, created_at, last_used_at, expires_at, revoked_at
      from sessions where user_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`delete from sessions where user_id = ${userId}`,
  },
  {
    table: "onboarding_answers",
    columns: ["user_id", "age"],
    show: (sql, userId) =>
      sql`
      select a.id, v.name as university, a.degree, a.graduation_year, a.interests, a.age, a.created_at, a.updated_at
      from onboarding_answers a left join universities v on v.id = a.university_id where a.user_id = ${userId}`,
    erase: (sql, userId) => sql`delete from onboarding_answers where user_id = ${userId}`,
  },
  {
    table: "lesson_progress",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select lesson_id, position_seconds, watched_seconds, completed_at, updated_at
      from lesson_progress where student_id = ${userId} order by updated_at`,
    erase: (sql, userId) => sql`delete from lesson_progress where student_id = ${userId}`,
  },
  {
    table: "removed_lesson_progress",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select lesson_id, course_id, watched_seconds, completed_at, removed_at
      from removed_lesson_progress where student_id = ${userId} order by removed_at`,
    erase: (sql, userId) => sql`delete from removed_lesson_progress where student_id = ${userId}`,
  },
  {
    table: "comments",
    columns: ["author_id", "hidden_by"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, parent_id, content, hidden_at, deleted_at, created_at, updated_at
      from comments where author_id = ${userId} order by created_at`,
    // The place stays, for others may have answered.
    erase: (sql, userId) =>
      sql`
      update comments set content = '', deleted_at = coalesce(deleted_at, now()) where author_id = ${userId}`,
  },
  {
    table: "reviews",
    columns: ["student_id", "hidden_by"],
    show: (sql, userId) =>
      sql`
      select id, course_id, rating, content, hidden_at, created_at, updated_at
      from reviews where student_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`delete from reviews where student_id = ${userId}`,
  },
  {
    table: "tutor_invitations",
    columns: ["email", "invited_by"],
    show: (sql, userId) =>
      sql`
      select i.id, i.course_id, i.email, i.share_percent, i.state, i.created_at, i.answered_at
      from tutor_invitations i
      where i.invited_by = ${userId} or i.email = (select u.email from users u where u.id = ${userId})
      order by i.created_at`,
    erase: (sql, userId) =>
      sql`
      delete from tutor_invitations i
      where i.invited_by = ${userId} or i.email = (select u.email from users u where u.id = ${userId})`,
  },
  {
    table: "mails",
    columns: ["recipient"],
    show: (sql, userId) =>
      sql`
      select id, kind, state, recipient, created_at from mails
      where notice->>'userId' = ${userId} or recipient = (select u.email from users u where u.id = ${userId})
      order by created_at`,
    erase: (sql, userId) =>
      sql`
      delete from mails
      where notice->>'userId' = ${userId} or recipient = (select u.email from users u where u.id = ${userId})`,
  },
  {
    table: "mail_suppressions",
    columns: ["email"],
    show: (sql, userId) =>
      sql`
      select reason, created_at from mail_suppressions
      where email = (select u.email from users u where u.id = ${userId})`,
    erase: (sql, userId) =>
      sql`
      delete from mail_suppressions where email = (select u.email from users u where u.id = ${userId})`,
  },
  {
    table: "declined_topics",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select topic, declined_at from declined_topics where user_id = ${userId}`,
    erase: (sql, userId) => sql`delete from declined_topics where user_id = ${userId}`,
  },
  {
    table: "notices",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select kind, title, body, read_at, created_at from notices where user_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`delete from notices where user_id = ${userId}`,
  },
  {
    table: "course_updates",
    columns: ["author_id"],
    show: (sql, userId) =>
      sql`
      select id, course_id, title, body, created_at from course_updates where author_id = ${userId} order by created_at`,
    // Part of the course, which outlives its tutor for those who bought it.
    erase: null,
  },
  {
    table: "earning_shares",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select course_id, percent, valid_from, valid_until from earning_shares
      where user_id = ${userId} order by valid_from`,
    // Money: it stays with the id.
    erase: null,
  },
  {
    table: "playback_log",
    columns: ["viewer_id", "address", "user_agent"],
    show: (sql, userId) =>
      sql`
      select lesson_id, course_id, address, user_agent, outcome, occurred_at
      from playback_log where viewer_id = ${userId} order by occurred_at`,
    // That somebody watched counts for the course; who and from where does not.
    erase: (sql, userId) =>
      sql`
      update playback_log set viewer_id = null, address = '', user_agent = '' where viewer_id = ${userId}`,
  },
  {
    table: "playback_sessions",
    columns: ["viewer_id", "address", "user_agent"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, course_id, address, user_agent, position_seconds, watched_seconds, started_at, last_seen_at
      from playback_sessions where viewer_id = ${userId} order by started_at`,
    erase: (sql, userId) => sql`delete from playback_sessions where viewer_id = ${userId}`,
  },
  {
    table: "attachment_links",
    columns: ["viewer_id", "address", "user_agent"],
    show: (sql, userId) =>
      sql`
      select attachment_id, lesson_id, name, address, user_agent, occurred_at
      from attachment_links where viewer_id = ${userId} order by occurred_at`,
    erase: (sql, userId) =>
      sql`
      update attachment_links set viewer_id = null, address = '', user_agent = '' where viewer_id = ${userId}`,
  },
  {
    table: "file_uploads",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, name, content_type, size::text, created_at from file_uploads where user_id = ${userId}`,
    erase: (sql, userId) => sql`delete from file_uploads where user_id = ${userId}`,
  },
  {
    table: "lesson_attachments",
    columns: ["uploaded_by"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, name, content_type, size::text, created_at
      from lesson_attachments where uploaded_by = ${userId} order by created_at`,
    // Part of the course, which outlives its tutor for those who bought it.
    erase: null,
  },
  {
    table: "videos",
    columns: ["uploader_id"],
    show: (sql, userId) =>
      sql`
      select id, title, course_id, origin, status, length_seconds, created_at
      from videos where uploader_id = ${userId} order by created_at`,
    // Part of the course, which outlives its tutor for those who bought it.
    erase: null,
  },
  {
    table: "enrollments",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select e.id, e.course_id, c.title as course, e.enrolled_at
      from enrollments e left join courses c on c.id = e.course_id where e.student_id = ${userId} order by e.enrolled_at`,
    erase: (sql, userId) => sql`delete from enrollments where student_id = ${userId}`,
  },
  {
    table: "grants",
    columns: ["student_id", "granted_by", "revoked_by"],
    show: (sql, userId) =>
      sql`
      select id, course_id, source, starts_at, ends_at, revoked_at, revoked_reason, created_at
      from grants where student_id = ${userId} order by created_at`,
    // The ledger stays, for it says what was paid for; access ends.
    erase: (sql, userId) =>
      sql`
      update grants set revoked_at = now(), revoked_reason = 'account erased'
      where student_id = ${userId} and revoked_at is null`,
  },
  {
    table: "webhook_events",
    columns: ["payload"],
    // Stripe's words on an order that is shown as such.
    show: null,
    // What Stripe tells of the payer goes; the amounts and ids that the order's history needs stay.
    erase: (sql, userId) =>
      sql`
      update webhook_events set payload = jsonb_set(payload, '{data,object}', (payload #> '{data,object}')
        - '{customer_details,customer_email,billing_details,receipt_email,shipping,shipping_details,collected_information}'::text[])
      where payload #> '{data,object}' is not null and (
        payload #>> '{data,object,metadata,order_id}' in (select id::text from orders where student_id = ${userId})
        or payload #>> '{data,object,payment_intent}' in (select payment_intent_id from payments where student_id = ${userId})
        or payload #>> '{data,object,id}' in (select payment_intent_id from payments where student_id = ${userId})
      )`,
  },
  {
    table: "orders",
    columns: ["student_id", "student_email"],
    show: (sql, userId) =>
      sql`
      select id, student_email, state, total_amount::text, currency, created_at, updated_at
      from orders where student_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`update orders set student_email = '' where student_id = ${userId}`,
  },
  {
    table: "order_lines",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select order_id, course_id, title, amount::text, discount_amount::text, refunded_amount::text
      from order_lines where student_id = ${userId} order by order_id, position`,
    // Money: it stays with the id.
    erase: null,
  },
  {
    table: "payments",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select id, order_id, amount::text, currency, method, status, reason, created_at
      from payments where student_id = ${userId} order by created_at`,
    // Money: it stays with the id.
    erase: null,
  },
  {
    table: "refunds",
    columns: ["requested_by"],
    show: (sql, userId) =>
      sql`
      select r.id, r.order_id, r.amount::text, r.currency, r.status, r.reason, r.created_at
      from refunds r left join orders o on o.id = r.order_id
      where r.requested_by = ${userId} or o.student_id = ${userId} order by r.created_at`,
    // Money stays; what the student wrote does not.
    erase: (sql, userId) =>
      sql`update refunds set reason = '' where requested_by = ${userId} and origin = 'student'`,
  },
  {
    table: "promotions",
    columns: ["created_by"],
    // The shop's own: it tells who made it, and nothing about them.
    show: null,
    erase: null,
  },
  {
    table: "promotion_redemptions",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select p.code, r.order_id from promotion_redemptions r join promotions p on p.id = r.promotion_id
      where r.student_id = ${userId}`,
    // Money: it stays with the id.
    erase: null,
  },
  {
    table: "course_tutors",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select t.course_id, c.title as course, t.position
      from course_tutors t join courses c on c.id = t.course_id where t.user_id = ${userId}`,
    // Courses outlive their tutor for those who bought them; what nobody else teaches is sold no more.
    erase: (sql, userId) =>
      sql`
      update courses c set archived_at = coalesce(c.archived_at, now()), updated_at = now()
      where exists (select from course_tutors t where t.course_id = c.id and t.user_id = ${userId})
        and not exists (
          select from course_tutors t join users u on u.id = t.user_id
          where t.course_id = c.id and t.user_id <> ${userId} and u.erased_at is null
        )`,
  },
  {
    table: "audit_log",
    columns: ["actor_id"],
    show: (sql, userId) =>
      sql`
      select action, subject_type, subject_id, before, after, reason, occurred_at from audit_log
      where actor_id = ${userId} or (subject_type = 'user' and subject_id = ${userId}) order by id`,
    // It holds ids and no particulars, and nothing in it is ever changed.
    erase: null,
  },
  {
    table: "users",
    columns: [
      "id",
      "email",
      "pending_email",
      "password_hash",
      "first_name",
      "last_name",
      "username",
      "phone",
      "bio",
      "avatar_key",
      "publishes_email",
      "university_id",
    ],
    show: (sql, userId) =>
      sql`
      select u.id, u.email, u.pending_email, u.first_name, u.last_name, u.username, u.phone, u.language, u.role, u.bio,
        u.avatar_key, v.name as university, u.publishes_email, u.email_verified_at, u.deactivated_at, u.created_at,
        u.updated_at
      from users u left join universities v on v.id = u.university_id where u.id = ${userId}`,
    // The row stays for those that refer to it. No password has an empty hash; the picture goes with the sweep of unused files.
    erase: (sql, userId) =>
      sql`
      update users set email = 'erased-' || lower(id) || '@erased.invalid', pending_email = null, password_hash = '',
        first_name = '', last_name = '', username = '', phone = '', language = 'en', bio = '', avatar_key = null,
        university_id = null, publishes_email = false, email_verified_at = null, role = 4,
        credentials_version = credentials_version + 1, deactivated_at = coalesce(deactivated_at, now()),
        erased_at = now(), updated_at = now()
      where id = ${userId}`,
  },
];

/** Columns whose names make one think of people, and why they are not in the tables above, as `table.column`. */
export const IMPERSONAL_COLUMNS: Record<string, string> = {
  "playback_sessions.ended_by": "says how it ended, not who ended it",
};

/** All that is held about people, in PostgreSQL. */
export function postgresPersonalData(sql: Queries): PersonalData {
  return {
    async show(userId) {
      const shown: Record<string, Row[]> = {};
      for (const { table, show } of PERSONAL_TABLES) {
        if (show) shown[table] = [...await show(sql, userId)];
      }
      return shown;
    },

    async erase(userId) {
      for (const { erase } of PERSONAL_TABLES) await erase?.(sql, userId);
    },
  };
}
