import type { Order } from "../../../domain/checkout/ports.ts";
import type { RefundStatus } from "../../../domain/settlement/evidence.ts";
import type { Books } from "../../../domain/settlement/ports.ts";
import { precedence, readFacts } from "./order_facts.ts";
import { orderColumns, type OrderRow, toOrder } from "../checkout/orders.ts";
import { type Queries, uuidOrNull } from "../queries.ts";
import { findRefund, postgresRefundRequests } from "./refunds.ts";
import { applyStanding } from "./standing.ts";

/** Returns the records that settlement reads and writes, in PostgreSQL. */
export function postgresBooks(sql: Queries): Books {
  return {
    ...postgresRefundRequests(sql),

    // In two statements: the second sees what was committed while the first waited.
    async lock({ orderId, formerPaymentId, paymentIntentId = null }) {
      const [locked] = await sql<{ id: string | null }[]>`
        select ${
        orderId === undefined
          ? sql`lock_order_of_payment(${paymentIntentId})`
          : sql`lock_order(${paymentIntentId}, ${uuidOrNull(orderId)}, ${uuidOrNull(formerPaymentId ?? "")})`
      } as id`;
      if (locked!.id === null) return null;
      const [row] = await sql<OrderRow[]>`select ${orderColumns(sql)} from orders o where o.id = ${
        locked!.id
      }`;
      return toOrder(row!);
    },

    async accountOfFormer(userId) {
      const [row] = await sql<{ id: string }[]>`
        select user_id as id from legacy_accounts where former_id = ${userId}`;
      return row?.id ?? userId;
    },

    facts: (order) => readFacts(sql, order),

    async dependents(order) {
      const rows = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o
        where o.student_id = ${order.studentId} and o.id <> ${order.id}
          and o.state in ('paid', 'partially_refunded') and ${sharesCourse(sql, order)}
        order by ${precedence(sql, "o")} for update of o`;
      return rows.map(toOrder);
    },

    async competitors(order) {
      const rows = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o
        where o.student_id = ${order.studentId} and o.id <> ${order.id} and o.state in ('created', 'open', 'processing')
          and ${sharesCourse(sql, order)}
        order by o.id`;
      return rows.map(toOrder);
    },

    async recordSession(evidence, mismatch) {
      const { sessionId, orderId, attempt, paymentIntentId, outcome, subtotal, discount, tax, total } =
        evidence;
      // With its payment come the refunds and disputes that were reported before it.
      const refunds = await sql<{ id: string; isMoneyBack: boolean }[]>`
        with session as (
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
            tax_amount = excluded.tax_amount, total_amount = excluded.total_amount, updated_at = statement_timestamp()
          where session_outcome_rank(s.outcome) < session_outcome_rank(excluded.outcome)
            or s.outcome = excluded.outcome and s.mismatch is not null and excluded.mismatch is null
        ), disputed as (
          update disputes set order_id = ${orderId} where payment_intent_id = ${paymentIntentId} and order_id is null
        )
        update refunds set order_id = ${orderId} where payment_intent_id = ${paymentIntentId} and order_id is null
        returning id, status in ('pending', 'succeeded') as "isMoneyBack"`;
      return { refundIds: refunds.flatMap(({ id, isMoneyBack }) => isMoneyBack ? [id] : []) };
    },

    async recordRefund(evidence) {
      const { stripeId, refundId, paymentIntentId, amount, status, failureReason } = evidence;
      const [before] = await sql<{ status: RefundStatus }[]>`
        with requested as (
          -- The shop's own request, reported by Stripe for the first time.
          update refunds set stripe_refund_id = ${stripeId}
          where id = ${refundId === null ? null : uuidOrNull(refundId)}
            and payment_intent_id = ${paymentIntentId} and stripe_refund_id is null
            and not exists (select from refunds r where r.stripe_refund_id = ${stripeId})
          returning status
        )
        select status from requested
        union all select status from refunds where stripe_refund_id = ${stripeId}`;
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
            status = excluded.status, failure_reason = excluded.failure_reason, updated_at = statement_timestamp()
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
            evidence_due_at = excluded.evidence_due_at, observed_at = excluded.observed_at, updated_at = statement_timestamp()
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

    async notePageClosed(orderId, attempt) {
      await sql`
        update orders set page_closed_at = coalesce(page_closed_at, statement_timestamp())
        where id = ${orderId} and attempt = ${attempt}`;
    },

    async lapse(orderId) {
      const rows = await sql`
        with lapsed as (
          update orders set state = 'expired', page_closed_at = statement_timestamp(), updated_at = statement_timestamp()
          where id = ${orderId} and session_expires_at < statement_timestamp()
            and (state in ('created', 'open') or state = 'expired' and abandoned_at is not null and page_closed_at is null)
          returning id, abandoned_at
        ), released as (
          update promotion_redemptions set released_at = statement_timestamp()
          where order_id = (select id from lapsed) and released_at is null
        )
        update payments set status = -1, reason = case when lapsed.abandoned_at is null then 4 end,
          updated_at = statement_timestamp()
        from lapsed where order_id = lapsed.id
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
