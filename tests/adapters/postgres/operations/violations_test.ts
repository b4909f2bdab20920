import assert from "node:assert/strict";
import { postgresViolations } from "../../../../adapters/postgres/operations/violations.ts";
import type { Database, Queries } from "../../../../adapters/postgres/queries.ts";
import { databaseTest } from "../../../support/test_database.ts";

/** An order of two courses, paid and granted, as settlement leaves it. */
async function placePaidOrder(sql: Database): Promise<string> {
  const [order] = await sql<{ id: string }[]>`
    insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
    values ('ada', 'ada@example.com', 'paid', 8000, 'usd', now()) returning id`;
  const { id } = order!;
  await sql`
    insert into payments (order_id, student_id, amount, currency, method, status, payment_intent_id)
    values (${id}, 'ada', 8000, 'usd', 'stripe', 2, 'pi_1')`;
  await sql`
    insert into payment_sessions (session_id, order_id, attempt, payment_intent_id, outcome, currency, subtotal_amount,
      discount_amount, tax_amount, total_amount)
    values ('cs_1', ${id}, 1, 'pi_1', 'paid', 'usd', 8000, 0, 0, 8000)`;
  await sql`
    insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
    select ${id}, 'paid', 'ada', gen_random_uuid(), 'optics', 'Optics', 4000, n from generate_series(0, 1) n`;
  await grant(sql);
  return id;
}

async function grant(sql: Queries): Promise<void> {
  await sql`
    insert into grants (student_id, course_id, source, order_line_id)
    select student_id, course_id, 'order_line', id from order_lines
    on conflict (order_line_id) do nothing`;
}

databaseTest(
  "an order broken by any statement is found among the changed ones, until it is repaired",
  async ({ sql, engine }) => {
    const violations = postgresViolations(sql);
    const orderId = await placePaidOrder(sql);
    const isForgotten = async () => (await sql`select from order_changes`).length === 0;
    assert.deepEqual(await violations.changed(), []);
    assert.ok(await isForgotten());

    type Step = () => Promise<unknown>;
    const ways: [told: RegExp, breaking: Step, mending: Step][] = [
      [
        /no grant and no reason/,
        () => sql`delete from grants where order_line_id = (select id from order_lines where position = 1)`,
        () => sql`update order_lines set no_grant_reason = 'the course was gone' where position = 1`,
      ],
      [
        /no grant and no reason/,
        () => sql`update order_lines set no_grant_reason = null where position = 1`,
        () => grant(sql),
      ],
      [
        /is refunded/,
        () => sql`update orders set state = 'refunded'`,
        () => sql`update grants set payment_hold = 'refunded', payment_hold_at = now()`,
      ],
      [
        /is refunded/,
        () => sql`update grants set payment_hold = null, payment_hold_at = null`,
        () => sql`update orders set state = 'paid'`,
      ],
      [
        /lost to a dispute/,
        () =>
          sql`
          insert into disputes (id, order_id, payment_intent_id, amount, currency, status, observed_at)
          values ('du_1', ${orderId}, 'pi_1', 8000, 'usd', 'lost', now())`,
        () => sql`update disputes set status = 'won'`,
      ],
      [
        /is expired/,
        () => sql`update orders set state = 'expired'`,
        () => sql`update orders set state = 'paid'`,
      ],
      [
        /refunded 9000 of 8000 usd/, // one that does not name its order
        () =>
          sql`
          insert into refunds (stripe_refund_id, payment_intent_id, amount, currency, status, origin)
          values ('re_1', 'pi_1', 9000, 'usd', 'succeeded', 'stripe')`,
        () => sql`update refunds set status = 'failed'`,
      ],
      [
        /refunded 9000 of 8000 usd/,
        () => sql`update refunds set status = 'succeeded'`,
        () => sql`update payment_sessions set total_amount = 9000`,
      ],
      [
        /lines 8001, order 8000/,
        () => sql`update order_lines set amount = 4001 where position = 0`,
        () => sql`update order_lines set amount = 4000`,
      ],
      [
        /payment 8000 eur/,
        () => sql`update payments set currency = 'eur'`,
        () => sql`update payments set currency = 'usd'`,
      ],
    ];
    for (const [told, breaking, mending] of ways) {
      await breaking();
      const found = await violations.changed();
      assert.match(found[0]?.detail ?? "nothing", told);
      assert.deepEqual(found.map(({ orderId }) => orderId), found.map(() => orderId));
      assert.deepEqual(byName(found), byName(await violations.all()), "as by reading all");
      assert.deepEqual(
        byName(await violations.changed()),
        byName(found),
        "again, though nothing changed since",
      );
      await mending();
      assert.deepEqual(await violations.changed(), [], `${told} is mended`);
      assert.ok(await isForgotten());
    }

    if (engine !== "postgres") return; // a single connection at a time
    let commit = () => {};
    const committing = new Promise<void>((resolve) => commit = resolve);
    let changed = () => {};
    const isChanged = new Promise<void>((resolve) => changed = resolve);
    const late = sql.begin(async (tx) => {
      await tx`delete from grants`;
      changed();
      await committing;
    });
    await isChanged;
    await sql`update payments set updated_at = now()`; // of the same order, committed before
    assert.deepEqual(await violations.changed(), []);
    commit();
    await late;
    assert.equal((await violations.changed()).length, 2);
  },
);

