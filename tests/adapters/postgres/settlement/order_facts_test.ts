import assert from "node:assert/strict";
import { postgresOrderHistory, postgresOrders } from "../../../../adapters/postgres/checkout/orders.ts";
import type { Queries } from "../../../../adapters/postgres/queries.ts";
import { postgresBooks } from "../../../../adapters/postgres/settlement/books.ts";
import type { OrderState } from "../../../../domain/checkout/ports.ts";
import type { OrderFacts } from "../../../../domain/settlement/ports.ts";
import { addCourses, grantRows, MADE, placeRows, rolledBack } from "../../../support/order_rows.ts";
import { databaseTest } from "../../../support/test_database.ts";

const EARLIER = "2026-03-01T11:00:00Z";
const LATER = "2026-03-01T13:00:00Z";
const PAID = "2026-03-02T12:00:00Z";
const BEFORE_PAID = "2026-03-02T11:00:00Z";
const AFTER_PAID = "2026-03-02T13:00:00Z";

type Change = (tx: Queries) => Promise<unknown>;

const addPeople = (sql: Queries) =>
  sql`
    insert into users (id, email, password_hash, role)
    values ('ada', 'ada@example.com', '', 3), ('bob', 'bob@example.com', '', 3), ('root', 'root@example.com', '', 1)`;

const factsOf = async (tx: Queries, id: string): Promise<OrderFacts> =>
  await postgresBooks(tx).facts((await postgresOrderHistory(tx).byId(id))!);

databaseTest(
  "each condition decides whether something else gives the course when an order is paid",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics, logic } = await addCourses(sql, "optics", "logic");
    // Orders of others, and for other things, which count for nothing.
    for (const [student, course] of [["bob", optics], ["ada", logic]] as const) {
      await grantRows(sql, await placeRows(sql, student, [course], "paid", EARLIER));
      await sql`
        insert into grants (student_id, course_id, source, created_at, starts_at)
        values (${student}, ${course}, 'administrator', ${EARLIER}, ${EARLIER})`;
    }
    const ours = await placeRows(sql, "ada", [optics], "paid");
    await grantRows(sql, ours);
    await sql`update grants set ends_at = now() + interval '1 day' where course_id = ${optics} and student_id = 'ada'`;
    await sql`update orders set paid_at = ${PAID} where id = ${ours}`;

    const bought =
      (grant = "reason = ''", order = "state = 'paid'", madeAt = EARLIER, orderId?: string): Change =>
      async (tx) => {
        const id = await placeRows(tx, "ada", [optics], "paid", madeAt, orderId);
        await grantRows(tx, id);
        await tx.unsafe(`update grants set ${grant} where order_line_id = (
        select id from order_lines where order_id = '${id}'
      )`);
        await tx.unsafe(`update orders set ${order} where id = '${id}'`);
      };
    const given = (grant = "reason = ''"): Change => async (tx) => {
      const [row] = await tx<{ id: string }[]>`
        insert into grants (student_id, course_id, source, created_at, starts_at)
        values ('ada', ${optics}, 'administrator', ${EARLIER}, ${EARLIER}) returning id`;
      await tx.unsafe(`update grants set ${grant} where id = '${row!.id}'`);
    };
    const unpaid: Change = async (tx) => {
      await tx`update orders set state = 'open', paid_at = null where id = ${ours}`;
    };
    const abandoned = `abandoned_at = '${EARLIER}'`;
    for (
      const [what, expected, ...changes] of [
        ["nothing", null],
        ["an earlier order", "paid", bought()],
        ["one refunded in part", "paid", bought("reason = ''", "state = 'partially_refunded'")],
        ["one that was refunded", null, bought("reason = ''", "state = 'refunded'")],
        ["one that failed", null, bought("reason = ''", "state = 'failed'")],
        ["one that was revoked", null, bought("revoked_at = now()")],
        ["one in dispute", "disputed", bought("payment_hold = 'disputed'")],
        ["one whose money is back", null, bought("payment_hold = 'refunded'")],
        ["one that gives way itself", null, bought("payment_hold = 'duplicate'")],
        ["one that had ended", null, bought(`ends_at = '${BEFORE_PAID}'`)],
        ["one that has ended since", "paid", bought(`ends_at = '${AFTER_PAID}'`)],
        ["that one for a payment to come", null, bought(`ends_at = '${AFTER_PAID}'`), unpaid],
        ["one that has no end, for a payment to come", "paid", bought(), unpaid],
        ["a later order", null, bought("reason = ''", "state = 'paid'", LATER)],
        ["an earlier one that was given up", null, bought("reason = ''", abandoned)],
        ["one that nobody needed", "paid", bought("reason = ''", `${abandoned}, is_needless = true`)],
        [
          "an earlier one that was given up as this one was",
          "paid",
          bought("reason = ''", abandoned),
          (tx) => tx`update orders set abandoned_at = ${PAID} where id = ${ours}`,
        ],
        [
          "a later one, of one that was given up",
          "paid",
          bought("reason = ''", "state = 'paid'", LATER),
          (tx) => tx`update orders set abandoned_at = ${PAID} where id = ${ours}`,
        ],
        [
          "one of the same moment with a smaller id",
          "paid",
          bought("reason = ''", "state = 'paid'", MADE, "00000000-0000-4000-8000-000000000000"),
        ],
        [
          "one with a greater id",
          null,
          bought("reason = ''", "state = 'paid'", MADE, "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        ],
        ["what an administrator gave", "given", given()],
        ["what was given after the payment", null, given(`created_at = '${AFTER_PAID}'`)],
        ["that, for a payment to come", "given", given(`created_at = '${AFTER_PAID}'`), unpaid],
        ["what was to begin after it", null, given(`starts_at = '${AFTER_PAID}'`)],
        ["what had ended", null, given(`ends_at = '${BEFORE_PAID}'`)],
        ["what has ended since", "given", given(`ends_at = '${AFTER_PAID}'`)],
        ["what had been revoked", null, given(`revoked_at = '${BEFORE_PAID}'`)],
        ["what was revoked since", "given", given(`revoked_at = '${AFTER_PAID}'`)],
        ["what was paid and given", "paid", bought(), given()],
        ["what is in dispute and given", "given", bought("payment_hold = 'disputed'"), given()],
      ] as [string, string | null, ...Change[]][]
    ) {
      await rolledBack(sql, async (tx) => {
        for (const change of changes) await change(tx);
        const { lines } = await factsOf(tx, ours);
        assert.deepEqual(lines.map(({ elsewhere }) => elsewhere), [expected], what);
      });
    }
  },
);

