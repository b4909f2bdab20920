import type { PersonalTable } from "./personal_table.ts";

/** Tables about purchases, payments and refunds. */
export const PURCHASE_TABLES: PersonalTable[] = [
  {
    table: "webhook_events",
    columns: ["payload"],
    // Stripe's data on an order that is shown itself.
    show: null,
    // The payer's details from Stripe are erased; amounts and ids that the order's history needs stay. The same
    // applies to later events (postgresInbox).
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
    // Amounts stay; the student's own words are erased.
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
    // An erased account sends no further requests.
    erase: (sql, userId) => sql`delete from keyed_requests where caller_id = ${userId}`,
  },
  {
    table: "analytics_visits",
    columns: ["student_id", "client_id", "session_id"],
    show: (sql, userId) =>
      sql`
      select order_id, client_id, session_id, ad_user_data, ad_personalization, created_at
      from analytics_visits where student_id = ${userId} order by created_at`,
    // With their events.
    erase: (sql, userId) => sql`delete from analytics_visits where student_id = ${userId}`,
  },
  {
    table: "analytics_hits",
    columns: ["event"],
    show: (sql, userId) =>
      sql`
      select h.event, h.happened_at, h.ended_as from analytics_hits h join analytics_visits v on v.id = h.visit_id
      where v.student_id = ${userId} order by h.happened_at`,
    // Erased with their visit.
    erase: null,
  },
  {
    table: "promotions",
    columns: ["created_by", "ended_by"],
    // The shop's own data: it has the ids of those who created and ended it, and nothing else about them.
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
