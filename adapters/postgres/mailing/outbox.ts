import type { Claim, ClaimedMail, MailLimits, Outbox } from "../../../domain/mailing/ports.ts";
import type { Queries } from "../queries.ts";

/**
 * Of a provider's daily limit, the share that mail to many leaves for urgent mail: a course update to thousands must
 * not keep anybody from a new password.
 */
const RESERVED_FOR_URGENT = 0.2;

/** Mails on their way, in PostgreSQL. */
export function postgresOutbox(sql: Queries): Outbox {
  /** How many urgent mails, and how many to many, may leave at this moment. */
  async function allowance({ perDay, bulkPerMinute }: MailLimits, now: Date) {
    if (perDay === null && bulkPerMinute === null) return { urgent: Infinity, bulk: Infinity };
    const [left] = await sql<{ day: number; bulkMinute: number }[]>`
      select count(*)::int as day,
        (count(*) filter (where is_bulk and handed_over_at > ${before(now, 60)}))::int as "bulkMinute"
      from mails
      where handed_over_at > ${before(now, perDay === null ? 60 : 24 * 3600)}`;
    const urgent = perDay === null ? Infinity : perDay - left!.day;
    const reserve = perDay === null ? 0 : Math.floor(perDay * RESERVED_FOR_URGENT);
    const pace = bulkPerMinute === null ? Infinity : bulkPerMinute - left!.bulkMinute;
    return { urgent: Math.max(0, urgent), bulk: Math.max(0, Math.min(urgent - reserve, pace)) };
  }

  /** The mail is still in the hands of whoever has that claim. */
  const isHeld = ({ id, attempts }: Claim) =>
    sql`id = ${id} and state = 'sending' and attempts = ${attempts}`;

  return {
    async add(...parcels) {
      if (parcels.length === 0) return;
      const rows = parcels.map(({ notice, subject, isRecurring, isBulk }) => ({
        kind: notice.kind,
        subject,
        occasion: isRecurring ? crypto.randomUUID() : "",
        notice,
        is_bulk: isBulk,
      }));
      await sql`
        insert into mails (kind, subject, occasion, notice, is_bulk)
        select p.kind, p.subject, p.occasion, p.notice, p.is_bulk
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
          as p(kind text, subject text, occasion text, notice jsonb, is_bulk boolean)
        where p.occasion = '' or not exists (
          select from mails m
          where m.kind = p.kind and m.subject = p.subject and m.state = 'queued' and m.attempts = 0
        )
        on conflict (kind, subject, occasion) do update set state = 'queued', due_at = statement_timestamp(),
          attempts = 0, unanswered = 0, reason = null, updated_at = statement_timestamp()
          where mails.state = 'cancelled'`;
    },

    async claim({ now, limit, leaseSeconds, limits }) {
      const allowed = await allowance(limits, now);
      const urgent = Math.min(limit, allowed.urgent);
      if (urgent === 0) return [];
      const bulk = Math.min(urgent, allowed.bulk);
      return await sql<ClaimedMail[]>`
        with urgent as (
          select id from mails
          where state in ('queued', 'sending') and not is_bulk and due_at <= ${now}
          order by due_at limit ${urgent} for update skip locked
        ), bulk as (
          select id from mails
          where state in ('queued', 'sending') and is_bulk and due_at <= ${now}
          order by due_at limit least(${bulk}, ${urgent} - (select count(*) from urgent)) for update skip locked
        ), chosen as (select id from urgent union all select id from bulk)
        update mails m set state = 'sending', attempts = attempts + 1, updated_at = ${now},
          unanswered = unanswered + (handed_over_at is not null)::int, dated_at = coalesce(dated_at, ${now}),
          due_at = ${new Date(now.getTime() + leaseSeconds * 1000)}
        from chosen where m.id = chosen.id
        returning m.id, m.notice, m.attempts, m.unanswered, m.dated_at as date`;
    },

    async objection({ email, userId }, topic) {
      const [row] = await sql<{ suppressed: string | null; declined: boolean }[]>`
        select (select reason from mail_suppressions where email = lower(${email})) as suppressed,
          exists (select from declined_topics where user_id = ${userId} and topic = ${topic}) as declined`;
      if (row!.suppressed !== null) return `the address is not mailed to: ${row!.suppressed}`;
      return row!.declined ? "the recipient declined mails of this kind" : null;
    },

    async handOver(claim, { email, userId }, now) {
      const rows = await sql`
        update mails set recipient = ${email}, handed_over_at = ${now}, updated_at = ${now}
        where ${
        isHeld(claim)
      } and not exists (select from users u where u.id = ${userId} and u.erased_at is not null)
        returning id`;
      if (rows.length === 0) {
        throw new Error("this mail is in other hands by now, or its recipient was erased");
      }
    },

    async conclude(claim, state, reason) {
      await sql`
        update mails set state = ${state}, reason = ${reason}, updated_at = statement_timestamp(),
          handed_over_at = case when ${state} in ('sent', 'unconfirmed') then handed_over_at end
        where ${isHeld(claim)}`;
    },

    async postpone(claim, until, { reason, mayHaveArrived }) {
      await sql`
        update mails set state = 'queued', due_at = ${until}, reason = ${reason}, updated_at = statement_timestamp(),
          handed_over_at = case when ${mayHaveArrived} then handed_over_at end
        where ${isHeld(claim)}`;
    },
  };
}

const before = (now: Date, seconds: number) => new Date(now.getTime() - seconds * 1000);