databaseTest("each condition decides whether a code is used beyond its limits", async ({ sql }) => {
  await addPeople(sql);
  const { optics } = await addCourses(sql, "optics");
  const [one, other] = await sql<{ id: string }[]>`
    insert into promotions (code, created_by, percent)
    values ('ONE', 'root', 10), ('OTHER', 'root', 10) returning id`;
  const use = async (student: string, at: string, promotion = one!.id) => {
    const id = await placeRows(sql, student, [optics], "expired");
    await sql`
      insert into promotion_redemptions (order_id, promotion_id, student_id, redeemed_at)
      values (${id}, ${promotion}, ${student}, ${at})`;
    return id;
  };
  await use("ada", EARLIER, other!.id);
  const first = await use("ada", EARLIER);
  const [a, b] = [await use("bob", MADE), await use("ada", MADE)];
  const [second, third] = a < b ? [a, b] : [b, a];
  const limits = (all: number | null, perStudent: number | null): Change => (tx) =>
    tx`update promotions set max_redemptions = ${all}, per_student_limit = ${perStudent}`;
  const release = (id: string): Change => (tx) =>
    tx`update promotion_redemptions set released_at = now() where order_id = ${id}`;
  // Of the first; of the two of the same moment; of the second of a student.
  for (
    const [what, expected, ...changes] of [
      ["without limits", [false, false, false, false], limits(null, null)],
      ["three for all", [false, false, false, false], limits(3, null)],
      ["two for all", [false, false, true, b === third], limits(2, null)],
      ["one for all", [false, true, true, true], limits(1, null)],
      ["one for each student", [false, second === b, third === b, true], limits(null, 1)],
      ["two for each student", [false, false, false, false], limits(null, 2)],
      ["one for all, the first released", [true, false, true, b === third], limits(1, null), release(first)],
      ["three for all, the first released", [false, false, false, false], limits(3, null), release(first)],
      ["two for all, the first released", [true, false, false, false], limits(2, null), release(first)],
      ["one for each, the first released", [true, false, false, false], limits(null, 1), release(first)],
    ] as [string, boolean[], ...Change[]][]
  ) {
    await rolledBack(sql, async (tx) => {
      for (const change of changes) await change(tx);
      const found = [];
      for (const id of [first, second, third, b]) {
        const { code } = await factsOf(tx, id);
        assert.equal(code!.code, "ONE");
        found.push(code!.isBeyondLimit);
      }
      assert.deepEqual(found, expected, what);
    });
  }
});

