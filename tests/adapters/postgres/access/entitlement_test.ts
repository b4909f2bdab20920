import assert from "node:assert/strict";
import { postgresLessons } from "../../../../adapters/postgres/playback/lessons.ts";
import { postgresOffers } from "../../../../adapters/postgres/checkout/orders.ts";
import { administers, owns, type Queries, teaches } from "../../../../adapters/postgres/queries.ts";
import { addCourses, grantRows, placeRows, rolledBack } from "../../../support/order_rows.ts";
import { databaseTest } from "../../../support/test_database.ts";

const addPeople = (sql: Queries) =>
  sql`
    insert into users (id, email, password_hash, role)
    values ('ada', 'ada@example.com', '', 3), ('bob', 'bob@example.com', '', 3), ('tia', 'tia@example.com', '', 2),
      ('tom', 'tom@example.com', '', 2), ('root', 'root@example.com', '', 1)`;

type Change = (tx: Queries) => Promise<unknown>;

databaseTest(
  "each condition on grants, sign-ins and tutors decides who has a course",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics, logic } = await addCourses(sql, "optics", "logic");
    await sql`
      insert into grants (student_id, course_id, source, starts_at)
      values ('ada', ${optics}, 'administrator', now() - interval '2 hours')`;
    const [session] = await sql<{ id: string }[]>`
      insert into sessions (user_id, expires_at) values ('ada', now() + interval '1 day') returning id`;
    const signInId = session!.id;
    await sql`
      insert into course_tutors (course_id, user_id, position) values (${optics}, 'tia', 1), (${optics}, 'root', 2),
        (${logic}, 'bob', 0)`; // who is a student, and teaches nothing

    /** Of both courses: bought or given, by offer and by lesson. */
    const has = async (tx: Queries, id: string) => {
      const offers = await postgresOffers(tx).forStudent(id, [optics, logic]);
      const of = (courseId: string) => offers.find((offer) => offer.courseId === courseId)!.isOwned;
      const lessons = postgresLessons(tx);
      const watches = async (lesson: string) =>
        (await lessons.find(lesson, { id, signInId }))!.access.viewerHasGrant;
      return [of(optics), await watches(optics), of(logic), await watches(logic)];
    };
    const grant = (change: string): Change => (tx) => tx.unsafe(`update grants set ${change}`);
    for (
      const [what, given, change] of [
        ["as it is", true, () => Promise.resolve()],
        ["revoked", false, grant("revoked_at = now()")],
        ["of a payment in dispute", false, grant("payment_hold = 'disputed', payment_hold_at = now()")],
        ["of a deactivated account", false, grant("suspended_at = now()")],
        ["not begun", false, grant("starts_at = now() + interval '1 hour'")],
        ["ended", false, grant("ends_at = now() - interval '1 hour'")],
        ["that ends", true, grant("ends_at = now() + interval '1 hour'")],
      ] as [string, boolean, Change][]
    ) {
      await rolledBack(sql, async (tx) => {
        await change(tx);
        assert.deepEqual(await has(tx, "ada"), [given, given, false, false], `a grant ${what}`);
      });
    }
    assert.deepEqual(await has(sql, "bob"), [false, false, false, false], "another's");

    const seen = async (tx: Queries, id = "ada", session = signInId) => {
      const { viewerRole, access } = (await postgresLessons(tx).find(optics, { id, signInId: session }))!;
      return [viewerRole, access.courseIsPublished];
    };
    for (
      const [what, expected, change] of [
        ["as it is", [3, true], () => Promise.resolve()],
        ["a session that was ended", [null, true], (tx) => tx`update sessions set revoked_at = now()`],
        ["one that has expired", [null, true], (tx) => tx`update sessions set expires_at = now()`],
        ["another's", [null, true], (tx) => tx`update sessions set user_id = 'bob'`],
        ["of a deactivated account", [null, true], (tx) => tx`update users set deactivated_at = now()`],
        ["of an erased account", [null, true], (tx) => tx`update users set erased_at = now()`],
        [
          "of a course that is no longer sold",
          [3, false],
          (tx) => tx`update courses set archived_at = now()`,
        ],
        ["of a course not published", [3, false], (tx) => tx`update courses set is_published = false`],
      ] as [string, unknown[], Change][]
    ) {
      await rolledBack(sql, async (tx) => {
        await change(tx);
        assert.deepEqual(await seen(tx), expected, what);
      });
    }
    assert.deepEqual(await seen(sql, "ada", crypto.randomUUID()), [null, true], "no session of theirs");

    /** Of each: whether they teach optics and logic, by offer, by lesson; own them; administer. */
    const teaching = async (tx: Queries, id: string) => {
      const offers = await postgresOffers(tx).forStudent(id, [optics, logic]);
      const rows = await tx<{ owns: boolean; administers: boolean; teaches: boolean }[]>`
        select ${owns(tx, "c.id", id)} as owns, ${teaches(tx, "c.id", id)} as teaches,
          ${administers(tx, id)} as administers
        from courses c order by c.slug desc`;
      const taught = [];
      for (const courseId of [optics, logic]) {
        const byLesson = (await postgresLessons(tx).find(courseId, { id, signInId }))!.access.viewerTeaches;
        const byOffer = offers.find((offer) => offer.courseId === courseId)!.isTaught;
        assert.equal(byOffer, byLesson);
        taught.push(byOffer);
      }
      assert.deepEqual(rows.map((row) => row.teaches), taught);
      return { taught, owned: rows.map((row) => row.owns), isAdmin: rows[0]!.administers };
    };
    const not = { taught: [false, false], owned: [false, false], isAdmin: false };
    const own = { taught: [true, false], owned: [true, false], isAdmin: false };
    for (
      const [what, person, expected, change] of [
        ["a tutor of it", "tia", own, () => Promise.resolve()],
        ["a tutor of none", "tom", not, () => Promise.resolve()],
        [
          "a second tutor",
          "root",
          { taught: [true, false], owned: [false, false], isAdmin: true },
          () => Promise.resolve(),
        ],
        ["who is a student since", "tia", not, (tx) => tx`update users set role = 3 where id = 'tia'`],
        [
          "who is deactivated",
          "tia",
          not,
          (tx) => tx`update users set deactivated_at = now() where id = 'tia'`,
        ],
        ["who is erased", "tia", not, (tx) => tx`update users set erased_at = now() where id = 'tia'`],
        [
          "an administrator who is deactivated",
          "root",
          not,
          (tx) => tx`update users set deactivated_at = now() where id = 'root'`,
        ],
      ] as [string, string, typeof not, Change][]
    ) {
      await rolledBack(sql, async (tx) => {
        await change(tx);
        assert.deepEqual(await teaching(tx, person), expected, what);
      });
    }
  },
);

