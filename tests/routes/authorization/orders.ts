import { type Rows, signedIn, type World } from "./table.ts";

/** An order that `buyer` has paid. */
async function paidOrder({ sql, people, course }: World): Promise<string> {
  const { id: student, email } = people.buyer;
  const [order] = await sql<{ id: string }[]>`
    with bought as (
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
      values (${student}, ${email}, 'created', 4900, 'usd', now()) returning id, state
    ), payment as (
      insert into payments (order_id, student_id, amount, currency, method)
      select id, ${student}, 4900, 'usd', 'stripe' from bought
    )
    insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
    select id, state, ${student}, ${course.id}, ${course.slug}, 'Linear Algebra', 4900, 0 from bought
    returning order_id as id`;
  await sql`update orders set state = 'paid' where id = ${order!.id}`;
  return order!.id;
}

export const ordersRows: Rows<
  | "getPayment"
  | "listOrders"
  | "getOrder"
  | "getReceipt"
  | "closeReview"
  | "getSelfRefund"
  | "refundOneself"
  | "listPayments"
> = {
  getPayment: {
    async ask(world) {
      const [payment] = await world.sql<{ id: string }[]>`
        select id from payments where order_id = ${await paidOrder(world)}`;
      return { path: `/api/payments/payments/${payment!.id}/` };
    },
    answers: signedIn(404, { administrator: 200, buyer: 200 }),
  },
  listOrders: { ask: () => ({ path: "/api/payments/orders/" }), answers: signedIn(200) },
  getOrder: {
    ask: async (world) => ({ path: `/api/payments/orders/${await paidOrder(world)}/` }),
    answers: signedIn(404, { administrator: 200, buyer: 200 }),
  },
  getReceipt: {
    ask: async (world) => ({ path: `/api/payments/orders/${await paidOrder(world)}/receipt/` }),
    answers: signedIn(404, { administrator: 200, buyer: 200 }),
  },
  closeReview: {
    async ask(world) {
      const id = await paidOrder(world);
      await world.sql`update payments set review_reason = 'paid twice' where order_id = ${id}`;
      return { path: `/api/payments/orders/${id}/review/`, body: { note: "seen" } };
    },
    answers: signedIn(403, { administrator: 200 }),
  },
  getSelfRefund: {
    ask: async (world) => ({ path: `/api/payments/orders/${await paidOrder(world)}/self-refund/` }),
    answers: signedIn(404, { buyer: 200 }),
  },
  refundOneself: {
    ask: async (world) => ({ path: `/api/payments/orders/${await paidOrder(world)}/self-refund/`, body: {} }),
    answers: signedIn(404, { buyer: 409 }), // nothing was charged for it
  },
  listPayments: { ask: () => ({ path: "/api/payments/payments/" }), answers: signedIn(200) },
};
