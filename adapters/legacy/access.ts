import type { Queries } from "../postgres/queries.ts";
import { analyze, namedUuid } from "./staging.ts";

/** How far from a payment by hand an enrollment may be to be the reason for it. */
const BY_HAND_WITHIN = "1 day";

/**
 * Writes who has which course: the enrollments of merged accounts together, and for each the grant of its purchase,
 * else one of its own. Nobody loses access, and nobody gets a course without an enrollment or a payment.
 */
export async function writeAccess(sql: Queries): Promise<void> {
  await sql`
    create temporary table enrollments_here on commit drop as
    select f.id, a.user_id as student_id, f.course_id, f.enrolled_at, f.student_id as former_student_id,
      row_number() over (partition by a.user_id, f.course_id order by f.enrolled_at, f.id) as place
    from former_courses_enrollment f join accounts a on a.id = f.student_id`;
  await sql`create index on enrollments_here (student_id, course_id)`;
  await sql`
    insert into enrollments (id, student_id, course_id, enrolled_at)
    select id, student_id, course_id, enrolled_at from enrollments_here where place = 1`;
  await sql`
    create temporary table bought on commit drop as
    select l.id, o.id as order_id, o.payment_id, o.student_id, l.course_id, l.amount, o.paid_at, o.deactivated_at,
      case
        when o.state = 'refunded' then 'refunded'
        when d.sale_id is not null then 'duplicate'
      end as hold,
      o.payment_updated_at
    from orders_here o join order_lines l on l.order_id = o.id
    left join second_purchases d on d.sale_id = o.id and d.course_id = l.course_id
    where o.paid_at is not null and l.no_grant_reason is null`;
  await sql`create index on bought (student_id, course_id)`;
  await analyze(sql, "bought", "enrollments_here");
  await sql.unsafe(`
    insert into grants (
      id, student_id, course_id, source, order_line_id, starts_at, created_at, payment_hold, payment_hold_at, suspended_at
    )
    select ${namedUuid("'grant:' || id")}, student_id, course_id,
      case when amount = 0 then 'free_enrolment' else 'order_line' end, id, paid_at, paid_at, hold,
      case when hold = 'refunded' then greatest(paid_at, payment_updated_at) when hold is not null then paid_at end,
      deactivated_at
    from bought`);
  await payByHand(sql);
  await sql.unsafe(`
    insert into grants (id, student_id, course_id, source, reason, starts_at, created_at, suspended_at)
    select ${namedUuid("'grant:' || e.id")}, e.student_id, e.course_id, 'import',
      coalesce(h.reason, 'Enrolled in the former shop'), least(e.enrolled_at, statement_timestamp()),
      least(e.enrolled_at, statement_timestamp()), u.deactivated_at
    from enrollments_here e join users u on u.id = e.student_id left join by_hand h on h.enrollment_id = e.id
    where e.place = 1 and not exists (
      select from bought b where b.student_id = e.student_id and b.course_id = e.course_id and b.hold is null
    )`);
  await sql.unsafe(`
    create temporary table not_enrolled on commit drop as
    select distinct on (b.student_id, b.course_id) b.* from bought b
    where b.hold is null and not exists (
      select from enrollments_here e where e.student_id = b.student_id and e.course_id = b.course_id
    )
    order by b.student_id, b.course_id, b.paid_at;
    insert into enrollments (id, student_id, course_id, enrolled_at)
    select ${namedUuid("'enrollment:' || id")}, student_id, course_id, paid_at from not_enrolled`);
  await sql.unsafe(`
    insert into legacy_report (table_name, row_id, what, why, other_id)
    select l.table_name, l.id::text, l.what, l.why, l.other_id::text from (
      select 1 as n, 'courses_enrollment' as table_name, e.id, 'merged' as what,
        'its student has the course through another account' as why, k.id as other_id
      from enrollments_here e join enrollments_here k on k.student_id = e.student_id and k.course_id = e.course_id and k.place = 1
      where e.place > 1
      union all
      select 2, 'payments_payment', payment_id, 'person', 'was paid, but its student was not enrolled: they have the course now', course_id
      from not_enrolled
      union all
      select 3, 'payments_payment', p.id, 'person', case
        when p.buyer is null then 'was paid by hand by somebody who is gone'
        else 'was paid by hand, but no enrollment belongs to it: no access was given' end, null
      from payments_here p
      where p.kind = 'by_hand' and p.status = 2 and p.place = 1 and not exists (select from by_hand h where h.payment_id = p.id)
    ) l order by l.n, l.id`);
}

/**
 * Finds the enrollment that each payment by hand is the reason for: that in its order's courses, or without an order,
 * the nearest one of its buyer. Creates `by_hand`, with the words for the grant.
 */
async function payByHand(sql: Queries): Promise<void> {
  await sql.unsafe(`
    create temporary table by_hand on commit drop as
    select distinct on (e.id) e.id as enrollment_id, p.id as payment_id,
      format('Paid %s, %s %s, %s', case p.method when 'CASH' then 'in cash' when 'BANK' then 'by bank transfer'
        when 'CARD' then 'by card' else 'by hand' end, p.amount, p.currency,
        to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD')) as reason
    from payments_here p join accounts a on a.id = p.buyer
    cross join lateral (
      select e.id, abs(extract(epoch from e.enrolled_at - p.created_at)) as distance from enrollments_here e
      where e.student_id = a.user_id and e.place = 1 and case
        when p.order_ref is null then e.enrolled_at between p.created_at - interval '${BY_HAND_WITHIN}'
          and p.created_at + interval '${BY_HAND_WITHIN}'
        else e.course_id in (select i.course_id from former_payments_order_courses i where i.order_id = p.order_ref)
      end
      order by distance, e.id limit case when p.order_ref is null then 1 end
    ) e
    where p.kind = 'by_hand' and p.status = 2 and p.fate like 'was entered by hand%'
    order by e.id, e.distance, p.id`);
}
