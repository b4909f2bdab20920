import assert from "node:assert/strict";
import { postgresOrders } from "../../../../adapters/postgres/checkout/orders.ts";
import { postgresViolations } from "../../../../adapters/postgres/operations/violations.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import { postgresTransaction } from "../../../../adapters/postgres/transaction.ts";
import type { Job } from "../../../../domain/jobs.ts";
import { BY_HAND, checkInvariants } from "../../../../domain/operations/invariants.ts";
import type { Violation } from "../../../../domain/operations/ports.ts";
import type { SessionEvidence } from "../../../../domain/settlement/evidence.ts";
import { settle } from "../../../../domain/settlement/settle.ts";
import { databaseTest } from "../../../support/test_database.ts";

const settlementPolicy = { refundsMismatches: true };
const HOUR_MS = 3600_000;

/** A shop without HTTP, in which orders are placed and paid as by its use cases, and faults are planted by SQL. */
function openShop(sql: Database) {
  const jobs: Job[] = [];
  const transaction = postgresTransaction(sql, (_tx, ...added) => Promise.resolve(void jobs.push(...added)));
  let serial = 0;

  async function student(): Promise<string> {
    const id = `student-${++serial}`;
    await sql`insert into users (id, email, password_hash, role) values (${id}, ${
      id + "@example.com"
    }, '', 3)`;
    return id;
  }
  async function course(): Promise<string> {
    const slug = `course-${++serial}`;
    const [row] = await sql<{ id: string }[]>`
      insert into courses (slug, title, price_amount, is_published) values (${slug}, ${slug}, 4000, true)
      returning id`;
    return row!.id;
  }
  /** An order of these courses, at 40.00 each, with its page open. */
  async function place(studentId: string, courses: string[], discount = 0n): Promise<string> {
    const total = 4000n * BigInt(courses.length);
    const { id } = (await postgresOrders(sql).create({
      studentId,
      lines: courses.map((courseId) => ({ courseId, courseSlug: "c", title: "C", amount: 4000n, discount })),
      subtotal: { amount: total, currency: "usd" },
      promotion: null,
      pageExpiresAt: new Date(Date.now() + HOUR_MS),
    }))!;
    await postgresOrders(sql).savePage(id, 1, {
      checkoutSessionId: `cs_${id}_1`,
      url: "https://pay.example",
    });
    return id;
  }
  /** What Stripe tells of a page of an order that has been paid. */
  async function pay(orderId: string, changes: Partial<SessionEvidence> = {}): Promise<void> {
    const [order] = await sql<{ studentId: string; subtotal: bigint }[]>`
      select student_id as "studentId", subtotal_amount as subtotal from orders where id = ${orderId}`;
    const evidence: SessionEvidence = {
      kind: "session",
      orderId,
      studentId: order!.studentId,
      sessionId: `cs_${orderId}_1`,
      mode: "payment",
      attempt: 1,
      paymentIntentId: `pi_${orderId}_1`,
      outcome: "paid",
      subtotal: { amount: order!.subtotal, currency: "usd" },
      discount: 0n,
      tax: 0n,
      total: order!.subtotal,
      ...changes,
    };
    await transaction((stores) => settle(stores, settlementPolicy, evidence));
  }
  async function purchase(courses: string[], studentId?: string): Promise<string> {
    const id = await place(studentId ?? await student(), courses);
    await pay(id);
    return id;
  }
  /** What settlement would have written of a payment, without its judgement. */
  async function plantSession(orderId: string, attempt: number): Promise<void> {
    await sql`
      insert into payment_sessions (session_id, order_id, attempt, payment_intent_id, outcome, currency,
        subtotal_amount, discount_amount, tax_amount, total_amount)
      select 'cs_' || id || '_' || ${attempt}::int, id, ${attempt}, 'pi_' || id || '_' || ${attempt}::int, 'paid', currency,
        total_amount, 0, 0, total_amount
      from orders where id = ${orderId}`;
  }
  /** That a promotion gave nothing off, for its limits alone. */
  async function code(...orderIds: string[]): Promise<string> {
    const [row] = await sql<{ id: string }[]>`
      insert into promotions (code, created_by, percent) values (${`CODE${++serial}`}, 'admin', 10) returning id`;
    for (const id of orderIds) {
      await sql`
        insert into promotion_redemptions (order_id, promotion_id, student_id)
        select id, ${row!.id}, student_id from orders where id = ${id}`;
    }
    return row!.id;
  }
  const stands = async (orderId: string) => {
    const [row] = await sql<{ state: string; review: string | null; holds: (string | null)[] }[]>`
      select o.state, p.review_reason as review, array(
        select g.payment_hold from order_lines l join grants g on g.order_line_id = l.id
        where l.order_id = o.id order by l.position
      ) as holds
      from orders o join payments p on p.order_id = o.id where o.id = ${orderId}`;
    return row!;
  };
  return {
    jobs,
    student,
    course,
    place,
    pay,
    purchase,
    plantSession,
    code,
    stands,
    violations: () => postgresViolations(sql).all(),
    /** `afterLook`: what happens between the first look and the repair. */
    repair(afterLook = () => Promise.resolve<unknown>(undefined)) {
      const violations = postgresViolations(sql);
      let isFirst = true;
      const all = async () => {
        const found = await violations.all();
        if (isFirst) await afterLook();
        isFirst = false;
        return found;
      };
      return checkInvariants({ violations: { ...violations, all }, transaction, settlementPolicy }, {
        repair: true,
      });
    },
  };
}

