import type { SmsNumber, SmsNumbers } from "../../../domain/notifications/sms/ports.ts";
import { rowOf } from "../columns.ts";
import { recordset } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

/** What a number that was never sent a code lacks. */
type CodeRow = { hash: string | null; expiresAt: Date | null; tries: number };

/** Returns people's telephone numbers, in PostgreSQL. */
export function postgresSmsNumbers(sql: Queries): SmsNumbers {
  const columns = () =>
    rowOf<SmsNumber>(sql, "n", {
      number: true,
      confirmedAt: true,
      problem: true,
      codeRequestedAt: true,
      consents: sql`(
        select coalesce(json_object_agg(c.topic, c.given_at), '{}') from sms_consents c where c.user_id = n.user_id
      )`,
    });
  const numberIn = (row: SmsNumber): SmsNumber => ({
    ...row,
    consents: Object.fromEntries(
      Object.entries(row.consents).map(([topic, at]) => [topic, new Date(at)]),
    ),
  });
  return {
    async find(userId) {
      const [row] = await sql<
        SmsNumber[]
      >`select ${columns()} from sms_numbers n where n.user_id = ${userId}`;
      return row ? numberIn(row) : null;
    },

    async lock(userId) {
      // The person's row, because there may be no number yet.
      await sql`select from users where id = ${userId} for no key update`;
      const [row] = await sql<(SmsNumber & CodeRow)[]>`
        select ${columns()}, n.code_hash as hash, n.code_expires_at as "expiresAt", n.code_tries as tries
        from sms_numbers n where n.user_id = ${userId}`;
      if (!row) return null;
      const { hash, expiresAt, tries, ...number } = row;
      return { ...numberIn(number), code: hash && expiresAt ? { hash, expiresAt, tries } : null };
    },

    async request(userId, number, at) {
      await sql`delete from sms_numbers where user_id = ${userId} and number <> ${number}`;
      await sql`
        insert into sms_numbers (user_id, number, code_requested_at)
        select id, ${number}, ${at} from users where id = ${userId} and erased_at is null
        on conflict (user_id) do update set code_requested_at = excluded.code_requested_at, problem = null,
          confirmed_at = null, code_hash = null, code_expires_at = null`;
    },

    async confirm(userId, at) {
      await sql`
        update sms_numbers set confirmed_at = ${at}, code_hash = null, code_expires_at = null where user_id = ${userId}`;
    },

    async countWrongCode(userId) {
      await sql`update sms_numbers set code_tries = code_tries + 1 where user_id = ${userId}`;
    },

    async remove(userId) {
      await sql`delete from sms_numbers where user_id = ${userId}`;
    },

    async consent(userId, topic) {
      await sql`
        insert into sms_consents (user_id, topic) values (${userId}, ${topic}) on conflict (user_id, topic) do nothing`;
    },

    async withdraw(userId, topic) {
      await sql`delete from sms_consents where user_id = ${userId} and topic = ${topic}`;
    },

    async issue(userId, { hash, expiresAt, requestedAt }) {
      const [row] = await sql<{ number: string }[]>`
        update sms_numbers set code_hash = ${hash}, code_expires_at = ${expiresAt}, code_tries = 0
        where user_id = ${userId} and confirmed_at is null and problem is null
          and code_requested_at = ${requestedAt}::text::timestamptz
        returning number`;
      return row?.number ?? null;
    },

    async wanted(userId, topic) {
      const [row] = await sql<{ number: string }[]>`
        select n.number from sms_numbers n join sms_consents c on c.user_id = n.user_id
        where n.user_id = ${userId} and c.topic = ${topic} and ${isUsable(sql)}`;
      return row?.number ?? null;
    },

    async wishes(notices) {
      const rows = await sql<{ id: string }[]>`
        select w.id
        from ${recordset(sql, notices)} as w(topic text, id uuid)
        left join grants g on g.id = w.id
        left join orders o on o.id = w.id
        join sms_numbers n on n.user_id = coalesce(g.student_id, o.student_id)
        join sms_consents c on c.user_id = n.user_id and c.topic = w.topic
        where ${isUsable(sql)}`;
      return new Set(rows.map(({ id }) => id));
    },

    async mark(number, problem, mailId) {
      const isCurrent = mailId === undefined ? sql`true` : sql`
        coalesce(code_requested_at, '-infinity')
          <= (select handed_over_at from mails where id = ${uuidOrNull(mailId)})`;
      await sql`update sms_numbers set problem = ${problem} where number = ${number} and ${isCurrent}`;
    },

    async noteDelivery({ mailId, vendorId, delivery, reason }, after) {
      // An entry that is being delivered is concluded by that attempt.
      await sql`
        update mails set delivery = ${delivery}, vendor_id = ${vendorId}, reason = coalesce(${reason}, reason),
          state = case when state in ('queued', 'unconfirmed') then 'sent' else state end,
          updated_at = statement_timestamp()
        where id = ${uuidOrNull(mailId)} and coalesce(vendor_id, ${vendorId}) = ${vendorId}
          and handed_over_at is not null and (delivery is null or delivery = any(${after}::text[]))`;
    },
  };
}

/** Returns SQL that is true for a number `n` that may be used. */
const isUsable = (sql: Queries) => sql`n.confirmed_at is not null and n.problem is null`;
