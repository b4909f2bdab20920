import type { Order } from "../../../domain/checkout/ports.ts";
import type { OrderStanding } from "../../../domain/settlement/ports.ts";
import { recordset } from "../lists.ts";
import type { Queries } from "../queries.ts";

/**
 * Writes the standing of a locked order: its state (guarded by the state it was judged in), its payment, its lines,
 * and if paid, one grant per line and one enrollment per course. Returns the grants that a lost dispute has ended.
 */
export async function applyStanding(
  sql: Queries,
  order: Order,
  standing: OrderStanding,
): Promise<{ endedGrantIds: string[] }> {
  const { state, status, reason, session, refunded, lines, review, pageIsClosed, codeIsReleased } = standing;
  const rows = lines.map(({ access, ...line }) => ({
    ...line,
    granted: access !== null && "hold" in access,
    hold: access !== null && "hold" in access ? access.hold : null,
    noGrantReason: access !== null && "noGrantReason" in access ? access.noGrantReason : null,
  }));
  const [applied] = await sql<[{ moved: number; endedGrantIds: string[] }]>`
    with moved as (
      update orders set state = ${state}, updated_at = statement_timestamp(),
        page_closed_at = case when ${pageIsClosed} then coalesce(page_closed_at, statement_timestamp()) else page_closed_at end
      where id = ${order.id} and state = ${order.state}
      returning id
    ), paid as (
      update payments set status = ${status}, reason = ${reason}, refunded_amount = ${refunded},
        session_id = coalesce(${session?.sessionId ?? null}, session_id),
        payment_intent_id = coalesce(${session?.paymentIntentId ?? null}, payment_intent_id),
        paid_amount = coalesce(${session?.total ?? null}, paid_amount),
        discount_amount = coalesce(${session?.discount ?? null}, discount_amount),
        tax_amount = coalesce(${session?.tax ?? null}, tax_amount),
        review_reason = ${review.length > 0 ? review.join("; ") : null}, updated_at = statement_timestamp()
      where order_id = ${order.id}
    ), code as (
      -- An order that takes the code again comes after its current holders.
      update promotion_redemptions set
        released_at = case when ${codeIsReleased} then statement_timestamp() end,
        redeemed_at = case when ${codeIsReleased} then redeemed_at else clock_timestamp() end
      where order_id = ${order.id} and (released_at is not null) <> ${codeIsReleased}
    ), given as (
      select * from ${recordset(sql, rows)} as s(
        id uuid, discount bigint, paid bigint, refunded bigint, "noGrantReason" text, granted boolean, hold text
      )
    ), reckoned as (
      update order_lines l set discount_amount = s.discount, paid_amount = s.paid, refunded_amount = s.refunded,
        no_grant_reason = s."noGrantReason"
      from given s
      where l.id = s.id and (l.discount_amount, l.paid_amount, l.refunded_amount, l.no_grant_reason)
        is distinct from (s.discount, s.paid, s.refunded, s."noGrantReason")
    ), line as (
      -- In the order of course ids, so that two orders of one student cannot deadlock.
      select l.id, l.student_id, l.course_id, l.amount, l.access_days, s.hold
      from order_lines l join given s on s.id = l.id
      where s.granted order by l.course_id
    ), enrolled as (
      insert into enrollments (student_id, course_id) select student_id, course_id from line
      on conflict (student_id, course_id) do nothing
    ), held as (
      insert into grants as g (
        student_id, course_id, source, order_line_id, ends_at, payment_hold, payment_hold_at
      )
      select student_id, course_id, case when amount = 0 then 'free_enrolment' else 'order_line' end, id,
        statement_timestamp() + make_interval(days => access_days), hold,
        case when hold is not null then statement_timestamp() end
      from line
      on conflict (order_line_id) do update set
        payment_hold = excluded.payment_hold, payment_hold_at = excluded.payment_hold_at
        where g.payment_hold is distinct from excluded.payment_hold
      returning id, payment_hold as hold
    )
    select (select count(*)::int from moved) as moved,
      array(select id::text from held where hold = 'dispute_lost') as "endedGrantIds"`;
  if (applied.moved === 0) {
    throw new Error(`Order ${order.id} left the state ${order.state} while it was locked`);
  }
  return { endedGrantIds: applied.endedGrantIds };
}
