import assert from "node:assert/strict";
import { postgresOffers, postgresOrders } from "../../../../adapters/postgres/checkout/orders.ts";
import { postgresRefundableOrders } from "../../../../adapters/postgres/orders/refundable_orders.ts";
import {
  postgresPromotionReads,
  postgresPromotions,
} from "../../../../adapters/postgres/promotions/promotions.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import { postgresBooks } from "../../../../adapters/postgres/settlement/books.ts";
import type { RefundEvidence, SessionEvidence } from "../../../../domain/settlement/evidence.ts";
import type { RefundRequest } from "../../../../domain/settlement/ports.ts";
import { databaseTest } from "../../../support/test_database.ts";

const PAGE_END = "2026-03-02T12:00:00Z";

/** An order of a student with its payment, at a state. */
async function placeOrder(sql: Database, state = "open", student = "ada"): Promise<string> {
  const [order] = await sql<{ id: string }[]>`
    insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
    values (${student}, 'ada@example.com', ${state}, 8000, 'usd', ${PAGE_END}) returning id`;
  await sql`
    insert into payments (order_id, student_id, amount, currency, method, status)
    values (${order!.id}, ${student}, 8000, 'usd', 'stripe', 1)`;
  return order!.id;
}

databaseTest("a receipt keeps its number and time, whatever happens to its order", async ({ sql }) => {
  const [first, second] = [await placeOrder(sql), await placeOrder(sql, "open", "bob")];
  const receipt = async (id: string) =>
    (await sql<{ receiptNumber: bigint | null; paidAt: Date | null }[]>`
      select receipt_number as "receiptNumber", paid_at as "paidAt" from orders where id = ${id}`)[0]!;
  const move = (id: string, state: string) => sql`update orders set state = ${state} where id = ${id}`;
  assert.deepEqual(await receipt(first), { receiptNumber: null, paidAt: null }, "none while it is not paid");
  await move(first, "paid");
  const kept = await receipt(first);
  assert.ok(kept.paidAt);
  for (const state of ["partially_refunded", "paid", "refunded", "paid"]) {
    await move(first, state);
    assert.deepEqual(await receipt(first), kept, state);
  }
  await move(second, "processing");
  await move(second, "refunded");
  const next = await receipt(second);
  assert.equal(
    next.receiptNumber,
    kept.receiptNumber! + 1n,
    "also of what is given back before its payment is told",
  );
  assert.ok(next.paidAt! >= kept.paidAt!);
  const third = await placeOrder(sql, "open", "cyd");
  await move(third, "partially_refunded");
  assert.equal((await receipt(third)).receiptNumber, kept.receiptNumber! + 2n);
  const fourth = await placeOrder(sql, "open", "dan");
  await sql.begin(async (tx) => {
    await tx`update orders set state = 'paid' where id = ${fourth}`;
    await tx`update orders set state = 'refunded' where id = ${fourth}`;
  });
  const fifth = await placeOrder(sql, "open", "eve");
  await move(fifth, "paid");
  assert.equal(
    (await receipt(fifth)).receiptNumber,
    kept.receiptNumber! + 4n,
    "one number for an order that changed twice in one transaction",
  );
});