databaseTest(
  "each condition decides whether an order is needed, and who its student is",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics, logic } = await addCourses(sql, "optics", "logic");
    const ours = await placeRows(sql, "ada", [optics], "processing");
    const gift = (student: string, course: string, ends = "1 day"): Change => (tx) =>
      tx`
        insert into grants (student_id, course_id, source, starts_at, ends_at)
        values (${student}, ${course}, 'administrator', now() - interval '2 days', now() + ${ends}::interval)`;
    const order = (student: string, course: string, state: OrderState): Change => (tx) =>
      placeRows(tx, student, [course], state);
    for (
      const [what, expected, change] of [
        ["an order alone", false, () => Promise.resolve()],
        [
          "of a deactivated account",
          true,
          (tx) => tx`update users set deactivated_at = now() where id = 'ada'`,
        ],
        ["of an erased account", true, (tx) => tx`update users set erased_at = now() where id = 'ada'`],
        ["while another is gone", false, (tx) => tx`update users set erased_at = now() where id = 'bob'`],
        ["of what was given", true, gift("ada", optics)],
        ["of what was given to another", false, gift("bob", optics)],
        ["beside what was given else", false, gift("ada", logic)],
        ["of what was given, and has ended", false, gift("ada", optics, "-1 day")],
        ["beside another's order of what they were given", false, async (tx) => {
          await order("bob", logic, "open")(tx);
          await gift("bob", logic)(tx);
        }],
        ["of what is being paid", true, order("ada", optics, "processing")],
        ["of what another pays", false, order("bob", optics, "processing")],
        ["beside what is being paid else", false, order("ada", logic, "processing")],
        ["of what could be paid", false, order("ada", optics, "open")],
        ["of what was paid, and gives nothing", false, order("ada", optics, "paid")],
      ] as [string, boolean, Change][]
    ) {
      await rolledBack(sql, async (tx) => {
        await change(tx);
        assert.equal((await factsOf(tx, ours)).isUnneeded, expected, what);
      });
    }
    for (
      const [account, change] of [
        ["stands", (tx) => tx`update users set erased_at = now() where id = 'bob'`],
        ["deactivated", (tx) => tx`update users set deactivated_at = now()`],
        ["gone", (tx) => tx`update users set deactivated_at = now(), erased_at = now()`],
        ["gone", (tx) => tx`update orders set student_id = 'nobody'`],
      ] as [string, Change][]
    ) {
      await rolledBack(sql, async (tx) => {
        await change(tx);
        assert.equal((await factsOf(tx, ours)).account, account);
      });
    }
  },
);

databaseTest(
  "the orders that depend on another, or compete with it, are its student's for one of its courses",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics, logic, poems } = await addCourses(sql, "optics", "logic", "poems");
    const place = (state: OrderState, madeAt: string, student = "ada", courses = [optics]) =>
      placeRows(sql, student, courses, state, madeAt);
    const ours = await place("paid", MADE, "ada", [optics, logic]);
    const [late, early] = [await place("partially_refunded", LATER), await place("paid", EARLIER)];
    const also = await place("paid", LATER, "ada", [poems, logic]);
    const givenUp = await place("paid", EARLIER);
    await sql`update orders set abandoned_at = now() where id = ${givenUp}`;
    const needless = await place("paid", EARLIER, "ada", [logic]);
    await sql`update orders set abandoned_at = now(), is_needless = true, created_at = ${MADE} where id = ${needless}`;
    const waiting = {
      created: await place("created", MADE),
      open: await place("open", MADE, "ada", [logic]),
      processing: await place("processing", MADE),
    };
    for (const state of ["refunded", "failed", "expired"] as const) await place(state, MADE);
    for (const state of ["paid", "open"] as const) {
      await place(state, MADE, "bob");
      await place(state, MADE, "ada", [poems]);
    }
    const books = postgresBooks(sql);
    const order = (await postgresOrderHistory(sql).byId(ours))!;
    const dependents = (await books.dependents(order)).map(({ id }) => id);
    // One that was given up comes after all others, though it was made first.
    assert.deepEqual(dependents.filter((id) => id !== also && id !== needless), [early, late, givenUp]);
    assert.deepEqual(new Set(dependents), new Set([early, late, givenUp, also, needless]));
    assert.deepEqual(dependents.indexOf(needless), 1, "given up by the shop it stands as it was made");
    const competitors = (await books.competitors(order)).map(({ id }) => id);
    assert.deepEqual(competitors, Object.values(waiting).toSorted());
    const debit = (await postgresOrderHistory(sql).byId(waiting.processing))!;
    assert.deepEqual((await books.competitors(debit)).map(({ id }) => id), [waiting.created], "not itself");
  },
);

