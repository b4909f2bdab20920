import type { PaymentReviews, Purchase, Purchases } from "../../../domain/orders/ports.ts";
import { orderTotal, paymentAmount } from "./amounts.ts";
import { type AsJson, fromJson } from "../json.ts";
import { allOf, listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

type PurchaseRow = Omit<Purchase, "lines" | "payments" | "refunds"> & {
  lines: AsJson<Purchase["lines"][number]>[];
  payments: AsJson<Purchase["payments"][number]>[];
  refunds: AsJson<Purchase["refunds"][number]>[];
};

/**
 * Returns orders as their buyers see them afterwards, in PostgreSQL. Takes one query each, however many lines there
 * are.
 */
export function postgresPurchases(sql: Queries): Purchases {
  return {
    async list(
      { student, state, course, currency, receiptNumber, needsReview, since, until },
      range,
    ) {
      const filtered = sql`
        from orders o where ${
        allOf(sql, [
          student === null ? undefined : sql`(
            o.student_id = ${student}
            or o.student_id = (select id from users where email = lower(${student}))
          )`,
          state === undefined ? undefined : sql`o.state = ${state}`,
          currency === undefined ? undefined : sql`o.currency = ${currency}`,
          receiptNumber === undefined ? undefined : sql`o.receipt_number = ${receiptNumber}`,
          needsReview
            ? sql`o.id in (select p.order_id from payments p where ${isReviewOpen(sql)})`
            : undefined,
          since === undefined ? undefined : sql`o.created_at >= ${since}`,
          until === undefined ? undefined : sql`o.created_at < ${until}`,
          course === undefined ? undefined : sql`o.id in (
            select l.order_id from order_lines l
            where l.course_id = ${uuidOrNull(course)}
              or l.course_id = (select c.id from courses c where c.slug = ${course})
          )`,
        ])
      }`;
      const { count, rows } = await listOf<PurchaseRow>(sql, {
        select: purchaseColumns(sql),
        from: filtered,
        order: sql`o.created_at desc, o.id`,
      }, range);
      return { count, purchases: rows.map(toPurchase) };
    },

    async byId(orderId) {
      const [row] = await sql<PurchaseRow[]>`
        select ${purchaseColumns(sql)} from orders o where o.id = ${uuidOrNull(orderId)}`;
      return row ? toPurchase(row) : null;
    },
  };
}

/** Returns reviews of flagged payments, in PostgreSQL. */
export function postgresPaymentReviews(sql: Queries): PaymentReviews {
  return {
    async close(orderId) {
      const [row] = await sql<{ reason: string }[]>`
        update payments p set reviewed_reason = review_reason, updated_at = statement_timestamp()
        where p.order_id = ${uuidOrNull(orderId)} and ${isReviewOpen(sql)}
        returning p.review_reason as reason`;
      return row?.reason ?? null;
    },
  };
}

const isReviewOpen = (sql: Queries) =>
  sql`p.review_reason is not null and p.review_reason is distinct from p.reviewed_reason`;

function purchaseColumns(sql: Queries) {
  return sql`
    o.id, o.receipt_number as "receiptNumber", o.student_id as "studentId", o.student_email as "studentEmail",
    coalesce((
      select trim(u.first_name || ' ' || u.last_name) from users u where u.id = o.student_id
    ), '') as "studentName",
    o.state, o.currency, o.subtotal_amount as subtotal,
    (select coalesce(sum(l.discount_amount), 0)::bigint from order_lines l where l.order_id = o.id) as discount,
    (select p.tax_amount from payments p where p.order_id = o.id) as tax,
    ${orderTotal(sql)} as total,
    (select p.refunded_amount from payments p where p.order_id = o.id) as refunded,
    (
      select jsonb_build_object('reason', p.review_reason, 'isOpen', p.review_reason is distinct from p.reviewed_reason)
      from payments p where p.order_id = o.id and p.review_reason is not null
    ) as review,
    (
      select m.code from promotion_redemptions r join promotions m on m.id = r.promotion_id where r.order_id = o.id
    ) as "promotionCode",
    o.created_at as "createdAt", o.paid_at as "paidAt",
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', l.id, 'courseId', l.course_id, 'courseSlug', l.course_slug, 'title', l.title,
          'amount', l.amount::text, 'discount', l.discount_amount::text, 'refunded', l.refunded_amount::text,
          'accessDays', l.access_days
        ) order by l.position)
      from order_lines l where l.order_id = o.id
    ), '[]') as lines,
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', p.id, 'amount', (${
    paymentAmount(sql)
  })::text, 'status', p.status, 'reason', p.reason, 'method', p.method,
          'createdAt', p.created_at
        ))
      from payments p where p.order_id = o.id
    ), '[]') as payments,
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', r.id, 'amount', r.amount::text, 'status', r.status, 'reason', r.reason, 'createdAt', r.created_at
        ) order by r.created_at, r.id)
      from refunds r where r.order_id = o.id
    ), '[]') as refunds`;
}

function toPurchase({ lines, payments, refunds, ...purchase }: PurchaseRow): Purchase {
  return {
    ...purchase,
    lines: lines.map((line) =>
      fromJson<Purchase["lines"][number]>(line, { amount: "amount", discount: "amount", refunded: "amount" })
    ),
    payments: payments.map((payment) =>
      fromJson<Purchase["payments"][number]>(payment, { amount: "amount", createdAt: "date" })
    ),
    refunds: refunds.map((refund) =>
      fromJson<Purchase["refunds"][number]>(refund, { amount: "amount", createdAt: "date" })
    ),
  };
}
