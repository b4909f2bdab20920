import type { Order } from "../../../domain/checkout/ports.ts";
import type {
  DisputeFact,
  LineFact,
  OrderFacts,
  RefundFact,
  SessionFact,
} from "../../../domain/settlement/ports.ts";
import { type AsJson, fromJson } from "../json.ts";
import { type Fragment, grantIsActive, type Queries } from "../queries.ts";

type FactsRow = {
  endedAs: OrderFacts["endedAs"];
  isUnneeded: boolean;
  hasOtherOrders: boolean;
  account: OrderFacts["account"];
  former: OrderFacts["former"];
  isFree: boolean;
  pageIsClosed: boolean;
  code: OrderFacts["code"];
  sessions: AsJson<SessionFact>[];
  refunds: AsJson<RefundFact>[];
  disputes: DisputeFact[];
  lines: AsJson<LineFact>[];
} & OrderFacts["payment"];

/** Reads everything known about an order, in one query. */
export async function readFacts(sql: Queries, order: Order): Promise<OrderFacts> {
  const [row] = await sql<FactsRow[]>`
    with intents as (
      select payment_intent_id from payment_sessions where order_id = ${order.id} and payment_intent_id is not null
    )
    select case when o.is_needless then 'needless' when o.abandoned_at is not null then 'given_up' end as "endedAs",
      ${isUnneeded(sql)} as "isUnneeded",
      exists (
        select from order_lines ours
        join order_lines theirs on theirs.student_id = ours.student_id and theirs.course_id = ours.course_id
        where ours.order_id = o.id and theirs.order_id <> o.id
          and theirs.order_state in ('created', 'open', 'processing', 'paid', 'partially_refunded')
      ) as "hasOtherOrders",
      coalesce((
        select case when u.erased_at is not null then 'gone' when u.deactivated_at is not null then 'deactivated'
          else 'stands' end
        from users u where u.id = o.student_id
      ), 'gone') as account,
      jsonb_build_object(
        'isPaid', coalesce(o.paid_at < (select imported_at from legacy_import), false),
        'flag', substring(p.review_reason from 'imported: [^;]+')
      ) as former,
      p.method = 'free' as "isFree", o.page_closed_at is not null as "pageIsClosed",
      (
        select jsonb_build_object(
          'code', m.code, 'isReleased', r.released_at is not null, 'isBeyondLimit', ${isBeyondLimit(sql)})
        from promotion_redemptions r join promotions m on m.id = r.promotion_id where r.order_id = o.id
      ) as code,
      p.status, p.reason, p.session_id as "sessionId", p.paid_amount as "paidAmount",
      p.refunded_amount as "refundedAmount", p.discount_amount as "discountAmount", p.tax_amount as "taxAmount",
      p.review_reason as review,
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'sessionId', s.session_id, 'attempt', s.attempt, 'paymentIntentId', s.payment_intent_id,
          'outcome', s.outcome, 'mismatch', s.mismatch, 'currency', s.currency,
          'discount', s.discount_amount::text, 'tax', s.tax_amount::text, 'total', s.total_amount::text))
        from payment_sessions s where s.order_id = o.id
      ), '[]') as sessions,
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'id', r.id, 'paymentIntentId', r.payment_intent_id, 'amount', r.amount::text, 'status', r.status,
          'requestKey', r.request_key, 'lines', coalesce((
            select jsonb_agg(jsonb_build_object('lineId', l.order_line_id, 'amount', l.amount::text))
            from refund_lines l where l.refund_id = r.id
          ), '[]')))
        from refunds r where r.payment_intent_id in (select payment_intent_id from intents)
      ), '[]') as refunds,
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'id', d.id, 'paymentIntentId', d.payment_intent_id, 'status', d.status))
        from disputes d where d.payment_intent_id in (select payment_intent_id from intents)
      ), '[]') as disputes,
      coalesce((
        select jsonb_agg(jsonb_build_object(
          'id', l.id, 'discount', l.discount_amount::text, 'paid', l.paid_amount::text,
          'refunded', l.refunded_amount::text,
          'courseExists', exists (select from courses c where c.id = l.course_id),
          'elsewhere', (
            select case when bool_or(besides = 'paid') then 'paid' when bool_or(besides = 'given') then 'given'
              else min(besides) end
            from (
              select coalesce(g2.payment_hold, 'paid') as besides
              from order_lines l2 join orders o2 on o2.id = l2.order_id join grants g2 on g2.order_line_id = l2.id
              where l2.student_id = l.student_id and l2.course_id = l.course_id and l2.order_id <> l.order_id
                and o2.state in ('paid', 'partially_refunded') and g2.revoked_at is null
                and (g2.payment_hold is null or g2.payment_hold = 'disputed')
                and (g2.ends_at is null or g2.ends_at > coalesce(o.paid_at, clock_timestamp()))
                and ${precedence(sql, "o2")} < ${precedence(sql, "o")}
              union all
              select 'given' from grants g3
              where g3.student_id = l.student_id and g3.course_id = l.course_id and g3.order_line_id is null
                and ${wasActiveAt(sql, sql`coalesce(o.paid_at, clock_timestamp())`)}
            ) found
          ),
          'grant', (
            select jsonb_build_object('id', g.id, 'hold', g.payment_hold) from grants g where g.order_line_id = l.id
          ),
          'noGrantReason', l.no_grant_reason))
        from order_lines l where l.order_id = o.id
      ), '[]') as lines
    from orders o join payments p on p.order_id = o.id where o.id = ${order.id}`;
  const {
    status,
    reason,
    sessionId,
    paidAmount,
    refundedAmount,
    discountAmount,
    taxAmount,
    review,
    ...facts
  } = row!;
  return {
    ...facts,
    sessions: facts.sessions.map((session) =>
      fromJson<SessionFact>(session, { discount: "amount", tax: "amount", total: "amount" })
    ),
    refunds: facts.refunds.map(({ lines, ...refund }) => ({
      ...fromJson<Omit<RefundFact, "lines">>(refund, { amount: "amount" }),
      lines: lines.map((line) => fromJson<RefundFact["lines"][number]>(line, { amount: "amount" })),
    })),
    lines: facts.lines.map((line) =>
      fromJson<LineFact>(line, { discount: "amount", paid: "amount", refunded: "amount" })
    ),
    payment: { status, reason, sessionId, paidAmount, refundedAmount, discountAmount, taxAmount, review },
  };
}

