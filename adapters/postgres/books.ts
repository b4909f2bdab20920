import type { Order } from "../../domain/checkout/ports.ts";
import type {
  Books,
  DisputeFact,
  LineFact,
  OrderFacts,
  RefundFact,
  RefundStatus,
  SessionFact,
} from "../../domain/settlement/ports.ts";
import { orderColumns, type OrderRow, toOrder } from "./orders.ts";
import { type Queries, uuidOrNull } from "./queries.ts";
import { findRefund, postgresRefundRequests } from "./refunds.ts";
import { applyStanding } from "./standing.ts";

/** The settlement's books in PostgreSQL. */
export function postgresBooks(sql: Queries): Books {
  return {
    ...postgresRefundRequests(sql),

    // In this order, always: payment, student, order, courses; so that settlements and checkouts never wait in a circle.
    // Sent at once, yet each statement sees what was committed while it waited. The lock on the student is the checkout's
    // own.
    async lock({ orderId, paymentIntentId = null }) {
      const order = orderId === undefined
        ? sql`(select s.order_id from payment_sessions s where s.payment_intent_id = ${paymentIntentId} limit 1)`
        : sql`${uuidOrNull(orderId)}::uuid`;
      const [, , [row]] = await Promise.all([
        paymentIntentId === null ? null : sql`
          select pg_advisory_xact_lock(hashtextextended(${"payment:" + paymentIntentId}, 0))`,
        sql`
          select pg_advisory_xact_lock(hashtextextended('checkout:' || o.student_id, 0)) from orders o
          where o.id = ${order}`,
        sql<OrderRow[]>`select ${orderColumns(sql)} from orders o where o.id = ${order} for update of o`,
        sql`
          select c.id from courses c join order_lines l on l.course_id = c.id
          where l.order_id = ${order} order by c.id for key share of c`,
      ]);
      return row ? toOrder(row) : null;
    },

    facts: (order) => readFacts(sql, order),

    async dependents(order) {
      const rows = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o
        where o.student_id = ${order.studentId} and o.id <> ${order.id} and o.abandoned_at is not null
          and o.state in ('paid', 'partially_refunded') and ${sharesCourse(sql, order)}
        order by o.id for update of o`;
      return rows.map(toOrder);
    },

    async competitors(order) {
      const rows = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o
        where o.student_id = ${order.studentId} and o.id <> ${order.id} and o.state in ('created', 'open')
          and ${sharesCourse(sql, order)}
        order by o.id`;
      return rows.map(toOrder);
    },

    async recordSession(evidence, mismatch) {
      const { sessionId, orderId, attempt, paymentIntentId, outcome, subtotal, discount, tax, total } =
        evidence;
      await sql`
        insert into payment_sessions as s (
          session_id, order_id, attempt, payment_intent_id, outcome, mismatch, currency, subtotal_amount,
          discount_amount, tax_amount, total_amount
        ) values (
          ${sessionId}, ${orderId}, ${attempt}, ${paymentIntentId}, ${outcome}, ${mismatch}, ${subtotal.currency},
          ${subtotal.amount}, ${discount}, ${tax}, ${total}
        )
        on conflict (session_id) do update set
          outcome = excluded.outcome, mismatch = excluded.mismatch, currency = excluded.currency,
          payment_intent_id = coalesce(excluded.payment_intent_id, s.payment_intent_id),
          subtotal_amount = excluded.subtotal_amount, discount_amount = excluded.discount_amount,
          tax_amount = excluded.tax_amount, total_amount = excluded.total_amount, updated_at = now()
        where session_outcome_rank(s.outcome) < session_outcome_rank(excluded.outcome)
          or s.outcome = excluded.outcome and s.mismatch is not null and excluded.mismatch is null`;
      if (paymentIntentId === null) return;
      // Refunds and disputes that were reported before their payment.
      await Promise.all([
        sql`update refunds set order_id = ${orderId} where payment_intent_id = ${paymentIntentId} and order_id is null`,
        sql`update disputes set order_id = ${orderId} where payment_intent_id = ${paymentIntentId} and order_id is null`,
      ]);
    },

    async recordRefund(evidence) {
      const { stripeId, refundId, paymentIntentId, amount, status, failureReason } = evidence;
      // The shop's own request, of which this is the first that Stripe says.
      await sql`
        update refunds set stripe_refund_id = ${stripeId}
        where id = ${
        refundId === null ? null : uuidOrNull(refundId)
      } and payment_intent_id = ${paymentIntentId}
          and stripe_refund_id is null
          and not exists (select from refunds r where r.stripe_refund_id = ${stripeId})`;
      const [before] = await sql<{ status: RefundStatus }[]>`
        select status from refunds where stripe_refund_id = ${stripeId}`;
      const [now] = await sql<{ id: string; status: RefundStatus }[]>`
        with recorded as (
          insert into refunds as r (
            stripe_refund_id, order_id, payment_intent_id, amount, currency, status, origin, failure_reason
          ) values (
            ${stripeId},
            (select s.order_id from payment_sessions s where s.payment_intent_id = ${paymentIntentId} limit 1),
            ${paymentIntentId}, ${amount.amount}, ${amount.currency}, ${status}, 'stripe', ${failureReason}
          )
          on conflict (stripe_refund_id) do update set
            status = excluded.status, failure_reason = excluded.failure_reason, updated_at = now()
          where refund_status_rank(r.status) < refund_status_rank(excluded.status)
          returning id, status
        )
        select id, status from recorded
        union all select id, status from refunds where stripe_refund_id = ${stripeId} limit 1`;
      return { id: now!.id, before: before?.status ?? null, now: now!.status };
    },

    async recordDispute(evidence) {
      const { disputeId, paymentIntentId, amount, status, reason, evidenceDueAt, observedAt } = evidence;
      const [before] = await sql<{ status: string }[]>`select status from disputes where id = ${disputeId}`;
      const [now] = await sql<{ status: string }[]>`
        with recorded as (
          insert into disputes as d (
            id, order_id, payment_intent_id, amount, currency, status, reason, evidence_due_at, observed_at
          ) values (
            ${disputeId},
            (select s.order_id from payment_sessions s where s.payment_intent_id = ${paymentIntentId} limit 1),
            ${paymentIntentId}, ${amount.amount}, ${amount.currency}, ${status}, ${reason}, ${evidenceDueAt},
            ${observedAt}
          )
          on conflict (id) do update set status = excluded.status, reason = excluded.reason,
            evidence_due_at = excluded.evidence_due_at, observed_at = excluded.observed_at, updated_at = now()
          where d.observed_at <= excluded.observed_at
          returning status
        )
        select status from recorded
        union all select status from disputes where id = ${disputeId} limit 1`;
      return { before: before?.status ?? null, now: now!.status };
    },

    async recordDecline({ orderId, code, declinedAt }) {
      await sql`
        update payments set decline_code = ${code}, declined_at = ${declinedAt}
        where order_id = ${orderId} and (declined_at is null or declined_at < ${declinedAt})`;
    },

    apply: (order, standing) => applyStanding(sql, order, standing),

    async lapse(orderId) {
      const rows = await sql`
        with lapsed as (
          update orders set state = 'expired', updated_at = now()
          where id = ${orderId} and state in ('created', 'open') and session_expires_at < now() returning id
        )
        update payments set status = -1, reason = 4, updated_at = now() where order_id = (select id from lapsed)
        returning order_id`;
      return rows.length > 0;
    },

    async refund(refundId) {
      return await findRefund(sql, refundId);
    },
  };
}

function sharesCourse(sql: Queries, order: Order) {
  return sql`exists (
    select from order_lines theirs join order_lines ours on ours.course_id = theirs.course_id
    where theirs.order_id = o.id and ours.order_id = ${order.id}
  )`;
}

// JSON has no integers of 64 bits, so amounts travel as text.
type AmountsAsText<Fact> = {
  [Key in keyof Fact]: Fact[Key] extends bigint ? string
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

async function readFacts(sql: Queries, order: Order): Promise<OrderFacts> {
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
          'id', l.id, 'discount', l.discount_amount::text, 'refunded', l.refunded_amount::text,
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
      refunded: BigInt(line.refunded),
    })),
    payment: { status, reason, sessionId, paidAmount, refundedAmount, review },
  };
}