type Shop = ReturnType<typeof openShop>;

/** Holds that each fault is found as what it is, and that nothing is left of it after a repair. */
async function repaired(
  shop: Shop,
  faults: [
    what: string,
    invariant: Violation["invariant"],
    plant: () => Promise<unknown>,
    /** What must be so afterwards. */
    right: () => Promise<unknown>,
  ][],
): Promise<void> {
  assert.deepEqual(await shop.violations(), []);
  for (const [what, invariant, plant, right] of faults) {
    shop.jobs.length = 0;
    await plant();
    const found = await shop.violations();
    assert.ok(found.length > 0, `${what} is found`);
    assert.deepEqual(
      found.filter((violation) => violation.invariant !== invariant),
      [],
      what,
    );
    assert.deepEqual(await shop.repair(), [], `${what} is repaired`);
    await right();
  }
}

databaseTest(
  "a repair ends access and orders of ended accounts, and second payments for a course",
  async ({ sql }) => {
    const shop = openShop(sql);
    const { student, course, place, purchase, stands } = shop;
    const optics = await course();
    const closes = (orderId: string) =>
      assert.ok(
        shop.jobs.some((job) => job.kind === "close_page" && job.orderId === orderId),
        "its page is closed",
      );
    const paysBack = async (orderId: string, amount: bigint, intent = `pi_${orderId}_1`) => {
      const refunds = await sql<{ id: string; amount: bigint; intent: string }[]>`
        select id, amount, payment_intent_id as intent from refunds where order_id = ${orderId} and status = 'requested'`;
      assert.deepEqual(refunds.map((refund) => [refund.amount, refund.intent]), [[amount, intent]]);
      assert.ok(
        shop.jobs.some((job) => job.kind === "submit_refund" && job.refundId === refunds[0]!.id),
        "and Stripe is asked",
      );
    };

    const [idle, erased] = [await student(), await student()];
    const [ofIdle, ofErased] = [await purchase([optics], idle), await purchase([optics], erased)];
    const [left, gone, gifted, debited] = [
      await student(),
      await student(),
      await student(),
      await student(),
    ];
    const pages = {
      left: await place(left, [optics]),
      gone: await place(gone, [optics]),
      gifted: await place(gifted, [optics]),
      debited: await place(debited, [optics]),
    };
    const twice = await student();
    const [logic, poems] = [await course(), await course()];
    const [first, second] = [await purchase([optics], twice), await place(twice, [logic, poems])];
    await shop.pay(second);
    const double = await purchase([optics]);

    await repaired(shop, [
      [
        "access of a deactivated account",
        6,
        () => sql`update users set deactivated_at = now() where id = ${idle}`,
        async () => {
          const [grant] = await sql`select suspended_at from grants where student_id = ${idle}`;
          assert.ok(grant!.suspended_at);
          assert.equal((await stands(ofIdle)).state, "paid");
        },
      ],
      [
        "access of an erased account",
        6,
        () => sql`update users set erased_at = now() where id = ${erased}`,
        async () => {
          const [grant] = await sql`select suspended_at from grants where student_id = ${erased}`;
          assert.ok(grant!.suspended_at);
          assert.equal((await stands(ofErased)).state, "paid");
        },
      ],
      [
        "a page of a deactivated account",
        6,
        () => sql`update users set deactivated_at = now() where id = ${left}`,
        async () => {
          assert.equal((await stands(pages.left)).state, "expired");
          closes(pages.left);
        },
      ],
      [
        "a page of an erased account",
        6,
        () => sql`update users set erased_at = now() where id = ${gone}`,
        async () => {
          assert.equal((await stands(pages.gone)).state, "expired");
          closes(pages.gone);
        },
      ],
      [
        "a page for what was given since",
        6,
        () =>
          sql`
          insert into grants (student_id, course_id, source) values (${gifted}, ${optics}, 'administrator')`,
        async () => {
          assert.equal((await stands(pages.gifted)).state, "expired");
          closes(pages.gifted);
        },
      ],
      [
        "a page for what a debit under way pays",
        6,
        async () => {
          const [other] = await sql<{ id: string }[]>`
            insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
            values (${debited}, '', 'processing', 4000, 'usd', now()) returning id`;
          await sql`
            insert into payments (order_id, student_id, amount, currency, method)
            values (${other!.id}, ${debited}, 4000, 'usd', 'stripe')`;
          await sql`
            insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
            values (${other!.id}, 'processing', ${debited}, ${optics}, 'c', 'C', 4000, 0)`;
        },
        async () => {
          assert.equal((await stands(pages.debited)).state, "expired");
          closes(pages.debited);
        },
      ],
      [
        "a course that two orders paid for",
        7,
        async () => {
          await sql`update order_lines set course_id = ${optics} where order_id = ${second} and position = 0`;
          await sql`
            update grants set course_id = ${optics}, ends_at = now() + interval '1 day'
            where order_line_id = (select id from order_lines where order_id = ${second} and position = 0)`;
        },
        async () => {
          assert.deepEqual((await stands(first)).holds, [null]);
          const later = await stands(second);
          assert.deepEqual([later.state, later.holds], ["paid", ["duplicate", null]]);
          assert.match(later.review!, /paid by another order too/);
          await paysBack(second, 4000n);
        },
      ],
      [
        "an order that was paid twice",
        7,
        () => shop.plantSession(double, 2),
        async () => {
          const { state, review } = await stands(double);
          assert.equal(state, "paid");
          assert.match(review!, /paid a second time/);
          await paysBack(double, 4000n, `pi_${double}_2`);
        },
      ],
    ]);
  },
);