databaseTest(
  "a receipt that was brought in keeps its number and time, whatever happens to its order",
  async ({ sql }) => {
    const paidAt = new Date("2025-11-03T10:00:00Z");
    const bringIn = async (columns: Record<string, unknown>) => {
      const [order] = await sql<{ id: string }[]>`
      insert into orders ${
        sql({
          student_id: "ada",
          student_email: "",
          state: "paid",
          subtotal_amount: 8000,
          currency: "usd",
          session_expires_at: PAGE_END,
          created_at: paidAt,
          ...columns,
        })
      } returning id`;
      await sql`
      insert into payments (order_id, student_id, amount, currency, method, status)
      values (${order!.id}, 'ada', 8000, 'usd', 'stripe', 2)`;
      return order!.id;
    };
    const receipt = async (id: string) => ({
      ...(await sql<{ receiptNumber: bigint | null; paidAt: Date }[]>`
        select receipt_number as "receiptNumber", paid_at as "paidAt" from orders where id = ${id}`)[0]!,
    });
    await sql`update receipt_numbers set last = 7`;
    const numbered = await bringIn({ receipt_number: 7, paid_at: paidAt });
    const unnumbered = await bringIn({ paid_at: paidAt });
    for (const state of ["partially_refunded", "paid", "refunded"]) {
      for (const id of [numbered, unnumbered]) {
        await sql`update orders set state = ${state}, updated_at = now() where id = ${id}`;
      }
      assert.deepEqual(await receipt(numbered), { receiptNumber: 7n, paidAt }, state);
      assert.deepEqual(
        await receipt(unnumbered),
        { receiptNumber: 8n, paidAt },
        `${state}: it takes the next number, once`,
      );
    }
  },
);

databaseTest(
  "a page that is saved late does not reopen a paid order, and is not saved for a later attempt",
  async ({ sql }) => {
    const orders = postgresOrders(sql);
    const page = (name: string) => ({ checkoutSessionId: `cs_${name}`, url: `https://pay.example/${name}` });
    const stands = async (id: string) =>
      (await sql<{ state: string; sessionId: string | null }[]>`
      select state, session_id as "sessionId" from orders where id = ${id}`)[0]!;
    const id = await placeOrder(sql, "created");
    await sql`
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
      values (${id}, 'created', 'ada', gen_random_uuid(), 'optics', 'Optics', 8000, 0)`;
    await orders.renew(id, new Date(PAGE_END));
    await orders.savePage(id, 1, page("first"));
    assert.deepEqual(await stands(id), { state: "created", sessionId: null });
    await orders.savePage(id, 2, page("second"));
    assert.deepEqual(await stands(id), { state: "open", sessionId: "cs_second" });
    for (const state of ["paid", "expired", "processing"]) {
      await sql`update orders set state = ${state} where id = ${id}`;
      await orders.savePage(id, 2, page("late"));
      assert.deepEqual(await stands(id), { state, sessionId: "cs_second" });
    }
  },
);

databaseTest("late news of a payment does not override earlier news", async ({ sql }) => {
  const books = postgresBooks(sql);
  const id = await placeOrder(sql);
  const other = await placeOrder(sql, "open", "bob");

  const decline = (code: string, at: string, orderId = id) =>
    books.recordDecline({ kind: "decline", orderId, code, declinedAt: new Date(at) });
  const code = async (orderId = id) =>
    (await sql<{ code: string | null }[]>`
      select decline_code as code from payments where order_id = ${orderId}`)[0]!.code;
  await decline("first", "2026-03-01T12:00:00Z");
  await decline("earlier", "2026-03-01T11:00:00Z");
  assert.equal(await code(), "first");
  await decline("later", "2026-03-01T13:00:00Z");
  assert.equal(await code(), "later");
  assert.equal(await code(other), null, "another order's stays as it is");

  const dispute = (status: string, at: string) =>
    books.recordDispute({
      kind: "dispute",
      disputeId: "dp_1",
      paymentIntentId: "pi_1",
      amount: { amount: 8000n, currency: "usd" },
      status,
      reason: "",
      evidenceDueAt: null,
      observedAt: new Date(at),
    });
  assert.deepEqual(await dispute("lost", "2026-03-02T00:00:00Z"), { before: null, now: "lost" });
  assert.deepEqual(await dispute("under_review", "2026-03-01T00:00:00Z"), { before: "lost", now: "lost" });
  assert.deepEqual(await dispute("won", "2026-03-03T00:00:00Z"), { before: "lost", now: "won" });

  const session = (outcome: SessionEvidence["outcome"], mismatch: string | null) =>
    books.recordSession({
      kind: "session",
      orderId: id,
      studentId: "ada",
      sessionId: "cs_1",
      mode: "payment",
      attempt: 1,
      paymentIntentId: "pi_1",
      outcome,
      subtotal: { amount: 8000n, currency: "usd" },
      discount: 0n,
      tax: 0n,
      total: 8000n,
    }, mismatch);
  const known = async () =>
    (await sql<{ outcome: string; mismatch: string | null }[]>`
      select outcome, mismatch from payment_sessions where session_id = 'cs_1'`)[0]!;
  await session("awaiting_funds", null);
  await session("paid", "of another amount");
  assert.deepEqual(await known(), { outcome: "paid", mismatch: "of another amount" });
  for (const late of ["expired", "failed", "awaiting_funds"] as const) await session(late, null);
  assert.deepEqual(await known(), { outcome: "paid", mismatch: "of another amount" });
  await session("paid", null);
  assert.deepEqual(await known(), { outcome: "paid", mismatch: null }, "a mismatch that is over");
  await session("paid", "of another amount");
  assert.deepEqual(await known(), { outcome: "paid", mismatch: null }, "and it does not come back");
});

