import type {
  Offer,
  Offers,
  Order,
  OrderHistory,
  Orders,
  OrderState,
  OrderStatus,
  Payment,
} from "../../../domain/checkout/ports.ts";
import { paymentAmount } from "../orders/amounts.ts";
import { onSale } from "../catalog/course_columns.ts";
import { type AsJson, fromJson, moneyFromJson } from "../json.ts";
import { listOf, recordset } from "../lists.ts";
import { hasActiveGrant, type Queries, teaches, uuidOrNull } from "../queries.ts";

export type OrderRow = {
  id: string;
  studentId: string;
  studentEmail: string;
  state: OrderState;
  subtotalAmount: bigint;
  currency: string;
  attempt: number;
  checkoutSessionId: string | null;
  sessionUrl: string | null;
  sessionExpiresAt: Date;
  settledSessionId: string | null;
  createdAt: Date;
  lines: AsJson<Order["lines"][number]>[];
  promotionCode: string | null;
};

/** Serialises checkouts of a student, changes to their access, and their erasure, until the transaction ends. */
export async function lockCheckout(sql: Queries, ...studentIds: string[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(turn) from (
      select distinct hashtextextended('checkout:' || id, 0) as turn from unnest(${studentIds}::text[]) id order by turn
    ) turns`;
}

/** Returns orders in PostgreSQL. */
export function postgresOrders(sql: Queries): Orders {
  async function lock(orderId: string): Promise<Order | null> {
    const [row] = await sql<OrderRow[]>`
      select ${orderColumns(sql)} from orders o where o.id = ${uuidOrNull(orderId)} for update of o`;
    return row ? toOrder(row) : null;
  }

  return {
    lock,

    async lockOpen(studentId, courseIds) {
      await lockCheckout(sql, studentId);
      // Both conditions have the state: the outer one is evaluated again after waiting for a settlement's lock.
      const rows = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o
        where o.state in ('created', 'open', 'processing') and o.id in (
          select l.order_id from order_lines l
          where l.student_id = ${studentId} and l.course_id = any(${courseIds.filter(uuidOrNull)}::uuid[])
            and l.order_state in ('created', 'open', 'processing')
        )
        order by o.id for update of o`;
      return rows.map(toOrder);
    },

    async create({ studentId, lines, subtotal, pageExpiresAt }) {
      const [order] = await sql<OrderRow[]>`
        insert into orders as o (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
        select u.id, u.email, 'created', ${subtotal.amount}, ${subtotal.currency}, ${pageExpiresAt}
        from users u where u.id = ${studentId} and u.deactivated_at is null and u.erased_at is null
        returning ${orderColumns(sql)}`;
      if (!order) return null;
      const toPay = lines.reduce((sum, line) => sum - line.discount, subtotal.amount);
      const stored = await sql<{ id: string; courseId: string }[]>`
        with payment as (
          insert into payments (order_id, student_id, amount, currency, method)
          select id, student_id, ${toPay}, currency, case when ${toPay} = 0 then 'free' else 'stripe' end
          from orders where id = ${order.id}
        )
        insert into order_lines (
          order_id, order_state, student_id, course_id, course_slug, title, amount, discount_amount, position, access_days
        )
        select o.id, o.state, o.student_id, line."courseId", line."courseSlug", line.title, line.amount, line.discount,
          line.ordinality - 1, (select c.access_days from courses c where c.id = line."courseId")
        from orders o, rows from (${recordset(sql, lines)} as (
          "courseId" uuid, "courseSlug" text, title text, amount bigint, discount bigint
        )) with ordinality as line
        where o.id = ${order.id}
        returning id, course_id as "courseId"`;
      const ids = new Map(stored.map(({ id, courseId }) => [courseId, id]));
      return {
        ...toOrder({ ...order, lines: [] }),
        lines: lines.map((line) => ({ id: ids.get(line.courseId)!, ...line })),
      };
    },

    async renew(orderId, pageExpiresAt) {
      const [row] = await sql<OrderRow[]>`
        update orders o set state = 'created', attempt = attempt + 1, session_id = null, session_url = null,
          session_expires_at = ${pageExpiresAt}, updated_at = statement_timestamp()
        where o.id = ${orderId}
        returning ${orderColumns(sql)}`;
      return toOrder(row!);
    },

    async savePage(orderId, attempt, { checkoutSessionId, url }) {
      await sql`
        update orders o set state = case o.state when 'created' then 'open' else o.state end,
          session_id = ${checkoutSessionId}, session_url = ${url}, updated_at = statement_timestamp()
        where o.id = ${orderId} and o.attempt = ${attempt} and (o.state = 'created' or exists (
          select from payments p where p.order_id = o.id and p.method = 'free'
        ))`;
    },

    async abandon(orderId, why) {
      const isNeedless = why === "needless";
      const rows = await sql`
        with given_up as (
          update orders set state = case state when 'processing' then state else 'expired' end,
            is_needless = ${isNeedless}, abandoned_at = statement_timestamp(), updated_at = statement_timestamp()
          where id = ${orderId}
            and (state in ('created', 'open') or state = 'processing' and ${isNeedless} and abandoned_at is null)
          returning id, state
        )
        update payments set status = case given_up.state when 'processing' then status else -1 end,
          updated_at = statement_timestamp()
        from given_up where order_id = given_up.id
        returning order_id`;
      return rows.length > 0;
    },

    async lockUnneeded(needs) {
      await lockCheckout(sql, ...needs.map(({ studentId }) => studentId));
      const rows = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o
        where o.state in ('created', 'open', 'processing') and o.id in (
          select l.order_id
          from ${recordset(sql, needs)} as met("studentId" text, "courseId" uuid)
          join order_lines l on l.student_id = met."studentId" and l.course_id = coalesce(met."courseId", l.course_id)
          where l.order_state in ('created', 'open', 'processing')
        )
        order by o.id for update of o`;
      return rows.map(toOrder);
    },

    async unclosed(studentId) {
      const rows = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o
        where o.student_id = ${studentId} and o.state = 'expired' and o.abandoned_at is not null
          and o.page_closed_at is null
        order by o.id for update of o`;
      return rows.map(toOrder);
    },
  };
}

