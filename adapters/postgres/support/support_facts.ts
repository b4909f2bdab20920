import type { SupportEvent, SupportFacts } from "../../../domain/support/ports.ts";
import type { Fragment, Queries } from "../queries.ts";

type Row = Omit<SupportEvent, "name" | "amount"> & { amount: bigint | null; currency: string | null };

/**
 * Returns what support is told of, in PostgreSQL. Events of one order are a second apart per line, because Intercom
 * takes those of one name and second for one.
 */
export function postgresSupportFacts(sql: Queries): SupportFacts {
  async function read(name: SupportEvent["name"], query: Fragment): Promise<SupportEvent[]> {
    const rows = await query as unknown as Row[];
    return rows.map(({ amount, currency, ...row }) => ({
      ...row,
      name,
      amount: amount === null || currency === null ? null : { amount, currency },
    }));
  }
  const none = sql`null::bigint as amount, null as currency`;

  return {
    async events(news) {
      switch (news.kind) {
        case "order_paid":
          return await read(
            "purchased-course",
            sql`
            select l.student_id as "userId", l.title as course, l.order_id as "orderId",
              coalesce(l.paid_amount, 0) as amount, o.currency,
              g.created_at + l.position * interval '1 second' as at
            from order_lines l
            join orders o on o.id = l.order_id
            join grants g on g.order_line_id = l.id
            join users u on u.id = l.student_id and u.erased_at is null
            where l.order_id = ${news.orderId} and (g.payment_hold is null or g.payment_hold = 'disputed')
            order by l.position`,
          );
        case "refund":
          return await read(
            "refunded",
            sql`
            select o.student_id as "userId", null as course, o.id as "orderId", r.amount, r.currency,
              r.created_at as at
            from refunds r
            join orders o on o.id = r.order_id
            join users u on u.id = o.student_id and u.erased_at is null
            where r.id = ${news.refundId} and r.status in ('pending', 'succeeded')`,
          );
        case "access_ended":
          return await read(
            "access-ended",
            sql`
            select g.student_id as "userId", c.title as course, l.order_id as "orderId", ${none},
              e.ended_at + coalesce(l.position, 0) * interval '1 second' as at
            from grants g
            left join order_lines l on l.id = g.order_line_id
            left join courses c on c.id = g.course_id
            join users u on u.id = g.student_id and u.erased_at is null
            cross join lateral (select least(g.revoked_at, g.ends_at, g.payment_hold_at) as ended_at) e
            where g.id = ${news.grantId} and e.ended_at <= statement_timestamp()`,
          );
        case "lesson_completed":
          // Stored, so that completing the course again later is no second time.
          return await read(
            "finished-course",
            sql`
            with course as (
              select p.course_id as id from lessons l join course_parts p on p.id = l.part_id
              where l.id = ${news.lessonId}
            ), finished as (
              insert into course_completions (student_id, course_id, completed_at)
              select u.id, course.id, max(w.completed_at)
              from course
              join users u on u.id = ${news.studentId} and u.erased_at is null
              join course_parts p on p.course_id = course.id
              join lessons l on l.part_id = p.id
              left join lesson_progress w on w.lesson_id = l.id and w.student_id = u.id
              group by u.id, course.id having count(*) = count(w.completed_at)
              on conflict do nothing
              returning student_id, course_id, completed_at
            ), known as (
              select * from finished
              union all
              select student_id, course_id, completed_at from course_completions
              where student_id = ${news.studentId} and course_id in (select id from course)
            )
            select k.student_id as "userId", c.title as course, null as "orderId", ${none}, k.completed_at as at
            from known k join courses c on c.id = k.course_id`,
          );
      }
    },
  };
}
