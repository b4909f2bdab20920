import type {
  CompletionFigures,
  Hits,
  MeasuredEvent,
  MeasuredItem,
  SaleFigures,
  Visit,
  Visits,
} from "../../../domain/analytics/ports.ts";
import { type AsJson, fromJson } from "../json.ts";
import { recordset } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

type SaleRow = Omit<SaleFigures, "lines" | "stored"> & {
  visitId: string;
  lines: AsJson<SaleFigures["lines"][number]>[];
  stored: StoredEvent[];
};
/** An event as JSON, with its amounts as text. */
type StoredEvent = { name: MeasuredEvent["name"]; tax?: string; items?: AsJson<MeasuredItem>[] };

/** Returns visits in PostgreSQL. */
export function postgresVisits(sql: Queries): Visits {
  return {
    async noteOrder(orderId, visit) {
      if (visit === null) {
        await sql`delete from analytics_visits where order_id = ${orderId}`;
        return;
      }
      const { clientId, sessionId, adUserData, adPersonalization } = visit;
      await sql`
        insert into analytics_visits (
          student_id, order_id, client_id, session_id, ad_user_data, ad_personalization
        )
        select student_id, id, ${clientId}, ${sessionId}, ${adUserData}, ${adPersonalization}
        from orders where id = ${orderId}
        on conflict (order_id) do update set client_id = excluded.client_id, session_id = excluded.session_id,
          ad_user_data = excluded.ad_user_data, ad_personalization = excluded.ad_personalization`;
    },

    async noteSignUp(userId, { clientId, sessionId, adUserData, adPersonalization }) {
      const [row] = await sql<{ id: string }[]>`
        insert into analytics_visits (student_id, client_id, session_id, ad_user_data, ad_personalization)
        values (${userId}, ${clientId}, ${sessionId}, ${adUserData}, ${adPersonalization})
        returning id`;
      return row!.id;
    },

    async lockSale(of) {
      const orderId = "orderId" in of
        ? sql`${uuidOrNull(of.orderId)}::uuid`
        : sql`(select r.order_id from refunds r where r.id = ${uuidOrNull(of.refundId)})`;
      const locked = await sql`select from analytics_visits where order_id = ${orderId} for update`;
      if (locked.length === 0) return null;
      // In a second statement, which sees what was committed while the first waited.
      const [row] = await sql<SaleRow[]>`
        select v.id as "visitId", o.id as "orderId", o.currency, o.created_at as "begunAt", p.tax_amount as tax,
          (
            select m.code from promotion_redemptions r join promotions m on m.id = r.promotion_id
            where r.order_id = o.id
          ) as coupon,
          (
            select min(g.created_at) from order_lines l join grants g on g.order_line_id = l.id
            where l.order_id = o.id
          ) as "boughtAt",
          (
            select max(r.updated_at) from refunds r
            where r.order_id = o.id and r.status in ('pending', 'succeeded')
          ) as "refundedAt",
          (
            select jsonb_agg(jsonb_build_object(
              'courseId', l.course_id, 'title', l.title, 'net', (l.amount - l.discount_amount)::text,
              'paid', coalesce(l.paid_amount, 0)::text, 'refunded', l.refunded_amount::text
            ) order by l.position)
            from order_lines l where l.order_id = o.id
          ) as lines,
          coalesce((select jsonb_agg(h.event) from analytics_hits h where h.visit_id = v.id), '[]') as stored
        from analytics_visits v
        join orders o on o.id = v.order_id
        join payments p on p.order_id = o.id
        where v.order_id = ${orderId}`;
      const { visitId, lines, stored, ...figures } = row!;
      return {
        visitId,
        figures: {
          ...figures,
          lines: lines.map((line) =>
            fromJson<SaleFigures["lines"][number]>(line, {
              net: "amount",
              paid: "amount",
              refunded: "amount",
            })
          ),
          stored: stored.map(toEvent),
        },
      };
    },

    async completion({ studentId, lessonId }) {
      const [row] = await sql<(CompletionFigures & { visitId: string })[]>`
        with done as (
          select l.id as lesson_id, c.id as course_id, c.title, w.completed_at
          from lesson_progress w
          join lessons l on l.id = w.lesson_id
          join course_parts s on s.id = l.part_id
          join courses c on c.id = s.course_id
          where w.student_id = ${studentId} and w.lesson_id = ${lessonId} and w.completed_at is not null
        )
        select v.id as "visitId", d.lesson_id as "lessonId", d.course_id as "courseId",
          d.title as "courseTitle", d.completed_at as "completedAt",
          (
            select max(w.completed_at) from course_parts s join lessons l on l.part_id = s.id
            left join lesson_progress w on w.lesson_id = l.id and w.student_id = ${studentId}
            where s.course_id = d.course_id having count(*) = count(w.completed_at)
          ) as "courseCompletedAt"
        from done d
        join grants g on g.course_id = d.course_id and g.student_id = ${studentId}
        join order_lines b on b.id = g.order_line_id
        join analytics_visits v on v.order_id = b.order_id
        order by g.created_at desc, g.id limit 1`;
      if (!row) return null;
      const { visitId, ...figures } = row;
      return { visitId, figures };
    },

    async add(visitId, hits) {
      const rows = await sql<{ id: string }[]>`
        insert into analytics_hits (visit_id, key, event, happened_at)
        select ${visitId}, h.key, h.event, h."happenedAt"
        from ${recordset(sql, hits)} as h(key text, event jsonb, "happenedAt" timestamptz)
        on conflict (visit_id, key) do nothing
        returning id`;
      return rows.map(({ id }) => id);
    },
  };
}

/** Returns events to be sent, in PostgreSQL. */
export function postgresHits(sql: Queries): Hits {
  return {
    async begin(hitId) {
      const [row] = await sql<
        (Visit & { event: StoredEvent; happenedAt: Date; tries: number; isUnclear: boolean })[]
      >`
        with before as (
          select id, is_sending from analytics_hits where id = ${
        uuidOrNull(hitId)
      } and ended_as is null for update
        )
        update analytics_hits h set tries = h.tries + 1, is_sending = true
        from before b, analytics_visits v
        where h.id = b.id and v.id = h.visit_id
        returning h.event, h.happened_at as "happenedAt", h.tries, b.is_sending as "isUnclear",
          v.client_id as "clientId", v.session_id as "sessionId", v.ad_user_data as "adUserData",
          v.ad_personalization as "adPersonalization"`;
      if (!row) return null;
      const { event, happenedAt, tries, isUnclear, ...visit } = row;
      return { visit, event: toEvent(event), happenedAt, tries, isUnclear };
    },

    async release(hitId) {
      await sql`update analytics_hits set is_sending = false where id = ${hitId}`;
    },

    async end(hitId, as) {
      await sql`
        with ended as (
          update analytics_hits set ended_as = ${as}, is_sending = false where id = ${hitId} returning visit_id
        )
        delete from analytics_visits v using ended where v.id = ended.visit_id and v.order_id is null`;
    },
  };
}

function toEvent({ tax, items, ...event }: StoredEvent): MeasuredEvent {
  return {
    ...event,
    ...(tax === undefined ? {} : { tax: BigInt(tax) }),
    ...(items === undefined
      ? {}
      : { items: items.map((item) => fromJson<MeasuredItem>(item, { amount: "amount" })) }),
  } as MeasuredEvent;
}