databaseTest(
  "a course cannot be bought again while its refund is in progress, but can afterwards",
  async ({ sql }) => {
    await addPeople(sql);
    const { optics, logic } = await addCourses(sql, "optics", "logic");
    const [order, others, later] = [
      await placeRows(sql, "ada", [optics, logic]),
      await placeRows(sql, "bob", [optics]),
      await placeRows(sql, "ada", [optics], "expired"),
    ];
    await grantRows(sql, others);
    const lineOf = (tx: Queries, position: number) =>
      tx`(select id from order_lines where order_id = ${order} and position = ${position})`;
    const refund = (status: string, of = order, position?: number): Change => async (tx) => {
      const [row] = await tx<{ id: string }[]>`
        insert into refunds (order_id, payment_intent_id, amount, currency, status, origin)
        values (${of}, 'pi_1', 4000, 'usd', ${status}, 'administrator') returning id`;
      if (position === undefined) return;
      await tx`
        insert into refund_lines (refund_id, order_line_id, amount)
        values (${row!.id}, ${lineOf(tx, position)}, 4000)`;
    };
    const held = (hold: string | null, change = "reason = ''"): Change => async (tx) => {
      await grantRows(tx, order);
      await tx`update grants set payment_hold = ${hold} where student_id = 'ada'`;
      await tx.unsafe(`update grants set ${change} where student_id = 'ada'`);
    };
    const back = "being_refunded";
    for (
      const [what, expected, ...changes] of [
        ["nothing is on the way", [null, null]],
        ...["requested", "submitted", "requires_action", "pending"].map((status) => [
          `a refund that is ${status}`,
          [back, back],
          refund(status),
        ]),
        ...["succeeded", "failed", "canceled"].map((status) => [
          `one that is ${status}`,
          [null, null],
          refund(status),
        ]),
        ["one of the first line", [back, null], refund("pending", order, 0)],
        ["one of the second", [null, back], refund("pending", order, 1)],
        [
          "after one of the first failed",
          [null, back],
          refund("failed", order, 0),
          refund("pending", order, 1),
        ],
        ["one of another's order", [null, null], refund("pending", others)],
        ["one of another order", [back, null], refund("pending", later)],
        ["one while access stands", [null, null], refund("pending"), held(null)],
        ["access that a refund ended", [back, back], refund("pending"), held("refunded")],
        ["and whose money is back", [null, null], refund("succeeded"), held("refunded")],
        ["access in dispute", ["disputed", "disputed"], held("disputed")],
        ["that was revoked", [null, null], held("disputed", "revoked_at = now()")],
        ["that has ended", [null, null], held("disputed", "ends_at = now() - interval '1 hour'")],
        ["that a dispute ended", [null, null], held("dispute_lost")],
        ["another's in dispute", [null, null], (tx) => tx`update grants set payment_hold = 'disputed'`],
      ] as [string, unknown[], ...Change[]][]
    ) {
      await rolledBack(sql, async (tx) => {
        for (const change of changes) await change(tx);
        const offers = await postgresOffers(tx).forStudent("ada", [optics, logic]);
        const found = [optics, logic].map((id) => offers.find(({ courseId }) => courseId === id)!.unfinished);
        assert.deepEqual(found, expected, what);
      });
    }
  },
);
