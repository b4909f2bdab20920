import type { PersonalTable } from "./personal_table.ts";

/** Tables about notices to people, by mail and within the shop. */
export const MAIL_TABLES: PersonalTable[] = [
  {
    table: "mails",
    columns: ["recipient"],
    show: (sql, userId) =>
      sql`
      select id, kind, state, recipient, created_at from mails
      where notice->>'userId' = ${userId} or recipient = (select u.email from users u where u.id = ${userId})
      order by created_at`,
    // What was handed over within a day counts on: whoever erases their account must not get the shop past its daily
    // limits. No report of a vendor is about a mail with that id.
    erase: (sql, userId) =>
      sql`
      with theirs as (
        select id, coalesce(handed_over_at > statement_timestamp() - interval '1 day', false) as counts from mails
        where notice->>'userId' = ${userId} or recipient = (select u.email from users u where u.id = ${userId})
      ), emptied as (
        update mails set state = 'sent', subject = id::text, notice = jsonb_build_object('kind', kind), reason = null,
          recipient = null, vendor_id = 'erased', updated_at = statement_timestamp()
        where id in (select id from theirs where counts)
      )
      delete from mails where id in (select id from theirs where not counts)`,
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
    table: "sms_consents",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`select topic, given_at from sms_consents where user_id = ${userId} order by topic`,
    erase: (sql, userId) => sql`delete from sms_consents where user_id = ${userId}`,
  },
  {
    table: "sms_numbers",
    columns: ["user_id", "number"],
    show: (sql, userId) =>
      sql`
      select number, created_at, confirmed_at, problem, code_requested_at from sms_numbers where user_id = ${userId}`,
    erase: (sql, userId) => sql`delete from sms_numbers where user_id = ${userId}`,
  },
  {
    table: "notices",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select kind, title, body, read_at, created_at from notices where user_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`delete from notices where user_id = ${userId}`,
  },
];
