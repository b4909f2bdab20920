import { lineEarned, soldAt } from "../orders/amounts.ts";
import type { Fragment, Queries } from "../queries.ts";

/** Returns SQL that is true if the order line `l` was paid and the payment was not lost in a dispute. */
export const isSold = (sql: Queries) =>
  sql`l.order_state in ('paid', 'partially_refunded', 'refunded') and not exists (
    select from grants g where g.order_line_id = l.id and g.payment_hold = 'dispute_lost'
  )`;

/**
 * Returns the CTE `shares`: the tutor's shares of courses' sales by period; if the tutor is null, everybody's. A
 * course without recorded shares belongs to its first tutor.
 */
export function shares(sql: Queries, tutorId: string | null) {
  const isAsked = tutorId === null ? sql`true` : sql`t.user_id = ${tutorId}`;
  return sql`shares as (
    select t.course_id, t.user_id as tutor_id, t.percent::bigint, t.offset_percent::bigint, t.valid_from,
      coalesce(t.valid_until, 'infinity') as valid_until
    from earning_shares t where ${isAsked}
    union all
    select t.course_id, t.user_id, 100, 0, '-infinity', 'infinity' from course_tutors t
    where ${isAsked}
      and not exists (select from earning_shares s where s.course_id = t.course_id)
      and not exists (
        select from course_tutors o
        where o.course_id = t.course_id and (o.position, o.user_id) < (t.position, t.user_id)
      )
  )`;
}

/**
 * Returns the CTE `sales`, after `shares`: each line sold, with the tutor's part of its earnings. A part is the
 * difference of two rounded amounts, so that the parts of all tutors add up to the line, to the last minor unit.
 */
export function sales(sql: Queries) {
  const net = lineEarned(sql);
  return sql`sales as (
    select l.id as line_id, l.course_id, s.tutor_id, o.currency, ${soldAt(sql)} as sold_at,
      ${net} * (s.offset_percent + s.percent) / 100 - ${net} * s.offset_percent / 100 as earned
    from shares s
    join order_lines l on l.course_id = s.course_id and ${isSold(sql)}
    join orders o on o.id = l.order_id and ${soldAt(sql)} >= s.valid_from and ${soldAt(sql)} < s.valid_until
  )`;
}

/** Returns SQL that is true if the time is within the day (YYYY-MM-DD, UTC), whatever the session's time zone. */
export const isOfDay = (sql: Queries, moment: Fragment, day: string) =>
  sql`(${moment} >= ${day}::date::timestamp at time zone 'utc'
    and ${moment} < (${day}::date + 1)::timestamp at time zone 'utc')`;

/**
 * Returns the CTE `sales_of_day`, after `sales`: those that were paid on the day (YYYY-MM-DD, UTC) and not refunded
 * in full.
 */
export function salesOfDay(sql: Queries, day: string) {
  return sql`sales_of_day as (
    select s.* from sales s join grants g on g.order_line_id = s.line_id
    where g.payment_hold is distinct from 'refunded'
      and ${isOfDay(sql, sql`s.sold_at`, day)}
  )`;
}
