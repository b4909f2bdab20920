import {
  type Channel,
  CHANNELS,
  type Claim,
  type ClaimedMail,
  type Lane,
  LANES,
  type MailLimits,
  type Outbox,
} from "../../../domain/notifications/mails/ports.ts";
import { recordset } from "../lists.ts";
import type { Queries } from "../queries.ts";

/** The lanes by number; lower numbers are sent first. */
const LANE_NAMES = Object.keys(LANES) as Lane[];
/** The distance between the same lanes of two channels. */
const CHANNEL_STEP = 10;
const laneOf = (channel: Channel, lane: number) => CHANNEL_STEP * CHANNELS.indexOf(channel) + lane;

/** Returns SQL for the channel of a row of `mails`. */
export const channelColumn = (sql: Queries) =>
  sql`(${CHANNELS as unknown as string[]}::text[])[lane / ${CHANNEL_STEP}::int + 1]`;

/** Returns the outbox in PostgreSQL. */
export function postgresOutbox(sql: Queries): Outbox {
  /** Returns how many more of a channel may be sent now in each lane, and how many bulk mails. */
  async function allowance(channel: Channel, { perDay, bulkPerMinute }: MailLimits, now: Date) {
    const endless = { upTo: LANE_NAMES.map(() => Infinity), bulk: Infinity };
    if (perDay === null && bulkPerMinute === null) return endless;
    const [gone] = await sql<{ day: number; bulkMinute: number }[]>`
      select count(*)::int as day,
        (count(*) filter (where is_bulk and handed_over_at > ${before(now, 60)}))::int as "bulkMinute"
      from mails
      where handed_over_at > ${before(now, perDay === null ? 60 : 24 * 3600)}
        and lane between ${laneOf(channel, 0)} and ${laneOf(channel, CHANNEL_STEP - 1)}`;
    return {
      upTo: perDay === null
        ? endless.upTo
        : LANE_NAMES.map((lane) => Math.floor(perDay * LANES[lane]) - gone!.day),
      bulk: bulkPerMinute === null ? Infinity : bulkPerMinute - gone!.bulkMinute,
    };
  }

  /** Returns SQL that is true if the claim on the mail is still valid. */
  const isHeld = ({ id, attempts }: Claim) =>
    sql`id = ${id} and state = 'sending' and attempts = ${attempts}`;

  return {
    async add(...entries) {
      if (entries.length === 0) return;
      const rows = entries.map(({ channel, notice, subjectKey, isRecurring, lane }) => ({
        kind: notice.kind,
        subject: subjectKey,
        occasion: isRecurring ? crypto.randomUUID() : channel === "mail" ? "" : channel,
        recurs: isRecurring,
        notice,
        is_bulk: lane === "bulk",
        lane: laneOf(channel, LANE_NAMES.indexOf(lane)),
      }));
      await sql`
        insert into mails (kind, subject, occasion, notice, is_bulk, lane)
        select p.kind, p.subject, p.occasion, p.notice, p.is_bulk, p.lane
        from ${recordset(sql, rows)}
          as p(kind text, subject text, occasion text, recurs boolean, notice jsonb, is_bulk boolean, lane smallint)
        where not p.recurs or not exists (
          select from mails m
          where m.kind = p.kind and m.subject = p.subject and m.lane = p.lane and m.state = 'queued' and m.attempts = 0
        )
        on conflict (kind, subject, occasion) do update set state = 'queued', due_at = statement_timestamp(),
          attempts = 0, unanswered = 0, reason = null, updated_at = statement_timestamp()
          where mails.state = 'cancelled'`;
    },

    async claim<Said>({ channel, now, limit, leaseSeconds, limits }: Parameters<Outbox["claim"]>[0]) {
      const allowed = await allowance(channel, limits, now);
      const lanes = LANE_NAMES.map((name, lane) => ({
        lane: laneOf(channel, lane),
        rows: Math.max(0, Math.min(limit, name === "bulk" ? allowed.bulk : limit)),
        // Mails are sent in order, so a mail's position is the number of mails sent up to it.
        places: Math.min(limit, allowed.upTo[lane]!),
      })).filter(({ rows, places }) => rows > 0 && places > 0);
      if (lanes.length === 0) return [];
      return await sql<ClaimedMail<Said>[]>`
        with due as (
          select m.id, row_number() over (order by l.lane, m.due_at) as place, l.places
          from ${recordset(sql, lanes)} as l(lane smallint, rows int, places int)
          cross join lateral (
            select id, due_at from mails
            where state in ('queued', 'sending') and lane = l.lane and due_at <= ${now}
            order by due_at limit l.rows for update skip locked
          ) m
        ), chosen as (select id from due where place <= places)
        update mails m set state = 'sending', attempts = attempts + 1, updated_at = ${now},
          unanswered = unanswered + (handed_over_at is not null)::int, dated_at = coalesce(dated_at, ${now}),
          due_at = ${new Date(now.getTime() + leaseSeconds * 1000)}
        from chosen where m.id = chosen.id
        returning m.id, m.notice, m.attempts, m.unanswered, m.dated_at as date`;
    },

    async objection({ email, userId }, topic, quota) {
      const [row] = await sql<{ suppressed: string | null; declined: boolean; lately: number }[]>`
        select (select reason from mail_suppressions where email = lower(${email})) as suppressed,
          exists (select from declined_topics where user_id = ${userId} and topic = ${topic}) as declined,
          ${
        quota
          ? sql`(select count(*)::int from mails where recipient = ${email} and handed_over_at > ${quota.since})`
          : sql`0`
      } as lately`;
      if (quota && row!.lately >= quota.mails) {
        return `the address was handed ${row!.lately} mails in a day`;
      }
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
        throw new Error("another process has taken over this mail, or its recipient was erased");
      }
    },

    async conclude(claim, state, reason, vendorId) {
      await sql`
        update mails set state = ${state}, reason = ${reason}, updated_at = statement_timestamp(),
          vendor_id = coalesce(${vendorId ?? null}, vendor_id),
          handed_over_at = case when ${state} in ('sent', 'unconfirmed') then handed_over_at end
        where ${isHeld(claim)}`;
    },

    async postpone(claim, until, { reason, mayHaveArrived }) {
      await sql`
        update mails set state = 'queued', due_at = ${until}, reason = ${reason}, updated_at = statement_timestamp(),
          handed_over_at = case when ${mayHaveArrived !== false} then handed_over_at end,
          unanswered = unanswered - ${mayHaveArrived === "earlier" ? 1 : 0}
        where ${isHeld(claim)}`;
    },
  };
}

const before = (now: Date, seconds: number) => new Date(now.getTime() - seconds * 1000);