databaseTest(
  "a repair ends the access of refunded lines, counts codes, and corrects amounts",
  async ({ sql }) => {
    const shop = openShop(sql);
    const { course, student, place, pay, purchase, stands } = shop;
    await sql`insert into users (id, email, password_hash, role) values ('admin', 'admin@example.com', '', 1)`;
    const [optics, logic] = [await course(), await course()];
    const named = await place(await student(), [optics, logic]);
    await pay(named, { tax: 1000n, total: 9000n });
    const stale = await purchase([optics]);
    const [early, late, free] = [
      await purchase([optics]),
      await purchase([optics]),
      await place(await student(), [optics], 4000n),
    ];
    await sql`update payments set method = 'free', amount = 0 where order_id = ${free}`;
    await sql`update orders set state = 'paid' where id = ${free}`;
    await sql`
      insert into grants (student_id, course_id, source, order_line_id)
      select student_id, course_id, 'order_line', id from order_lines where order_id = ${free}`;
    const limited = await shop.code(early, late);
    const ofFree = await shop.code(stale, free);
    const uncounted = await purchase([optics]);
    await shop.code(uncounted);
    const yet = await place(await student(), [optics]);
    await shop.code(yet);
    await sql`update orders set state = 'expired', abandoned_at = now() where id = ${yet}`;
    await sql`update payments set status = -1 where order_id = ${yet}`;
    const released = async (orderId: string) => {
      const [row] = await sql<{ is: boolean }[]>`
        select released_at is not null as is from promotion_redemptions where order_id = ${orderId}`;
      return row!.is;
    };
    const charged = async (orderId: string) => {
      const [row] = await sql`
        select paid_amount as paid, refunded_amount as refunded, discount_amount as discount, tax_amount as tax
        from payments where order_id = ${orderId}`;
      return row;
    };
    const told = (column: string) => () =>
      sql`update payments set ${sql(column)} = ${sql(column)} + 1 where order_id = ${named}`;
    const asCharged = async () =>
      assert.deepEqual(await charged(named), { paid: 9000n, refunded: 4500n, discount: 0n, tax: 1000n });

    await repaired(shop, [
      [
        "access by a line that was given back by name, with its tax",
        8,
        async () => {
          await sql`
            with refund as (
              insert into refunds (stripe_refund_id, order_id, payment_intent_id, amount, currency, status, origin)
              values ('re_1', ${named}, ${`pi_${named}_1`}, 4500, 'usd', 'succeeded', 'stripe') returning id
            )
            insert into refund_lines (refund_id, order_line_id, amount)
            select refund.id, l.id, 4500 from refund, order_lines l where l.order_id = ${named} and l.position = 1`;
          await sql`update payments set refunded_amount = 4500 where order_id = ${named}`;
        },
        async () => {
          const { state, holds } = await stands(named);
          assert.deepEqual([state, holds], ["partially_refunded", [null, "refunded"]]);
        },
      ],
      [
        "what a line says was given back of it, and was not",
        8,
        () => sql`update order_lines set refunded_amount = 4000 where order_id = ${stale}`,
        async () => {
          assert.deepEqual((await stands(stale)).holds, [null]);
          const [line] =
            await sql`select refunded_amount as refunded from order_lines where order_id = ${stale}`;
          assert.equal(line!.refunded, 0n);
        },
      ],
      [
        "a code that was used beyond its limit",
        9,
        () => sql`update promotions set max_redemptions = 1 where id = ${limited}`,
        async () => {
          assert.equal((await stands(early)).review, null);
          const { state, holds, review } = await stands(late);
          assert.deepEqual([state, holds], ["paid", [null]]);
          assert.match(review!, /beyond its limit/);
        },
      ],
      [
        "a code that left nothing to pay, beyond its limit",
        9,
        () => sql`update promotions set max_redemptions = 1 where id = ${ofFree}`,
        async () => {
          const { state, holds, review } = await stands(free);
          assert.deepEqual([state, holds], ["paid", [null]]);
          assert.match(review!, /beyond its limit/);
        },
      ],
      [
        "a paid order that its code does not count",
        9,
        () => sql`update promotion_redemptions set released_at = now() where order_id = ${uncounted}`,
        async () => assert.equal(await released(uncounted), false),
      ],
      [
        "an order that can be paid yet and does not hold its code",
        9,
        () => sql`update promotion_redemptions set released_at = now() where order_id = ${yet}`,
        async () => assert.equal(await released(yet), false),
      ],
      ["what was paid", 10, told("paid_amount"), asCharged],
      ["what was refunded", 10, told("refunded_amount"), asCharged],
      ["what was taken off", 10, told("discount_amount"), asCharged],
      ["what of it was tax", 10, told("tax_amount"), asCharged],
    ]);
  },
);

