import type { Books, Refund, RefundHistory } from "../../../domain/settlement/ports.ts";
import { fromJson } from "../json.ts";
import { listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

type RefundRow = Omit<Refund, "amount" | "lines"> & {
  amount: bigint;
  currency: string;
  lines: { lineId: string; amount: string }[];
};
type Requests = Pick<
  Books,
  "requestRefund" | "refundByKey" | "withdrawRefund" | "markSubmitted" | "markRefused"
>;

/** Returns the shop's requests for refunds, in PostgreSQL. */
export function postgresRefundRequests(sql: Queries): Requests {
  return {
    async requestRefund(
      { orderId, paymentIntentId, amount, origin, requestKey, requestedBy, reason, lines },
    ) {
      const [row] = await sql<{ id: string }[]>`
        insert into refunds as r (
          order_id, payment_intent_id, amount, currency, status, origin, request_key, requested_by, reason
        ) values (
          ${orderId}, ${paymentIntentId}, ${amount.amount}, ${amount.currency}, 'requested', ${origin},
          ${requestKey}, ${requestedBy}, ${reason}
        )
        on conflict (request_key) do update set status = 'requested', amount = excluded.amount,
          payment_intent_id = excluded.payment_intent_id, updated_at = statement_timestamp()
          where r.stripe_refund_id is null and (r.status = 'canceled' or r.status = 'requested'
            and (r.amount, r.payment_intent_id) <> (excluded.amount, excluded.payment_intent_id))
        returning id`;
      if (!row) return null;
      await sql`delete from refund_lines where refund_id = ${row.id}`;
      for (const { lineId, amount } of lines) {
        await sql`
          insert into refund_lines (refund_id, order_line_id, amount) values (${row.id}, ${lineId}, ${amount})`;
      }
      return await findRefund(sql, row.id);
    },

    async refundByKey(requestKey) {
      const [row] = await sql<RefundRow[]>`
        select ${refundColumns(sql)} from refunds r where r.request_key = ${requestKey}`;
      return row ? toRefund(row) : null;
    },

    async withdrawRefund(refundId) {
      await sql`
        update refunds set status = 'canceled', failure_reason = 'no longer due', updated_at = statement_timestamp()
        where id = ${refundId} and status = 'requested'`;
    },

    async markSubmitted(refundId) {
      const rows = await sql`
        update refunds set status = 'submitted', updated_at = statement_timestamp() where id = ${refundId} and status = 'requested'
        returning id`;
      return rows.length > 0;
    },

    async markRefused(refundId, failureReason) {
      await sql`
        update refunds set status = 'failed', failure_reason = ${failureReason}, updated_at = statement_timestamp()
        where id = ${refundId} and status = 'submitted' and stripe_refund_id is null`;
    },
  };
}

function refundColumns(sql: Queries) {
  return sql`
    r.id, r.order_id as "orderId", r.payment_intent_id as "paymentIntentId", r.amount, r.currency, r.status, r.origin,
    r.reason, r.failure_reason as "failureReason", r.created_at as "createdAt",
    coalesce((
      select jsonb_agg(jsonb_build_object('lineId', l.order_line_id, 'amount', l.amount::text) order by l.order_line_id)
      from refund_lines l where l.refund_id = r.id
    ), '[]') as lines`;
}

export async function findRefund(sql: Queries, refundId: string): Promise<Refund | null> {
  const [row] = await sql<RefundRow[]>`
    select ${refundColumns(sql)} from refunds r where r.id = ${uuidOrNull(refundId)}`;
  return row ? toRefund(row) : null;
}

function toRefund({ amount, currency, lines, ...refund }: RefundRow): Refund {
  return {
    ...refund,
    amount: { amount, currency },
    lines: lines.map((line) => fromJson<Refund["lines"][number]>(line, { amount: "amount" })),
  };
}

/** Returns reads of refunds in PostgreSQL. */
export function postgresRefundHistory(sql: Queries): RefundHistory {
  return {
    refund: (refundId) => findRefund(sql, refundId),

    async ofOrder(orderId, range) {
      const { count, rows } = await listOf<RefundRow>(sql, {
        select: refundColumns(sql),
        from: sql`from refunds r where r.order_id = ${uuidOrNull(orderId)}`,
        order: sql`r.created_at desc, r.id`,
      }, range);
      return { count, refunds: rows.map(toRefund) };
    },
  };
}
