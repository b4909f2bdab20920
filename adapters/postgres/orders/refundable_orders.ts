import type { LessonUse, LineUse, RefundableOrders } from "../../../domain/orders/ports.ts";
import { orderColumns, type OrderRow, toOrder } from "../checkout/orders.ts";
import { type AsJson, fromJson } from "../json.ts";
import { type Queries, uuidOrNull } from "../queries.ts";
import { readFacts } from "../settlement/order_facts.ts";

// JSON has no dates, so they are text.
type Row = Omit<LineUse, "lessons"> & {
  lessons: AsJson<LessonUse>[];
};

/**
 * Returns the data by which refunds of an order are judged, in PostgreSQL. Takes three queries, however many lines
 * and lessons there are.
 */
export function postgresRefundableOrders(sql: Queries): RefundableOrders {
  return {
    async byId(orderId) {
      const [row] = await sql<(OrderRow & { paidAt: Date | null })[]>`
        select ${orderColumns(sql)}, o.paid_at as "paidAt" from orders o where o.id = ${uuidOrNull(orderId)}`;
      if (!row) return null;
      const { paidAt, ...orderRow } = row;
      const order = toOrder(orderRow);
      const [facts, use] = await Promise.all([readFacts(sql, order), useOf(sql, order.id)]);
      return { order, facts, paidAt, use };
    },
  };
}

/**
 * Returns the student's use of an order's lines. Tickets and links count from when the student first had access to
 * the course: free previews before that are not part of the purchase. The log is written with another clock than the
 * grants, hence the minute.
 */
async function useOf(sql: Queries, orderId: string): Promise<LineUse[]> {
  const rows = await sql<Row[]>`
    with line as (
      select l.id, l.student_id, l.course_id, l.position, l.access_days, l.sold_lessons, l.sold_seconds,
        (
          select min(g.starts_at) - interval '1 minute' from grants g
          where g.student_id = l.student_id and g.course_id = l.course_id
        ) as since
      from order_lines l where l.order_id = ${orderId}
    ), opened as (
      select id, lesson_id, min(ticket_at) as ticket_at from (
        select line.id, a.lesson_id, a.occurred_at as ticket_at
        from line join playback_log a on a.viewer_id = line.student_id and a.course_id = line.course_id
        where a.outcome = 'ticket_issued' and a.occurred_at >= line.since
        union all
        select line.id, a.lesson_id, null
        from line join attachment_links a on a.viewer_id = line.student_id and a.course_id = line.course_id
        where a.occurred_at >= line.since
      ) opening
      group by id, lesson_id
    ), lesson as (
      select line.id, e.id as lesson_id, lesson_seconds(e) as seconds, coalesce(w.watched_seconds, 0) as watched
      from line
      join course_parts c on c.course_id = line.course_id
      join lessons e on e.part_id = c.id
      left join lesson_progress w on w.lesson_id = e.id and w.student_id = line.student_id
      union all
      select line.id, w.lesson_id, w.duration_seconds, w.watched_seconds
      from line
      join removed_lesson_progress w on w.course_id = line.course_id and w.student_id = line.student_id
    )
    select line.id as "lineId", coalesce(line.sold_lessons, 0) as "soldLessons",
      coalesce(line.sold_seconds, 0) as "soldSeconds",
      (
        select greatest(g.ends_at, g.starts_at + make_interval(days => line.access_days)) from grants g
        where g.order_line_id = line.id and line.access_days is not null
      ) as "accessEndsAt",
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'lengthSeconds', lesson.seconds, 'watchedSeconds', coalesce(lesson.watched, 0),
          'ticketAt', opened.ticket_at, 'isOpened', opened.lesson_id is not null))
        from (select * from lesson where lesson.id = line.id) lesson
        full join (select * from opened where opened.id = line.id) opened using (lesson_id)
      ), '[]') as lessons
    from line order by line.position`;
  return rows.map(({ lessons, ...use }) => ({
    ...use,
    lessons: lessons.map((lesson) => fromJson<LessonUse>(lesson, { ticketAt: "date" })),
  }));
}