databaseTest(
  "a refund is identified by Stripe's id, whichever report came first, and never moves back",
  async ({ sql }) => {
    const books = postgresBooks(sql);
    const orderId = await placeOrder(sql, "paid");
    const told = (
      stripeId: string,
      status: RefundEvidence["status"],
      refundId: string | null = null,
      payment = "pi_1",
    ) =>
      books.recordRefund({
        kind: "refund",
        stripeId,
        refundId,
        paymentIntentId: payment,
        amount: { amount: 500n, currency: "usd" },
        status,
        failureReason: null,
      });
    const ask = async (key: string) =>
      (await books.requestRefund({
        orderId,
        paymentIntentId: "pi_1",
        amount: { amount: 500n, currency: "usd" },
        origin: "duplicate",
        requestKey: key,
        requestedBy: null,
        reason: "",
        lines: [],
      }))!.id;
    const own = await ask("duplicate:cs_1");
    assert.notEqual((await told("re_0", "pending", own, "pi_2")).id, own, "of another payment");
    assert.deepEqual(await told("re_1", "pending", own), { id: own, before: "requested", now: "pending" });
    assert.notEqual((await told("re_2", "pending", own)).id, own, "it is Stripe's re_1 already");
    assert.deepEqual(await told("re_1", "requires_action"), { id: own, before: "pending", now: "pending" });
    assert.deepEqual(await told("re_1", "succeeded"), { id: own, before: "pending", now: "succeeded" });
    assert.deepEqual(await told("re_1", "failed"), { id: own, before: "succeeded", now: "failed" });
    assert.deepEqual(await told("re_1", "succeeded"), { id: own, before: "failed", now: "failed" });
    const other = await ask("duplicate:cs_2");
    const first = await told("re_3", "pending");
    assert.deepEqual(await told("re_3", "succeeded", other), {
      id: first.id,
      before: "pending",
      now: "succeeded",
    });

    // Those that came before their payment are the payment's, once.
    await told("re_9", "succeeded", null, "pi_9");
    for (const [id, payment] of [["dp_1", "pi_1"], ["dp_9", "pi_9"]]) {
      await sql`
        insert into disputes (id, payment_intent_id, amount, currency, status, observed_at)
        values (${id!}, ${payment!}, 500, 'usd', 'lost', now())`;
    }
    await sql`update refunds set order_id = null where stripe_refund_id in ('re_1', 're_3')`;
    const pay = () =>
      books.recordSession({
        kind: "session",
        orderId,
        studentId: "ada",
        sessionId: "cs_1",
        mode: "payment",
        attempt: 1,
        paymentIntentId: "pi_1",
        outcome: "paid",
        subtotal: { amount: 8000n, currency: "usd" },
        discount: 0n,
        tax: 0n,
        total: 8000n,
      }, null);
    // Also the second that named the shop's request; not what failed.
    const [second] = await sql<{ id: string }[]>`select id from refunds where stripe_refund_id = 're_2'`;
    assert.deepEqual(
      new Set((await pay()).refundIds),
      new Set([first.id, second!.id]),
    );
    assert.deepEqual((await pay()).refundIds, []);
    const known = await sql<{ id: string }[]>`
      select id from disputes where order_id is not null
      union all select stripe_refund_id from refunds where order_id is not null and stripe_refund_id is not null
      order by id`;
    assert.deepEqual(known.map(({ id }) => id), ["dp_1", "re_1", "re_2", "re_3"]);
  },
);