/** Returns reads of orders and payments in PostgreSQL. */
export function postgresOrderHistory(sql: Queries): OrderHistory {
  return {
    async byId(orderId) {
      const [row] = await sql<OrderRow[]>`
        select ${orderColumns(sql)} from orders o where o.id = ${uuidOrNull(orderId)}`;
      return row ? toOrder(row) : null;
    },

    async waitingInVain(limit) {
      const rows = await sql<{ id: string }[]>`
        select distinct l.order_id as id from order_lines l left join courses c on c.id = l.course_id
        where l.order_state in ('created', 'open') and (c.id is null or c.archived_at is not null)
        limit ${limit}`;
      return rows.map(({ id }) => id);
    },

    async status(orderOrSessionId) {
      const [row] = await sql<
        (Omit<OrderStatus, "page"> & { checkoutSessionId: string | null; sessionUrl: string | null })[]
      >`
        select o.id, o.student_id as "studentId", o.state, o.session_id as "checkoutSessionId",
          o.session_url as "sessionUrl", p.status, p.reason, p.decline_code as "declineCode"
        from orders o join payments p on p.order_id = o.id
        where o.id = ${uuidOrNull(orderOrSessionId)} or o.session_id = ${orderOrSessionId}
          or o.id = (select s.order_id from payment_sessions s where s.session_id = ${orderOrSessionId})`;
      if (!row) return null;
      const { checkoutSessionId, sessionUrl, ...status } = row;
      return {
        ...status,
        page: checkoutSessionId && sessionUrl ? { checkoutSessionId, url: sessionUrl } : null,
      };
    },

    async payments(student, range) {
      const filtered = () =>
        student === null ? sql`from payments p` : sql`
        from payments p where p.student_id in (
          select ${student} union select id from users where email = lower(${student})
        )`;
      const { count, rows } = await listOf<PaymentRow>(sql, {
        select: paymentColumns(sql),
        from: filtered(),
        order: sql`p.created_at desc, p.id`,
      }, range);
      return { count, payments: rows.map(toPayment) };
    },

    async payment(paymentId) {
      const [row] = await sql<PaymentRow[]>`
        select ${paymentColumns(sql)} from payments p where p.id = ${uuidOrNull(paymentId)}`;
      return row ? toPayment(row) : null;
    },
  };
}

