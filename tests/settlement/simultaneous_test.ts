// What must come out once, however many ask at the same moment; on PostgreSQL, for the embedded database takes turns.
import assert from "node:assert/strict";
import { postgresTransaction } from "../../adapters/postgres/transaction.ts";
import { postgresAccessReads } from "../../adapters/postgres/access/access.ts";
import { lockCheckout, postgresOrderHistory } from "../../adapters/postgres/checkout/orders.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import type { Payments } from "../../domain/checkout/ports.ts";
import { startCheckout } from "../../domain/checkout/start_checkout.ts";
import { DomainError } from "../../domain/errors.ts";
import { addCourse, until } from "../support/shop.ts";
import { databaseTest } from "../support/test_database.ts";

const CLICKS = 6;
/** One time in six was enough to be found. */
const REPETITIONS = 15;

const nowhere: Payments = {
  openPage: ({ id }) => Promise.resolve({ checkoutSessionId: `cs_${id}`, url: "https://pay.example" }),
  closePage: () => Promise.resolve(null),
};

function shopOn(sql: Database) {
  return {
    transaction: postgresTransaction(sql, () => Promise.resolve()),
    orderHistory: postgresOrderHistory(sql),
    payments: nowhere,
    settlementPolicy: { refundsMismatches: true },
    shopCurrency: "usd",
    measurement: null,
    clock: () => new Date(),
  };
}

async function addStudent(sql: Database, id: string): Promise<string> {
  await sql`insert into users (id, email, password_hash, role) values (${id}, ${
    id + "@example.com"
  }, 'x', 3)`;
  return id;
}

databaseTest(
  "concurrent clicks on a free course give one order, one grant and one receipt number",
  async ({ sql }) => {
    const shop = shopOn(sql);
    const free = await addCourse(sql, { title: "Free", priceCents: 0 });
    const dear = await addCourse(sql, { title: "Dear" });
    const admin = await addStudent(sql, "the-shop");
    await sql`update users set role = 1 where id = ${admin}`;
    await sql`insert into promotions (code, created_by, percent, per_student_limit) values ('ALL', ${admin}, 100, 5)`;
    for (let n = 0; n < REPETITIONS; n++) {
      for (const [course, promotionCode] of [[free, null], [dear, "ALL"]] as const) {
        const studentId = await addStudent(sql, `s-${n}-${course.slug}`);
        const wish = { studentId, courseIds: [course.id], currency: null, promotionCode };
        const outcomes = await Promise.allSettled(
          Array.from({ length: CLICKS }, () => startCheckout(shop, wish)),
        );
        const refusals = outcomes.flatMap((outcome) => outcome.status === "rejected" ? [outcome.reason] : []);
        for (const refusal of refusals) {
          assert.ok(refusal instanceof DomainError && refusal.code === "already_enrolled", String(refusal));
        }
        const [seen] = await sql`
        select (select count(*)::int from orders where student_id = ${studentId}) as orders,
          (select count(*)::int from grants where student_id = ${studentId}) as grants,
          (select count(receipt_number)::int from orders where student_id = ${studentId}) as receipts,
          (select count(*)::int from promotion_redemptions where student_id = ${studentId}) as uses`;
        assert.deepEqual({ ...seen }, { orders: 1, grants: 1, receipts: 1, uses: promotionCode ? 1 : 0 });
      }
    }
    const [{ backwards }] = await sql<[{ backwards: number }]>`
    select count(*)::int as backwards from orders a join orders b on b.receipt_number = a.receipt_number + 1
    where b.paid_at < a.paid_at`;
    assert.equal(backwards, 0, "dates never run against numbers");
  },
  { on: ["postgres"] },
);

databaseTest(
  "access given while a transaction waits for a lock counts as started when it decides",
  async ({ sql, url }) => {
    const shop = shopOn(sql);
    const course = await addCourse(sql, { title: "Given meanwhile", priceCents: 0 });
    const studentId = await addStudent(sql, "waiting");
    const other = await connect(url, { max: 1 });
    try {
      let answer: Promise<unknown> = Promise.resolve();
      await other.begin(async (tx) => {
        await lockCheckout(tx, studentId);
        answer = startCheckout(shop, {
          studentId,
          courseIds: [course.id],
          currency: null,
          promotionCode: null,
        })
          .catch((error) => error);
        await until(async () => (await sql`select from pg_locks where not granted`).length > 0);
        await sql`select pg_sleep(0.05)`;
        await tx`
        insert into grants (student_id, course_id, source, starts_at)
        values (${studentId}, ${course.id}, 'import', clock_timestamp())`;
      });
      const refusal = await answer;
      assert.ok(refusal instanceof DomainError && refusal.code === "already_enrolled", String(refusal));
      const reads = postgresAccessReads(sql);
      const record = await reads.record({ student: studentId, course: course.id });
      assert.equal(record!.hasGrant, true);
    } finally {
      await other.end({ timeout: 1 });
    }
  },
  { on: ["postgres"] },
);

databaseTest(
  "the database prevents two purchases of one course from giving it at the same time, whatever wrote them",
  async ({ sql }) => {
    const add = (id: string) =>
      sql`
      with o as (
        insert into orders (id, student_id, student_email, state, subtotal_amount, currency, session_expires_at)
        values (${id}, 'ada', '', 'paid', 0, 'usd', now()) returning id
      ), l as (
        insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
        select id, 'paid', 'ada', '00000000-0000-4000-8000-000000000001', 'c', 'C', 0, 0 from o returning id
      )
      insert into grants (student_id, course_id, source, order_line_id)
      select 'ada', '00000000-0000-4000-8000-000000000001', 'free_enrolment', id from l`;
    await add(crypto.randomUUID());
    await assert.rejects(add(crypto.randomUUID()), /grants_one_standing_purchase/);
  },
  { on: ["postgres"] },
);
