import type { PersonalTable } from "./personal_table.ts";

/** What was bought, paid and paid back. */
export const PURCHASE_TABLES: PersonalTable[] = [
  {
    table: "webhook_events",
    columns: ["payload"],
    // Stripe's words on an order that is shown as such.
    show: null,
    // What Stripe tells of the payer goes; the amounts and ids that the order's history needs stay. So with what comes later
    // (postgresInbox).
    erase: (sql, userId) =>
      sql`
      with paid as (
        select s.payment_intent_id as intent from payment_sessions s join orders o on o.id = s.order_id
        where o.student_id = ${userId} and s.payment_intent_id is not null
      )
      update webhook_events set payload = without_payer(payload)
      where payload #>> '{data,object,metadata,order_id}' in (select id::text from orders where student_id = ${userId})
        or payload #>> '{data,object,payment_intent}' in (select intent from paid)
        or payload #>> '{data,object,id}' in (select intent from paid)`,
  },
  {
    table: "orders",
    columns: ["student_id", "student_email"],
    show: (sql, userId) =>
      sql`
      select id, student_email, state, subtotal_amount::text as total_amount, currency, created_at, updated_at
      from orders where student_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`update orders set student_email = '' where student_id = ${userId}`,
  },
  {
    table: "order_lines",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select order_id, course_id, title, amount::text, discount_amount::text, refunded_amount::text
      from order_lines where student_id = ${userId} order by order_id, position`,
    // Money: it stays with the id.
    erase: null,
  },
  {
    table: "payments",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select id, order_id, amount::text, currency, method, status, reason, created_at
      from payments where student_id = ${userId} order by created_at`,
    // Money: it stays with the id.
    erase: null,
  },
  {
    table: "refunds",
    columns: ["requested_by"],
    show: (sql, userId) =>
      sql`
      select r.id, r.order_id, r.amount::text, r.currency, r.status, r.reason, r.created_at
      from refunds r left join orders o on o.id = r.order_id
      where r.requested_by = ${userId} or o.student_id = ${userId} order by r.created_at`,
    // Money stays; what the student wrote does not.
    erase: (sql, userId) =>
      sql`update refunds set reason = '' where requested_by = ${userId} and origin = 'student'`,
  },
  {
    table: "keyed_requests",
    columns: ["caller_id"],
    show: (sql, userId) =>
      sql`
      select operation, target, key, answer_id, created_at
      from keyed_requests where caller_id = ${userId} order by created_at`,
    // Who is erased asks for nothing again.
    erase: (sql, userId) => sql`delete from keyed_requests where caller_id = ${userId}`,
  },
  {
    table: "promotions",
    columns: ["created_by", "ended_by"],
    // The shop's own: it tells who made and ended it, and nothing about them.
    show: null,
    erase: null,
  },
  {
    table: "promotion_redemptions",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select p.code, r.order_id from promotion_redemptions r join promotions p on p.id = r.promotion_id
      where r.student_id = ${userId}`,
    // Money: it stays with the id.
    erase: null,
  },
];
