import type { Order } from "../../../domain/checkout/ports.ts";
import type {
  DisputeFact,
  LineFact,
  OrderFacts,
  RefundFact,
  SessionFact,
} from "../../../domain/settlement/ports.ts";
import type { Queries } from "../queries.ts";

// JSON has no integers of 64 bits, so amounts travel as text.
type AmountsAsText<Fact> = {
  [Key in keyof Fact]: Fact[Key] extends bigint ? string
    : Fact[Key] extends bigint | null ? string | null
    : Fact[Key] extends (infer Item)[] ? AmountsAsText<Item>[]
    : Fact[Key];
};
type FactsRow = {
  isAbandoned: boolean;
  studentExists: boolean;
  otherIsUnderWay: boolean;
  sessions: AmountsAsText<SessionFact>[];
  refunds: AmountsAsText<RefundFact>[];
  disputes: DisputeFact[];
  lines: AmountsAsText<LineFact>[];
} & OrderFacts["payment"];

/** All that is known of an order, in one query. */
export async function readFacts(sql: Queries, order: Order): Promise<OrderFacts> {
  const [row] = await sql<FactsRow[]>`
    with intents as (
      select payment_intent_id from payment_sessions where order_id = ${order.id} and payment_intent_id is not null
    )
    select o.abandoned_at is not null as "isAbandoned",
      exists (select from users u where u.id = o.student_id) as "studentExists",
      exists (
        select from order_lines theirs join order_lines ours on ours.course_id = theirs.course_id
        where ours.order_id = o.id and theirs.student_id = o.student_id and theirs.order_id <> o.id
          and theirs.order_state in ('created', 'open', 'processing')
      ) as "otherIsUnderWay",
      p.status, p.reason, p.session_id as "sessionId", p.paid_amount as "paidAmount",
      p.refunded_amount as "refundedAmount", p.review_reason as review,
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
      (
        select jsonb_agg(jsonb_build_object(
          'id', l.id, 'discount', l.discount_amount::text, 'paid', l.paid_amount::text,
          'refunded', l.refunded_amount::text,
          'courseExists', exists (select from courses c where c.id = l.course_id),
          'isCoveredElsewhere', exists (
            select from order_lines l2 join orders o2 on o2.id = l2.order_id join grants g2 on g2.order_line_id = l2.id
            where l2.student_id = l.student_id and l2.course_id = l.course_id and l2.order_id <> l.order_id
              and o2.state in ('paid', 'partially_refunded')
              and (g2.payment_hold is null or g2.payment_hold = 'disputed')
              and (o2.abandoned_at is null or (o2.created_at, o2.id) < (o.created_at, o.id))
          ),
          'grant', (
            select jsonb_build_object('id', g.id, 'hold', g.payment_hold) from grants g where g.order_line_id = l.id
          ),
          'noGrantReason', l.no_grant_reason))
        from order_lines l where l.order_id = o.id
      ) as lines
    from orders o join payments p on p.order_id = o.id where o.id = ${order.id}`;
  const { status, reason, sessionId, paidAmount, refundedAmount, review, ...facts } = row!;
  return {
    ...facts,
    sessions: facts.sessions.map((session) => ({
      ...session,
      discount: BigInt(session.discount),
      tax: BigInt(session.tax),
      total: BigInt(session.total),
    })),
    refunds: facts.refunds.map((refund) => ({
      ...refund,
      amount: BigInt(refund.amount),
      lines: refund.lines.map((line) => ({ ...line, amount: BigInt(line.amount) })),
    })),
    lines: facts.lines.map((line) => ({
      ...line,
      discount: BigInt(line.discount),
      paid: line.paid === null ? null : BigInt(line.paid),
      refunded: BigInt(line.refunded),
    })),
    payment: { status, reason, sessionId, paidAmount, refundedAmount, review },
  };
}