databaseTest(
  "an order has others to look at if its student has a paid or unfinished one for one of its courses",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics, poems } = await addCourses(sql, "optics", "poems");
    const ours = await placeRows(sql, "ada", [optics], "paid", MADE);
    const hasOthers = async () => (await factsOf(sql, ours)).hasOtherOrders;
    assert.equal(await hasOthers(), false, "not itself");
    await placeRows(sql, "bob", [optics], "paid", MADE);
    await placeRows(sql, "ada", [poems], "paid", MADE);
    assert.equal(await hasOthers(), false, "another's, or for another course");
    const other = await placeRows(sql, "ada", [optics, poems], "failed", LATER);
    for (const state of ["failed", "expired", "refunded"]) {
      await sql`update orders set state = ${state} where id = ${other}`;
      assert.equal(await hasOthers(), false, state);
    }
    for (const state of ["created", "open", "processing", "paid", "partially_refunded"]) {
      await sql`update orders set state = ${state} where id = ${other}`;
      assert.equal(await hasOthers(), true, state);
    }
  },
);

databaseTest(
  "an order lapses when its page has expired, and is closed, abandoned and locked only in the right states",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics } = await addCourses(sql, "optics");
    const books = postgresBooks(sql);
    const orders = postgresOrders(sql);
    const order = async (state: OrderState, change = "attempt = attempt", student = "ada") => {
      await sql`delete from order_lines`; // of which one at a time may be open
      const id = await placeRows(sql, student, [optics], state);
      await sql.unsafe(`update orders set ${change} where id = '${id}'`);
      return id;
    };
    const stateOf = async (id: string) => {
      const [row] = await sql<{ state: string; status: number; reason: number | null; isClosed: boolean }[]>`
        select o.state, p.status, p.reason, page_closed_at is not null as "isClosed"
        from orders o join payments p on p.order_id = o.id where o.id = ${id}`;
      return row!;
    };
    const [code] = await sql<{ id: string }[]>`
      insert into promotions (code, created_by, percent) values ('ONE', 'root', 10) returning id`;
    const redeem = (orderId: string) =>
      sql`
        insert into promotion_redemptions (order_id, promotion_id, student_id)
        select id, ${code!.id}, student_id from orders where id = ${orderId}`;
    const isReleased = async (orderId: string) => {
      const [row] = await sql<{ is: boolean }[]>`
        select released_at is not null as is from promotion_redemptions where order_id = ${orderId}`;
      return row!.is;
    };
    const abandoned = "abandoned_at = now()";
    for (
      const [lapses, state, change, reason] of [
        [true, "created", undefined, 4],
        [true, "open", undefined, 4],
        [true, "expired", abandoned, null],
        [false, "expired", undefined],
        [false, "expired", `${abandoned}, page_closed_at = now()`],
        [false, "processing", undefined],
        [false, "processing", abandoned],
        [false, "paid", undefined],
        [false, "open", "session_expires_at = now() + interval '1 minute'"],
        [false, "expired", `${abandoned}, session_expires_at = now() + interval '1 minute'`],
      ] as [boolean, OrderState, string | undefined, number?][]
    ) {
      const [id, other] = [await order(state, change), await order("open", undefined, "bob")];
      for (const placed of [id, other]) await redeem(placed);
      assert.equal(await books.lapse(id), lapses, `${state}, ${change}`);
      if (lapses) {
        assert.deepEqual(await stateOf(id), {
          state: "expired",
          status: -1,
          reason: reason!,
          isClosed: true,
        });
      } else assert.equal((await stateOf(id)).state, state);
      assert.equal((await stateOf(other)).state, "open", "another stays");
      assert.deepEqual([await isReleased(id), await isReleased(other)], [lapses, false]);
    }

    const [paged, open] = [await order("expired", "attempt = 2"), await order("open", "attempt = 2", "bob")];
    await books.notePageClosed(paged, 1);
    assert.equal((await stateOf(paged)).isClosed, false, "a page of an earlier attempt");
    await books.notePageClosed(paged, 2);
    assert.equal((await stateOf(paged)).isClosed, true);
    assert.equal((await stateOf(open)).isClosed, false, "another's");

    for (
      const [why, isGivenUp, before, after, change] of [
        ["given_up", true, "created", "expired"],
        ["given_up", true, "open", "expired"],
        ["given_up", false, "processing", "processing"],
        ["needless", true, "open", "expired"],
        ["needless", true, "processing", "processing"],
        ["needless", false, "processing", "processing", abandoned],
        ["needless", false, "paid", "paid"],
        ["needless", false, "expired", "expired"],
      ] as ["given_up" | "needless", boolean, OrderState, OrderState, string?][]
    ) {
      const id = await order(before, change);
      assert.equal(await orders.abandon(id, why), isGivenUp, `${before}: ${why}`);
      const { state, status } = await stateOf(id);
      assert.deepEqual([state, status], [after, after === "expired" && isGivenUp ? -1 : 1]);
      assert.equal((await stateOf(open)).state, "open", "another stays");
      const [row] = await sql`select is_needless as "isNeedless" from orders where id = ${id}`;
      assert.equal(row!.isNeedless, isGivenUp && why === "needless");
    }
  },
);

