import { type Rows, signedIn, type World } from "./table.ts";

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

const administratorsOnly = (status: number) => signedIn(403, { administrator: status });

export const disputeRows: Rows<"listDisputes" | "previewEvidence" | "submitEvidence"> = {
  listDisputes: { ask: () => ({ path: "/api/payments/disputes/" }), answers: administratorsOnly(200) },
  previewEvidence: {
    ask: async (world) => ({ path: await evidencePath(world, "needs_response") }),
    answers: administratorsOnly(200),
  },
  submitEvidence: {
    ask: async (world) => ({ path: await evidencePath(world, "lost"), body: {} }),
    answers: administratorsOnly(409), // it is over
  },
};