databaseTest(
  "a repair takes nothing from reactivated accounts, and leaves to a person what no rule can fix",
  async ({ sql }) => {
    const shop = openShop(sql);
    const studentId = await shop.student();
    const optics = await shop.course();
    const order = await shop.purchase([optics], studentId);
    await sql`update users set deactivated_at = now() where id = ${studentId}`;
    assert.equal((await shop.violations()).length, 1);
    assert.deepEqual(
      await shop.repair(() => sql`update users set deactivated_at = null where id = ${studentId}`),
      [],
    );
    const [grant] =
      await sql`select suspended_at as "suspendedAt" from grants where student_id = ${studentId}`;
    assert.equal(grant!.suspendedAt, null);

    // Of which Stripe tells nothing: there is no payment to pay back.
    const unknown = await shop.place(studentId, [await shop.course()]);
    await sql`update orders set state = 'paid' where id = ${unknown}`;
    await sql`update order_lines set course_id = ${optics} where order_id = ${unknown}`;
    await sql`
      insert into grants (student_id, course_id, source, order_line_id, ends_at)
      select student_id, course_id, 'order_line', id, now() + interval '1 day' from order_lines
      where order_id = ${unknown}`;
    // A receipt that was issued is changed by nobody.
    await sql`update orders set paid_at = now() - interval '1 day' where id = ${unknown}`;
    const left = await shop.repair();
    assert.deepEqual(left.map(({ invariant, orderId }) => [invariant, orderId]), [[7, unknown], [
      10,
      unknown,
    ]]);
    assert.deepEqual(await shop.violations(), left, "and is told again");
    assert.deepEqual(await shop.stands(order), { state: "paid", review: null, holds: [null] });
    for (const { invariant } of left) {
      assert.match(BY_HAND[invariant], /^refund one of|receipt that was issued/);
    }
  },
);