/**
 * Returns SQL for the precedence of orders that a student paid for one course. The smallest counts: orders that were
 * not abandoned come first, then the earliest.
 */
export const precedence = (sql: Queries, alias: "o" | "o2"): Fragment =>
  sql`(${sql(alias)}.abandoned_at is not null and not ${sql(alias)}.is_needless, ${sql(alias)}.created_at, ${
    sql(alias)
  }.id)`;

/**
 * Returns SQL that is true if the administrator's grant `g3` gave access at a given time, whatever happened to it
 * since.
 */
const wasActiveAt = (sql: Queries, moment: Fragment): Fragment =>
  sql`(
  g3.created_at <= ${moment} and g3.starts_at <= ${moment}
  and (g3.ends_at is null or g3.ends_at > ${moment}) and (g3.revoked_at is null or g3.revoked_at > ${moment})
)`;

/**
 * Returns SQL that is true if the redemption `r` exceeds the limits of its promotion `m`: if earlier holders of the
 * code use them up. A released redemption comes after all holders.
 */
export const isBeyondLimit = (sql: Queries): Fragment =>
  sql`(
  select coalesce(count(*) >= m.max_redemptions, false)
    or coalesce(count(*) filter (where held.student_id = r.student_id) >= m.per_student_limit, false)
  from promotion_redemptions held
  where held.promotion_id = r.promotion_id and held.released_at is null and held.order_id <> r.order_id
    and (r.released_at is not null or (held.redeemed_at, held.order_id) < (r.redeemed_at, r.order_id))
)`;

/**
 * Returns SQL that is true if the order `o` need not be paid: its student's account is gone, or they have one of its
 * courses, or soon will.
 */
export const isUnneeded = (sql: Queries): Fragment =>
  sql`(
  exists (select from users u where u.id = o.student_id and (u.erased_at is not null or u.deactivated_at is not null))
  or exists (
    select from order_lines ours join grants g on g.student_id = ours.student_id and g.course_id = ours.course_id
    where ours.order_id = o.id and ${grantIsActive(sql)}
  )
  or exists (
    select from order_lines ours
    join order_lines theirs on theirs.student_id = ours.student_id and theirs.course_id = ours.course_id
    where ours.order_id = o.id and theirs.order_id <> o.id and theirs.order_state = 'processing'
  )
)`;
