import type {
  MailLog,
  MailState,
  SentMail,
  Suppression,
  Suppressions,
} from "../../../domain/notifications/mails/ports.ts";
import type { MailPreferences, Topic } from "../../../domain/notifications/ports.ts";
import { listOf, recordset } from "../lists.ts";
import { channelColumn } from "./outbox.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

/** Returns the delivery status of mails, in PostgreSQL. */
export function postgresMailLog(sql: Queries): MailLog {
  const columns = () =>
    sql`id, ${
      channelColumn(sql)
    } as channel, kind, subject, state, reason, recipient, delivery, attempts, created_at as "createdAt",
      updated_at as "updatedAt"`;
  return {
    async list(state, range) {
      const { count, rows: mails } = await listOf<SentMail>(sql, {
        select: columns(),
        from: sql`from mails where ${state === null ? sql`true` : sql`state = ${state}`}`,
        order: sql`created_at desc, id`,
      }, range);
      return { count, mails };
    },

    async requeue(id) {
      const [before] = await sql<{ state: MailState }[]>`
        select state from mails
        where id = ${uuidOrNull(id)} and state in ('failed', 'cancelled', 'unconfirmed') for update`;
      if (!before) return null;
      const [mail] = await sql<SentMail[]>`
        update mails set state = 'queued', attempts = 0, unanswered = 0, dated_at = null, due_at = statement_timestamp(),
          handed_over_at = null, vendor_id = null, delivery = null, updated_at = statement_timestamp()
        where id = ${id} returning ${columns()}`;
      return { before: before.state, mail: mail! };
    },

    async purge(before) {
      await sql`delete from mails where state not in ('queued', 'sending') and updated_at < ${before}`;
      await sql`delete from notices where created_at < ${before}`;
    },
  };
}

/** Returns suppressed addresses, in PostgreSQL. */
export function postgresSuppressions(sql: Queries): Suppressions {
  return {
    async add(...addresses) {
      if (addresses.length === 0) return 0;
      const rows = await sql`
        insert into mail_suppressions (email, reason)
        select email, reason
        from ${recordset(sql, addresses)} as a(email text, reason text)
        on conflict (email) do nothing returning email`;
      return rows.length;
    },

    async list(range) {
      const { count, rows: suppressions } = await listOf<Suppression>(sql, {
        select: sql`email, reason, created_at as "createdAt"`,
        from: sql`from mail_suppressions`,
        order: sql`created_at desc, email`,
      }, range);
      return { count, suppressions };
    },

    async lift(email) {
      const [row] = await sql<Suppression[]>`
        delete from mail_suppressions where email = ${email} returning email, reason, created_at as "createdAt"`;
      return row ?? null;
    },
  };
}

/** Returns the topics that people opted out of, in PostgreSQL. */
export function postgresMailPreferences(sql: Queries): MailPreferences {
  return {
    async declined(userId) {
      const rows = await sql<{ topic: Topic }[]>`select topic from declined_topics where user_id = ${userId}`;
      return rows.map(({ topic }) => topic);
    },

    async decline(userId, topic) {
      await sql`
        insert into declined_topics (user_id, topic) select id, ${topic} from users where id = ${userId}
        on conflict (user_id, topic) do nothing`;
    },

    async accept(userId, topic) {
      await sql`delete from declined_topics where user_id = ${userId} and topic = ${topic}`;
    },
  };
}