databaseTest(
  "unpaid orders for a student's course are locked, and so are those whose page may still be paid",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics, logic } = await addCourses(sql, "optics", "logic");
    const states = ["processing", "paid", "partially_refunded", "refunded", "failed", "expired"] as const;
    const waiting = [await placeRows(sql, "ada", [optics], "open")];
    for (const state of states) {
      const id = await placeRows(sql, "ada", [optics], state);
      if (state === "processing") waiting.push(id);
    }
    const created = await placeRows(sql, "ada", [logic], "created");
    const others = await placeRows(sql, "bob", [optics], "open");
    const orders = postgresOrders(sql);
    const ids = (found: { id: string }[]) => found.map(({ id }) => id).toSorted();
    const some = waiting.toSorted();
    const all = [...waiting, created].toSorted();
    assert.deepEqual(ids(await orders.lockOpen("ada", [optics])), some);
    assert.deepEqual(ids(await orders.lockOpen("ada", [optics, logic])), all);
    const unneeded = async (...needs: [string, string | null][]) =>
      ids(await orders.lockUnneeded(needs.map(([studentId, courseId]) => ({ studentId, courseId }))));
    assert.deepEqual(await unneeded(["ada", optics]), some);
    assert.deepEqual(await unneeded(["ada", null]), all, "whatever the course");
    assert.deepEqual(await unneeded(["ada", logic], ["bob", optics]), [created, others].toSorted());

    const expired = (student: string, change: string) =>
      placeRows(sql, student, [optics], "expired").then(async (id) => {
        await sql.unsafe(`update orders set ${change} where id = '${id}'`);
        return id;
      });
    const payable = await expired("ada", "abandoned_at = now()");
    await expired("ada", "abandoned_at = now(), page_closed_at = now()");
    await expired("bob", "abandoned_at = now()");
    await sql`update orders set abandoned_at = now() where state in ('processing', 'paid')`;
    assert.deepEqual(ids(await orders.unclosed("ada")), [payable]);
  },
);

databaseTest(
  "an order that was paid before the import was paid in the former shop, and keeps its flag",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics } = await addCourses(sql, "optics");
    const id = await placeRows(sql, "ada", [optics], "paid");
    await sql`update orders set paid_at = ${PAID} where id = ${id}`;
    assert.deepEqual((await factsOf(sql, id)).former, { isPaid: false, flag: null });
    await sql`insert into legacy_import (imported_at, rows_digest) values (${AFTER_PAID}, 'digest')`;
    await sql`update payments set review_reason = 'a; imported: look it up; z' where order_id = ${id}`;
    assert.deepEqual((await factsOf(sql, id)).former, { isPaid: true, flag: "imported: look it up" });
    await sql`update legacy_import set imported_at = ${BEFORE_PAID}`;
    assert.equal((await factsOf(sql, id)).former.isPaid, false);
  },
);