type PaymentRow = Omit<Payment, "total"> & { amount: bigint; currency: string };

function paymentColumns(sql: Queries) {
  return sql`
    p.id, p.order_id as "orderId", p.student_id as "studentId", ${
    paymentAmount(sql)
  } as amount, p.currency, p.status,
    p.reason, p.created_at as "createdAt"`;
}

function toPayment({ amount, currency, ...payment }: PaymentRow): Payment {
  return { ...payment, total: { amount, currency } };
}

type OfferRow = Omit<Offer, "price" | "otherPrices"> & {
  amount: bigint;
  currency: string;
  otherPrices: { amount: string; currency: string }[];
};

/** Returns courses' prices in PostgreSQL. */
export function postgresOffers(sql: Queries): Offers {
  return {
    async forStudent(studentId, courseIds) {
      const rows = await sql<OfferRow[]>`
        select c.id as "courseId", c.slug as "courseSlug", c.title, c.price_amount as amount,
          c.price_currency as currency,
          coalesce((
            select jsonb_agg(jsonb_build_object('amount', p.amount::text, 'currency', p.currency))
            from course_prices p where p.course_id = c.id and p.currency <> c.price_currency
          ), '[]') as "otherPrices",
          ${onSale(sql)} as "isPublished",
          ${hasActiveGrant(sql, sql`c.id`, studentId)} as "isOwned",
          ${teaches(sql, "c.id", studentId)} as "isTaught",
          (
            select case when g.payment_hold = 'disputed' then 'disputed' else 'being_refunded' end
            from order_lines l left join grants g on g.order_line_id = l.id
            where l.student_id = ${studentId} and l.course_id = c.id and g.revoked_at is null
              and (g.ends_at is null or g.ends_at > statement_timestamp())
              and (g.payment_hold = 'disputed' or (g.id is null or g.payment_hold = 'refunded') and exists (
                select from refunds r
                where r.order_id = l.order_id and r.status in ('requested', 'submitted', 'requires_action', 'pending')
                  and (
                    not exists (select from refund_lines f where f.refund_id = r.id)
                    or exists (select from refund_lines f where f.refund_id = r.id and f.order_line_id = l.id)
                  )
              ))
            order by g.payment_hold limit 1
          ) as unfinished
        from courses c where c.id = any(${courseIds.filter(uuidOrNull)}::uuid[])
        order by c.id for key share of c`;
      return rows.map(({ amount, currency, otherPrices, ...offer }): Offer => ({
        ...offer,
        price: { amount, currency },
        otherPrices: otherPrices.map(moneyFromJson),
      }));
    },
  };
}

export function orderColumns(sql: Queries) {
  return sql`
    o.id, o.student_id as "studentId", o.student_email as "studentEmail", o.state,
    o.subtotal_amount as "subtotalAmount", o.currency, o.attempt, o.session_id as "checkoutSessionId",
    o.session_url as "sessionUrl", o.session_expires_at as "sessionExpiresAt", o.created_at as "createdAt",
    (
      select m.code from promotion_redemptions r join promotions m on m.id = r.promotion_id where r.order_id = o.id
    ) as "promotionCode",
    (select p.session_id from payments p where p.order_id = o.id) as "settledSessionId",
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', l.id, 'courseId', l.course_id, 'title', l.title, 'courseSlug', l.course_slug,
          'amount', l.amount::text, 'discount', l.discount_amount::text
        ) order by l.position)
      from order_lines l where l.order_id = o.id
    ), '[]') as lines`;
}

export function toOrder(row: OrderRow): Order {
  const { subtotalAmount, currency, checkoutSessionId, sessionUrl, sessionExpiresAt, lines, ...order } = row;
  return {
    ...order,
    lines: lines.map((line) =>
      fromJson<Order["lines"][number]>(line, { amount: "amount", discount: "amount" })
    ),
    subtotal: { amount: subtotalAmount, currency },
    page: checkoutSessionId !== null && sessionUrl !== null ? { checkoutSessionId, url: sessionUrl } : null,
    pageExpiresAt: sessionExpiresAt,
  };
}