databaseTest(
  "a refund is requested once, can change its amount until Stripe has it, and can then not be withdrawn",
  async ({ sql }) => {
    const books = postgresBooks(sql);
    const orderId = await placeOrder(sql, "paid");
    const ask = (amount: bigint, requestKey: string | null = "duplicate:cs_1") =>
      books.requestRefund({
        orderId,
        paymentIntentId: "pi_1",
        amount: { amount, currency: "usd" },
        origin: "duplicate",
        requestKey,
        requestedBy: null,
        reason: "",
        lines: [],
      } as RefundRequest);
    const stands = async (id: string) => {
      const refund = await books.refund(id);
      return [refund!.status, refund!.amount.amount];
    };
    const { id } = (await ask(500n))!;
    assert.equal(await ask(500n), null, "the same again");
    assert.equal((await ask(700n))!.id, id);
    assert.deepEqual(await stands(id), ["requested", 700n]);
    await books.withdrawRefund(id);
    assert.deepEqual(await stands(id), ["canceled", 700n]);
    assert.equal((await ask(700n))!.id, id, "due once more");
    assert.equal(await books.markSubmitted(id), true);
    assert.equal(await books.markSubmitted(id), false);
    assert.equal(await ask(900n), null, "Stripe may have it");
    await books.withdrawRefund(id);
    assert.deepEqual(await stands(id), ["submitted", 700n]);
    await sql`update refunds set status = 'canceled', stripe_refund_id = 're_1' where id = ${id}`;
    assert.equal(await ask(900n), null, "what Stripe has cancelled is not asked for with that key");
    const others = [await ask(1n, null), await ask(1n, null), await ask(1n, "duplicate:cs_2")];
    assert.equal(
      new Set(others.map((refund) => refund!.id)).size,
      3,
      "each of another cause, or of a person",
    );
  },
);

databaseTest(
  "holders of a code count, per student too, and released uses do not",
  async ({ sql }) => {
    const promotions = postgresPromotions(sql);
    await sql`
    insert into users (id, email, password_hash, first_name, role)
    values ('admin', 'admin@example.com', '', 'Admin', 4)`;
    const added = await promotions.add({
      code: "SPRING",
      createdBy: "admin",
      discount: { percent: 10 },
      minimums: [],
      courseIds: [],
      validFrom: null,
      validUntil: null,
      maxRedemptions: null,
      perStudentLimit: null,
    });
    const promotionId = added!.id;
    const use = async (student: string) => {
      const id = await placeOrder(sql, "open", student);
      await promotions.redeem(promotionId, { id, studentId: student });
      return id;
    };
    const orders = [await use("ada"), await use("ada"), await use("bob")];
    const counted = async (student: string, except: string[] = []) =>
      (await promotions.lockByCode("SPRING", student, except))!.redemptions;
    assert.deepEqual(await counted("ada"), { all: 3, byStudent: 2 });
    assert.deepEqual(await counted("bob"), { all: 3, byStudent: 1 });
    assert.deepEqual(await counted("cyd"), { all: 3, byStudent: 0 });
    assert.deepEqual(await counted("ada", [orders[0]!]), { all: 2, byStudent: 1 });
    assert.deepEqual(await promotions.used(promotionId), { all: 3, byOneStudent: 2 });
    for (
      const state of ["created", "open", "processing", "paid", "partially_refunded", "refunded", "expired"]
    ) {
      await sql`update orders set state = ${state}, paid_at = now() where id = ${orders[0]!}`;
      assert.deepEqual(await counted("ada"), { all: 3, byStudent: 2 }, `held while it is ${state}`);
    }
    await sql`update promotion_redemptions set released_at = now() where order_id = ${orders[0]!}`;
    assert.deepEqual(await counted("ada"), { all: 2, byStudent: 1 });
    assert.deepEqual(await promotions.used(promotionId), { all: 2, byOneStudent: 1 });
    const { promotions: [listed] } = await postgresPromotionReads(sql)
      .list({ visibleTo: null }, { limit: 1, offset: 0 });
    assert.equal(listed!.redemptions, 2);
  },
);