/** Another order of the same student and course as the first line of the first, paid and granted, later. */
async function placeSecondOrder(sql: Database): Promise<string> {
  const [order] = await sql<{ id: string }[]>`
    insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at, created_at)
    values ('ada', 'ada@example.com', 'paid', 4000, 'usd', now(), now() + interval '1 hour') returning id`;
  const { id } = order!;
  await sql`
    insert into payments (order_id, student_id, amount, currency, method, status, review_reason)
    values (${id}, 'ada', 4000, 'usd', 'stripe', 2, 'looked at')`;
  await sql`
    insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
    select ${id}, 'paid', 'ada', course_id, 'optics', 'Optics', 4000, 0 from order_lines where position = 0`;
  await sql`
    insert into grants (student_id, course_id, source, order_line_id, payment_hold)
    select student_id, course_id, 'order_line', id, 'duplicate' from order_lines where order_id = ${id}`;
  return id;
}

databaseTest(
  "each condition finds inconsistent second payments, ended accounts, codes, amounts and receipts",
  async ({ sql }) => {
    const violations = postgresViolations(sql);
    await sql`insert into users (id, email, password_hash, role) values ('ada', 'ada@example.com', '', 3)`;
    const first = await placePaidOrder(sql);
    const second = await placeSecondOrder(sql);
    await sql`update payments set session_id = 'cs_1', paid_amount = 8000 where order_id = ${first}`;
    const ids = await sql<{ id: string }[]>`
      with made as (
        insert into promotions (code, created_by, percent, max_redemptions, per_student_limit)
        values ('ONCE', 'ada', 10, 2, 2) returning id
      )
      insert into promotion_redemptions (order_id, promotion_id, student_id, redeemed_at)
      select o.id, made.id, 'ada', o.created_at from made, orders o returning promotion_id as id`;
    assert.equal(ids.length, 2);
    assert.deepEqual(await violations.changed(), []);

    type Step = () => Promise<unknown>;
    const ways: [invariant: number, told: RegExp, breaking: Step, mending: Step][] = [
      [
        7,
        /paid by order .* too/,
        () => sql`update payments set review_reason = null where order_id = ${second}`,
        () => sql`update grants set revoked_at = now() where payment_hold = 'duplicate'`,
      ],
      [7, /paid by order .* too/, () => sql`update grants set revoked_at = null`, () =>
        sql`
        insert into refunds (stripe_refund_id, order_id, payment_intent_id, amount, currency, status, origin)
        values ('re_2', ${second}, 'pi_2', 4000, 'usd', 'pending', 'stripe')`],
      [
        7,
        /paid by order .* too/,
        () => sql`update refunds set status = 'failed' where stripe_refund_id = 're_2'`,
        () => sql`update payments set review_reason = 'looked at' where order_id = ${second}`,
      ],
      [
        7,
        /was paid 2 times/,
        () =>
          sql`
        insert into payment_sessions (session_id, order_id, attempt, payment_intent_id, outcome, currency,
          subtotal_amount, discount_amount, tax_amount, total_amount)
        values ('cs_1b', ${first}, 2, 'pi_1b', 'paid', 'usd', 8000, 0, 0, 8000)`,
        () => sql`update payment_sessions set outcome = 'expired' where session_id = 'cs_1b'`,
      ],
      [
        8,
        /all of its line was given back/,
        () => sql`update order_lines set refunded_amount = 4000 where order_id = ${first} and position = 1`,
        () => sql`update order_lines set refunded_amount = 0`,
      ],
      [
        6,
        /active, but its account is deactivated/,
        () => sql`update users set deactivated_at = now()`,
        () => sql`update grants set suspended_at = now()`,
      ],
      [
        6,
        /active, but its account is erased/,
        () =>
          sql`
        with back as (update grants set suspended_at = null) update users set erased_at = now(), deactivated_at = null`,
        () => sql`update users set erased_at = null`,
      ],
      [9, /beyond its limit/, () =>
        sql`
        with flagged as (update payments set review_reason = null where order_id = ${second})
        update promotions set max_redemptions = 1`, () =>
        sql`
        with flagged as (update payments set review_reason = 'looked at' where order_id = ${second})
        update promotions set max_redemptions = 2`],
      [9, /beyond its limit/, () =>
        sql`
        with flagged as (update payments set review_reason = null where order_id = ${second})
        update promotions set per_student_limit = 1`, () =>
        sql`
        with flagged as (update payments set review_reason = 'looked at' where order_id = ${second})
        update promotions set per_student_limit = 2`],
      [
        9,
        /counts it not/,
        () => sql`update promotion_redemptions set released_at = now() where order_id = ${first}`,
        () => sql`update promotion_redemptions set released_at = null`,
      ],
      [
        10,
        /says 7999 less 0, Stripe 8000 less 0/,
        () => sql`update payments set paid_amount = 7999 where order_id = ${first}`,
        () => sql`update payments set paid_amount = 8000 where order_id = ${first}`,
      ],
      [
        10,
        /says 8000 less 5, Stripe 8000 less 0/,
        () => sql`update payments set refunded_amount = 5 where order_id = ${first}`,
        () => sql`update payments set refunded_amount = 0`,
      ],
      [
        10,
        /dated before number 1/,
        () =>
          sql`
        update orders set receipt_number = case id when ${first} then 1 else 2 end,
          paid_at = now() - case id when ${first} then interval '0' else interval '1 hour' end`,
        () => sql`update orders set paid_at = now()`,
      ],
    ];
    for (const [invariant, told, breaking, mending] of ways) {
      await breaking();
      const found = await violations.changed();
      assert.ok(
        found.some((one) => one.invariant === invariant && told.test(one.detail)),
        `${told} in ${JSON.stringify(found)}`,
      );
      assert.deepEqual(byName(found), byName(await violations.all()), "as by reading all");
      await mending();
      assert.deepEqual(await violations.changed(), [], `${told} is mended`);
    }

    // A page that nobody needs, and one that no longer holds the code that it is paid with.
    const [open] = await sql<{ id: string }[]>`
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at)
      values ('ada', '', 'open', 4000, 'usd', now() + interval '1 hour') returning id`;
    await sql`
      insert into payments (order_id, student_id, amount, currency, method) values (${
      open!.id
    }, 'ada', 4000, 'usd', 'stripe')`;
    await sql`
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
      select ${open!.id}, 'open', 'ada', course_id, 'optics', 'Optics', 4000, 0 from order_lines
      where order_id = ${first} and position = 1`;
    assert.match((await violations.changed())[0]?.detail ?? "", /can be paid, but/);
    await sql`
      insert into promotion_redemptions (order_id, promotion_id, student_id, released_at)
      values (${open!.id}, ${ids[0]!.id}, 'ada', now())`;
    await sql`update promotions set max_redemptions = 3, per_student_limit = 3`;
    await sql`update orders set state = 'expired', abandoned_at = now() where id = ${open!.id}`;
    assert.match((await violations.changed())[0]?.detail ?? "", /can be paid yet, but does not hold ONCE/);
    await sql`update orders set page_closed_at = now() where id = ${open!.id}`;
    assert.deepEqual(await violations.changed(), []);
  },
);

