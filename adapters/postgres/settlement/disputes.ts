import type { Dispute, Disputes, MailedNotice, OrderUse } from "../../../domain/settlement/disputes/ports.ts";
import type { NoticeKind } from "../../../domain/notifications/ports.ts";
import { type AsJson, fromJson, moneyFromJson } from "../json.ts";
import { listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

type DisputeRow = Omit<Dispute, "amount"> & { amount: bigint; currency: string };
type UseRow = {
  name: string | null;
  email: string;
  registeredAt: Date | null;
  paidAt: Date | null;
  receiptNumber: bigint | null;
  currency: string;
  lines: { title: string; amount: string; watchedSeconds: number; completedLessons: number }[];
  playCount: number;
  plays: AsJson<OrderUse["plays"][number]>[];
  ipAddresses: { ipAddress: string; count: number }[];
  mails: AsJson<MailedNotice>[];
};

/** Kinds of notices by their subject, by which their mails are found. */
const ABOUT_ORDER: NoticeKind[] = ["order_confirmation", "payment_processing", "payment_failed"];
const ABOUT_GRANT: NoticeKind[] = ["access_granted", "access_ending", "access_ended"];

/** Returns disputes and the use of their orders, in PostgreSQL. */
export function postgresDisputes(sql: Queries): Disputes {
  return {
    async byId(id) {
      const [row] = await sql<DisputeRow[]>`select ${disputeColumns(sql)} ${
        disputeTables(sql)
      } where d.id = ${id}`;
      return row ? toDispute(row) : null;
    },

    async list({ status }, range) {
      const { count, rows } = await listOf<DisputeRow>(sql, {
        select: disputeColumns(sql),
        from: sql`${disputeTables(sql)} where ${
          status === undefined ? sql`true` : sql`d.status = ${status}`
        }`,
        order: sql`case when d.status like '%needs_response' then d.evidence_due_at end nulls last,
            d.created_at desc, d.id`,
      }, range);
      return { count, disputes: rows.map(toDispute) };
    },

    async use(orderId) {
      const [row] = await sql<UseRow[]>`
        with bought as (
          select l.*, o.paid_at from orders o join order_lines l on l.order_id = o.id
          where o.id = ${uuidOrNull(orderId)}
        ), play as (
          select v.occurred_at, v.address, v.user_agent, b.title as course, coalesce(e.title, '') as lesson
          from bought b
          join playback_log v on v.viewer_id = b.student_id and v.course_id = b.course_id
          left join lessons e on e.id = v.lesson_id
          where v.outcome = 'ticket_issued' and v.occurred_at >= b.paid_at
        ), mailed as (
          select m.handed_over_at, m.updated_at, m.kind, m.recipient, m.state, n.title
          from mails m left join notices n on n.mail_id = m.id
          where m.state in ('sent', 'unconfirmed', 'failed') and m.recipient is not null and (m.kind, m.subject) in (
            select kind, ${orderId} from unnest(${ABOUT_ORDER}::text[]) kind
            union all select 'refund', r.id::text from refunds r where r.order_id = ${uuidOrNull(orderId)}
            union all
            select kind, g.id::text
            from bought b join grants g on g.order_line_id = b.id, unnest(${ABOUT_GRANT}::text[]) kind
          )
        )
        select nullif(trim(u.first_name || ' ' || u.last_name), '') as name, o.student_email as email,
          u.created_at as "registeredAt", o.paid_at as "paidAt", o.receipt_number as "receiptNumber",
          o.currency,
          (
            select jsonb_agg(
              jsonb_build_object(
                'title', b.title, 'amount', coalesce(b.paid_amount, b.amount - b.discount_amount)::text,
                'watchedSeconds', w.seconds, 'completedLessons', w.completed
              ) order by b.position)
            from bought b, lateral (
              select coalesce(sum(lesson.watched_seconds), 0)::int as seconds,
                count(lesson.completed_at)::int as completed
              from (
                select g.watched_seconds, g.completed_at
                from lesson_progress g join lessons e on e.id = g.lesson_id
                join course_parts c on c.id = e.part_id
                where g.student_id = b.student_id and c.course_id = b.course_id
                union all
                select g.watched_seconds, g.completed_at from removed_lesson_progress g
                where g.student_id = b.student_id and g.course_id = b.course_id
              ) lesson
            ) w
          ) as lines,
          (select count(*)::int from play) as "playCount",
          coalesce((
            select jsonb_agg(
              jsonb_build_object(
                'at', latest.occurred_at, 'course', latest.course, 'lesson', latest.lesson,
                'ipAddress', latest.address, 'userAgent', latest.user_agent
              ) order by latest.occurred_at desc)
            from (select * from play order by occurred_at desc limit 200) latest
          ), '[]') as plays,
          coalesce((
            select jsonb_agg(
              jsonb_build_object('ipAddress', often.address, 'count', often.count)
              order by often.count desc, often.address)
            from (
              select address, count(*)::int as count from play group by address
              order by count(*) desc, address limit 50
            ) often
          ), '[]') as "ipAddresses",
          coalesce((
            select jsonb_agg(
              jsonb_build_object(
                'at', told.at, 'kind', told.kind, 'subject', coalesce(told.title, ''), 'to', told.recipient,
                'state', told.state
              ) order by told.at)
            from (
              select coalesce(handed_over_at, updated_at) as at, kind, title, recipient, state from mailed
              order by 1 limit 50
            ) told
          ), '[]') as mails
        from orders o left join users u on u.id = o.student_id
        where o.id = ${uuidOrNull(orderId)}`;
      return row ? toUse(row) : null;
    },
  };
}

function disputeColumns(sql: Queries) {
  return sql`
    d.id, d.order_id as "orderId", o.student_email as "studentEmail", d.amount, d.currency, d.status, d.reason,
    d.evidence_due_at as "evidenceDueAt", d.created_at as "createdAt"`;
}

const disputeTables = (sql: Queries) => sql`from disputes d left join orders o on o.id = d.order_id`;

function toDispute({ amount, currency, ...dispute }: DisputeRow): Dispute {
  return { ...dispute, amount: { amount, currency } };
}

function toUse({ name, email, registeredAt, currency, lines, plays, mails, ...use }: UseRow): OrderUse {
  return {
    ...use,
    student: { name: name ?? "", email, registeredAt },
    lines: lines.map(({ amount, ...line }) => ({ ...line, price: moneyFromJson({ amount, currency }) })),
    plays: plays.map((play) => fromJson<OrderUse["plays"][number]>(play, { at: "date" })),
    mails: mails.map((mail) => fromJson<MailedNotice>(mail, { at: "date" })),
  };
}
