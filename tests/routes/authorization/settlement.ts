import type { Database } from "../../../adapters/postgres/queries.ts";
import { anyone, orderOfBuyer, type Rows, signedIn, type World } from "./table.ts";

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

/** A dispute about an order of `buyer`, which Stripe does not know. */
async function evidencePath({ sql, people, course, next }: World, status: string): Promise<string> {
  const { id: student, email } = people.buyer;
  const [row] = await sql<{ id: string }[]>`
    with bought as (
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
      values (${student}, ${email}, 'expired', 4900, 'usd', now()) returning id, state
    ), line as (
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
      select id, state, ${student}, ${course.id}, ${course.slug}, 'Linear Algebra', 4900, 0 from bought
    )
    insert into disputes (id, order_id, payment_intent_id, amount, currency, status, observed_at)
    select ${`du_${next()}`}, id, 'pi_x', 4900, 'usd', ${status}, now() from bought returning id`;
  return `/api/payments/disputes/${row!.id}/evidence/`;
}

export const settlementRows: Rows<
  | "listRefunds"
  | "createRefund"
  | "listPaymentEvents"
  | "getPaymentEvent"
  | "replayPaymentEvent"
  | "stripeWebhook"
  | "stripeWebhookRoot"
  | "listDisputes"
  | "previewEvidence"
  | "submitEvidence"
> = {
  listRefunds: {
    ask: async (world) => ({ path: `/api/payments/orders/${await orderOfBuyer(world, "paid")}/refunds/` }),
    answers: signedIn(404, { buyer: 200, administrator: 200 }),
  },
  createRefund: {
    ask: async (world) => ({
      path: `/api/payments/orders/${await orderOfBuyer(world, "paid")}/refunds/`,
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
  stripeWebhook: {
    ask: () => ({ path: "/api/payments/stripe/webhook/", body: {} }),
    answers: anyone(400),
  },
  stripeWebhookRoot: { ask: () => ({ path: "/webhook/", body: {} }), answers: anyone(400) },
  listDisputes: { ask: () => ({ path: "/api/payments/disputes/" }), answers: administrators },
  previewEvidence: {
    ask: async (world) => ({ path: await evidencePath(world, "needs_response") }),
    answers: administrators,
  },
  submitEvidence: {
    ask: async (world) => ({ path: await evidencePath(world, "lost"), body: {} }),
    answers: signedIn(403, { administrator: 409 }), // it is over
  },
};