databaseTest(
  "each condition finds inconsistent states, grants, refunds and amounts",
  async ({ sql }) => {
    const violations = postgresViolations(sql);
    const orderId = await placePaidOrder(sql);
    await sql`
    insert into refunds (stripe_refund_id, order_id, payment_intent_id, amount, currency, status, origin)
    values ('re_1', ${orderId}, 'pi_1', 9000, 'usd', 'failed', 'stripe')`;
    const restore = async () => {
      await sql`update orders set state = 'paid'`;
      await sql`update order_lines set no_grant_reason = null, refunded_amount = 0, amount = 4000`;
      await sql`update grants set revoked_at = null, payment_hold = null, payment_hold_at = null`;
      await sql`update refunds set status = 'failed', currency = 'usd', amount = 9000`;
      await sql`update payment_sessions set outcome = 'paid'`;
      await sql`update payments set amount = 8000, currency = 'usd'`;
      await grant(sql);
    };
    const bare = (state: string) => async () => {
      await sql`delete from grants where order_line_id = (select id from order_lines where position = 1)`;
      await sql`update orders set state = ${state}`;
    };
    const refund = (status: string) => () => sql`update refunds set status = ${status}`;
    const cases: [what: string, told: RegExp | null, change: () => Promise<unknown>][] = [
      ["nothing", null, () => Promise.resolve()],
      ["a paid line without its grant", /order is paid, the line has no grant/, bare("paid")],
      [
        "one of an order refunded in part",
        /order is partially_refunded, the line has no grant/,
        bare("partially_refunded"),
      ],
      ["one of a refunded order", /order is refunded, the line has no grant/, bare("refunded")],
      ["one that says why", null, async () => {
        await bare("paid")();
        await sql`update order_lines set no_grant_reason = 'the course was gone' where position = 1`;
      }],
      ["one of an expired order needs none", null, async () => {
        await sql`delete from grants`;
        await sql`update orders set state = 'expired'`;
      }],
      ["grants of a refunded order", /is refunded/, () => sql`update orders set state = 'refunded'`],
      ["revoked grants hang on nothing", null, async () => {
        await sql`update grants set revoked_at = now()`;
        await sql`update orders set state = 'refunded'`;
      }],
      ["grants of a failed order", /is failed/, () => sql`update orders set state = 'failed'`],
      ["more refunded than paid", /refunded 9000 of 8000 usd/, refund("succeeded")],
      ["more being refunded than paid", /refunded 9000 of 8000 usd/, refund("pending")],
      ["more that waits for the student", /refunded 9000 of 8000 usd/, refund("requires_action")],
      ["more only asked for", null, refund("submitted")],
      ["all refunded, exactly", null, () => sql`update refunds set status = 'pending', amount = 8000`],
      [
        "refunded in another currency",
        /refunded 1 of 8000 usd/,
        () => sql`update refunds set status = 'pending', amount = 1, currency = 'eur'`,
      ],
      ["refunded of a page that was not paid", null, async () => {
        await sql`update payment_sessions set outcome = 'expired'`;
        await sql`update refunds set status = 'succeeded'`;
      }],
      ["a payment above its order", /payment 8001 usd/, () => sql`update payments set amount = 8001`],
      ["a payment below its order, by a discount", null, () => sql`update payments set amount = 7999`],
      ["a payment in another currency", /payment 8000 eur/, () => sql`update payments set currency = 'eur'`],
      [
        "lines above their order",
        /lines 8001, order 8000/,
        () => sql`update order_lines set amount = 4001 where position = 0`,
      ],
      [
        "lines below their order",
        /lines 7999, order 8000/,
        () => sql`update order_lines set amount = 3999 where position = 0`,
      ],
      [
        "a line that gave back more than was paid for it",
        /lines 8000, order 8000/,
        () => sql`update order_lines set refunded_amount = 4001 where position = 0`,
      ],
    ];
    for (const [what, told, change] of cases) {
      await change();
      const found = (await violations.all()).filter(({ invariant }) => invariant <= 4);
      if (told === null) assert.deepEqual(found, [], what);
      else assert.ok(found.some(({ detail }) => told.test(detail)), `${what}: ${JSON.stringify(found)}`);
      await restore();
    }
  },
);

databaseTest(
  "an order broken behind the triggers is found by the check of all orders",
  async ({ sql }) => {
    const violations = postgresViolations(sql);
    await placePaidOrder(sql);
    await violations.noteUnchanged();
    assert.deepEqual(await violations.changed(), []);
    await sql`alter table grants disable trigger user`;
    await sql`delete from grants`;
    assert.deepEqual(await violations.changed(), []);
    await violations.noteUnchanged();
    assert.deepEqual(byName(await violations.changed()), byName(await violations.all()));
    assert.equal((await violations.changed()).length, 2);
  },
);

const byName = (found: { subject: string }[]) =>
  found.toSorted((one, other) => one.subject < other.subject ? -1 : 1);
