import type { RefundableOrder, RefundableOrders } from "../../../domain/orders/ports.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

type Row = Omit<RefundableOrder, "lines"> & {
  lines: (Omit<RefundableOrder["lines"][number], "left"> & { left: string })[];
};

/** What the refund of an order is judged by, in PostgreSQL; one query. */
export function postgresRefundableOrders(sql: Queries): RefundableOrders {
  return {
    async byId(orderId) {
      const [row] = await sql<Row[]>`
        select o.id, o.student_id as "studentId", o.state, o.currency, o.paid_at as "paidAt",
          p.paid_amount as paid,
          (
            select jsonb_agg(
              jsonb_build_object(
                'id', l.id, 'title', l.title,
                'left', (l.amount - l.discount_amount - l.refunded_amount)::text,
                'isRefunding', exists (
                  select from refunds r where r.order_id = o.id and r.status in ('requested', 'submitted')
                    and (
                      not exists (select from refund_lines rl where rl.refund_id = r.id)
                      or exists (select from refund_lines rl where rl.refund_id = r.id and rl.order_line_id = l.id)
                    )
                ),
                'hold', (select g.payment_hold from grants g where g.order_line_id = l.id),
                'watchedSeconds', watched.seconds, 'durationSeconds', watched.duration,
                'openedLessons', watched.opened, 'lessons', watched.lessons
              ) order by l.position)
            from order_lines l, lateral (
              select
                coalesce(sum(least(lesson.watched_seconds, lesson.duration_seconds))
                  filter (where lesson.duration_seconds is not null), 0)::int as seconds,
                coalesce(sum(lesson.duration_seconds), 0)::int as duration,
                (count(*) filter (where lesson.watched_seconds > 0))::int as opened,
                count(*)::int as lessons
              from (
                select coalesce(w.watched_seconds, 0) as watched_seconds, e.duration_seconds
                from course_parts c join lessons e on e.part_id = c.id
                left join lesson_progress w on w.lesson_id = e.id and w.student_id = o.student_id
                where c.course_id = l.course_id
                union all
                select w.watched_seconds, w.duration_seconds from removed_lesson_progress w
                where w.course_id = l.course_id and w.student_id = o.student_id
              ) lesson
            ) watched
            where l.order_id = o.id
          ) as lines
        from orders o join payments p on p.order_id = o.id
        where o.id = ${uuidOrNull(orderId)}`;
      return row ? { ...row, lines: row.lines.map((line) => ({ ...line, left: BigInt(line.left) })) } : null;
    },
  };
}
