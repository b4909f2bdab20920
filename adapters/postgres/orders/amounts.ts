import type { Queries } from "../queries.ts";

/**
 * Returns SQL for the amount charged for the order `o`, including tax; before payment, the expected amount as far as
 * it is known.
 */
export const orderTotal = (sql: Queries) =>
  sql`coalesce(
    (
      select nullif(p.paid_amount, 0) from payments p
      where p.order_id = o.id and o.state in ('paid', 'partially_refunded', 'refunded')
    ),
    (
      select s.total_amount from payment_sessions s
      where s.order_id = o.id and s.mismatch is null and s.outcome in ('awaiting_funds', 'failed')
        and o.state in ('processing', 'failed')
      order by s.attempt desc limit 1
    ),
    o.subtotal_amount - (
      select coalesce(sum(l.discount_amount), 0) from order_lines l where l.order_id = o.id
    )::bigint
  )`;

/** Returns SQL for the amount charged for the payment `p`, including tax; before payment, the amount to pay. */
export const paymentAmount = (sql: Queries) =>
  sql`case when p.status in (2, -2) and p.paid_amount > 0 then p.paid_amount else p.amount end`;

/** Returns SQL for the amount charged for the order line `l`, including tax, as computed by `lineBalances`. */
export const linePaid = (sql: Queries) => sql`coalesce(l.paid_amount, l.amount - l.discount_amount)`;

/** Returns SQL for the earnings of the order line `l`: what is left of it, without tax. */
export const lineEarned = (sql: Queries) =>
  sql`coalesce(
    (l.amount - l.discount_amount) * greatest(${linePaid(sql)} - l.refunded_amount, 0) / nullif(${
    linePaid(sql)
  }, 0), 0
  )`;

/** Returns SQL for when the order `o` was paid: the time of its receipt, and the only date of a sale. */
export const soldAt = (sql: Queries) => sql`o.paid_at`;