/** A course with one lesson of 600 seconds. */
async function addCourse(sql: Database, slug: string): Promise<{ courseId: string; lessonId: string }> {
  const [row] = await sql<{ courseId: string; lessonId: string }[]>`
    with course as (
      insert into courses (slug, title, price_amount, is_published) values (${slug}, ${slug}, 4000, true) returning id
    ), part as (
      insert into course_parts (course_id, slug, position) select id, ${slug}, 0 from course returning id
    ), lesson as (
      insert into lessons (part_id, slug, position, duration_seconds) select id, ${slug}, 0, 600 from part returning id
    )
    select course.id as "courseId", lesson.id as "lessonId" from course, lesson`;
  return row!;
}

databaseTest(
  "what other students watched, or had access to, does not count against a student's refund",
  async ({ sql }) => {
    await sql`
    insert into users (id, email, password_hash, role)
    values ('ada', 'ada@example.com', '', 3), ('bob', 'bob@example.com', '', 3)`;
    const { courseId, lessonId } = await addCourse(sql, "optics");
    const id = await placeOrder(sql, "paid");
    await sql`
    insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
    values (${id}, 'paid', 'ada', ${courseId}, 'optics', 'Optics', 8000, 0)`;
    await sql`
    insert into grants (student_id, course_id, source, order_line_id, starts_at)
    select student_id, course_id, 'order_line', id, now() - interval '1 hour' from order_lines`;
    await sql`
    insert into lesson_progress (student_id, lesson_id, watched_seconds)
    values ('ada', ${lessonId}, 60), ('bob', ${lessonId}, 600)`;
    await sql`
    insert into removed_lesson_progress (student_id, lesson_id, course_id, watched_seconds, duration_seconds)
    values ('bob', gen_random_uuid(), ${courseId}, 500, 500)`;
    await sql`
    insert into playback_log (lesson_id, course_id, viewer_id, address, user_agent, outcome)
    values (${lessonId}, ${courseId}, 'bob', '', '', 'ticket_issued')`;
    const { use } = (await postgresRefundableOrders(sql).byId(id))!;
    assert.deepEqual(use.map(({ lessons }) => lessons), [[
      { lengthSeconds: 600, watchedSeconds: 60, ticketAt: null, isOpened: false },
    ]]);
  },
);

databaseTest(
  "archived courses are not sold, and nothing is sold to an ended account",
  async ({ sql }) => {
    await sql`
    insert into users (id, email, password_hash, role, deactivated_at, erased_at)
    values ('ada', 'ada@example.com', '', 3, null, null), ('bob', 'bob@example.com', '', 3, now(), null),
      ('cyd', 'cyd@example.com', '', 3, null, now())`;
    const { courseId } = await addCourse(sql, "optics");
    const { courseId: archived } = await addCourse(sql, "logic");
    await sql`update courses set archived_at = now() where id = ${archived}`;
    const offers = await postgresOffers(sql).forStudent("ada", [courseId, archived]);
    assert.deepEqual(
      offers.map((offer) => [offer.courseSlug, offer.isPublished]).toSorted(),
      [["logic", false], ["optics", true]],
    );
    const placed = (studentId: string) =>
      postgresOrders(sql).create({
        studentId,
        lines: [{ courseId, courseSlug: "optics", title: "Optics", amount: 4000n, discount: 0n }],
        subtotal: { amount: 4000n, currency: "usd" },
        promotion: null,
        pageExpiresAt: new Date(PAGE_END),
      });
    assert.equal((await placed("ada"))?.state, "created");
    assert.equal(await placed("bob"), null);
    assert.equal(await placed("cyd"), null);
  },
);
