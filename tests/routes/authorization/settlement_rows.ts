import type { Database } from "../../../adapters/postgres/queries.ts";
import { type Rows, signedIn, type World } from "./table.ts";

/** An order of the buyer's, paid so that it can be refunded, or still open. */
async function order({ sql, people, next }: World, state: "open" | "paid"): Promise<string> {
  const course = crypto.randomUUID();
  const session = `cs_authorization_${next()}`;
  const [row] = await sql<{ id: string }[]>`
    with placed as (
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_id, session_url,
        session_expires_at)
      values (${people.buyer.id}, ${people.buyer.email}, ${state}, 100, 'usd', ${session}, 'https://pay.example',
        now() + interval '1 hour')
      returning id, student_id, state
    ), line as (
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
      select id, state, student_id, ${course}, 'a-course', 'A course', 100, 0 from placed
    ), payment as (
      insert into payments (order_id, student_id, amount, currency, method, status)
      select id, student_id, 100, 'usd', 'stripe', ${state === "paid" ? 2 : 1} from placed
    )
    select id from placed`;
  if (state === "paid") {
    await sql`
      insert into payment_sessions (session_id, order_id, attempt, payment_intent_id, outcome, currency,
        subtotal_amount, discount_amount, tax_amount, total_amount)
      values (${session}, ${row!.id}, 1, ${"pi_" + session}, 'paid', 'usd', 100, 0, 0, 100)`;
  }
  return row!.id;
}

async function event(sql: Database, next: () => number): Promise<string> {
  const eventId = `evt_${next()}`;
  const payload = JSON.stringify({
    id: eventId,
    type: "customer.created",
    livemode: false,
    data: { object: {} },
  });
  const [row] = await sql<{ id: string }[]>`
    insert into webhook_events (endpoint, event_id, type, payload, outcome)
    values ('main', ${eventId}, 'customer.created', ${payload}::text::jsonb, 'ignore') returning id`;
  return row!.id;
}

const administrators = signedIn(403, { administrator: 200 });

export const settlementRows: Rows<
  | "getOrderStatus"
  | "cancelOrder"
  | "listRefunds"
  | "createRefund"
  | "listPaymentEvents"
  | "getPaymentEvent"
  | "replayPaymentEvent"
> = {
  getOrderStatus: {
    ask: async (world) => ({ path: `/api/payments/orders/${await order(world, "open")}/status/` }),
    answers: signedIn(404, { buyer: 200 }),
  },
  cancelOrder: {
    ask: async (world) => ({ path: `/api/payments/orders/${await order(world, "open")}/cancel/` }),
    answers: signedIn(404, { buyer: 200 }),
  },
  listRefunds: {
    ask: async (world) => ({ path: `/api/payments/orders/${await order(world, "paid")}/refunds/` }),
    answers: signedIn(404, { buyer: 200, administrator: 200 }),
  },
  createRefund: {
    ask: async (world) => ({
      path: `/api/payments/orders/${await order(world, "paid")}/refunds/`,
      body: { reason: "asked for it" },
    }),
    answers: signedIn(403, { administrator: 201 }),
  },
  listPaymentEvents: { ask: () => ({ path: "/api/payments/events/" }), answers: administrators },
  getPaymentEvent: {
    ask: async ({ sql, next }) => ({ path: `/api/payments/events/${await event(sql, next)}/` }),
    answers: administrators,
  },
  replayPaymentEvent: {
    ask: async ({ sql, next }) => ({ path: `/api/payments/events/${await event(sql, next)}/replay/` }),
    answers: administrators,
  },
};
