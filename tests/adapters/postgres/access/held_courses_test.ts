import assert from "node:assert/strict";
import { postgresAccessLedger } from "../../../../adapters/postgres/access/access.ts";
import { postgresBooks } from "../../../../adapters/postgres/settlement/books.ts";
import { addCourse } from "../../../support/shop.ts";
import { databaseTest } from "../../../support/test_database.ts";

databaseTest(
  "a course cannot be deleted while access to it is being given, by hand or for a payment",
  async ({ sql }) => {
    const [given, paid] = [await addCourse(sql), await addCourse(sql, { title: "Optics" })];
    const [order] = await sql<{ id: string }[]>`
      with placed as (
        insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
        values ('ada', 'ada@example.com', 'expired', 4900, 'usd', now()) returning id
      )
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
      select id, 'expired', 'ada', ${paid.id}, ${paid.slug}, 'Optics', 4900, 0 from placed returning order_id as id`;
    const isHeld = (id: string) =>
      sql.begin(async (tx) => {
        await tx`set local lock_timeout = '10ms'`;
        await tx`delete from courses where id = ${id}`;
      }).then(() => false, (error) => {
        assert.equal(error.code, "55P03");
        return true;
      });
    await sql.begin(async (tx) => {
      await postgresAccessLedger(tx).resolve([
        { student: "ada", course: given.slug },
        { student: "ada", course: "unknown" },
      ]);
      await postgresBooks(tx).lock({ orderId: order!.id });
      assert.deepEqual([await isHeld(given.id), await isHeld(paid.id)], [true, true]);
    });
    assert.deepEqual([await isHeld(given.id), await isHeld(paid.id)], [false, false]);
  },
  { on: ["postgres"] },
);
