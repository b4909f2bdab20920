import assert from "node:assert/strict";
import { postgresViolations } from "../../../../adapters/postgres/operations/violations.ts";
import type { Queries } from "../../../../adapters/postgres/queries.ts";
import type { Violation } from "../../../../domain/operations/ports.ts";
import { addCourses, grantRows, MADE, placeRows, rolledBack } from "../../../support/order_rows.ts";
import { databaseTest, type TestDatabase } from "../../../support/test_database.ts";

const LATER = "2026-03-01T13:00:00Z";

type Change = (tx: Queries) => Promise<unknown>;
type Case = [what: string, told: RegExp | null, ...changes: Change[]];

/** Orders that break nothing: of two courses with tax, of one of these again, of another student, and of another course. */
async function placeWorld(sql: Queries) {
  await sql`
    insert into users (id, email, password_hash, role)
    values ('ada', 'ada@example.com', '', 3), ('bob', 'bob@example.com', '', 3), ('root', 'root@example.com', '', 1)`;
  const { optics, logic, poems } = await addCourses(sql, "optics", "logic", "poems");
  const first = await placeRows(sql, "ada", [optics, logic], "paid");
  const second = await placeRows(sql, "ada", [optics], "paid", LATER);
  const bobs = await placeRows(sql, "bob", [optics], "paid", LATER);
  const poem = await placeRows(sql, "ada", [poems], "paid", LATER);
  for (const [n, id] of [first, second, bobs, poem].entries()) {
    await sql`
      insert into payment_sessions (session_id, order_id, attempt, payment_intent_id, outcome, currency, subtotal_amount,
        discount_amount, tax_amount, total_amount)
      select ${"cs_" + n}, id, 1, ${
      "pi_" + n
    }, 'paid', 'usd', subtotal_amount, 0, subtotal_amount / 10, subtotal_amount * 11 / 10
      from orders where id = ${id}`;
    await sql`
      update payments p set session_id = s.session_id, payment_intent_id = s.payment_intent_id, status = 2,
        paid_amount = s.total_amount, tax_amount = s.tax_amount
      from payment_sessions s where s.order_id = p.order_id and p.order_id = ${id}`;
    await sql`update order_lines set paid_amount = 4400 where order_id = ${id}`;
    if (id !== second) await grantRows(sql, id);
  }
  // The second gives way: it is flagged. Its access ends by itself, so that it may be planted beside the first's.
  await sql`
    insert into grants (student_id, course_id, source, order_line_id, payment_hold, starts_at, ends_at)
    select student_id, course_id, 'order_line', id, 'duplicate', ${MADE}, now() + interval '1 day'
    from order_lines where order_id = ${second}`;
  await sql`update payments set review_reason = 'looked at' where order_id = ${second}`;
  return { optics, logic, poems, first, second, bobs };
}

const sqlText = (text: string): Change => (tx) => tx.unsafe(text);

const refund =
  (orderId: string, intent: string, status: string, amount = 4400, lineOf?: number): Change => async (tx) => {
    const [row] = await tx<{ id: string }[]>`
    insert into refunds (order_id, payment_intent_id, amount, currency, status, origin)
    values (${orderId}, ${intent}, ${amount}, 'usd', ${status}, 'administrator') returning id`;
    if (lineOf === undefined) return;
    await tx`
    insert into refund_lines (refund_id, order_line_id, amount)
    select ${row!.id}, id, ${amount} from order_lines where order_id = ${orderId} and position = ${lineOf}`;
  };

/** Holds of each case that one fault of the invariant is found and told so, or none; `among`: of those that tell so. */
async function judged(
  sql: TestDatabase["sql"],
  invariant: Violation["invariant"],
  among: RegExp,
  cases: Case[],
): Promise<void> {
  for (const [what, told, ...changes] of cases) {
    await rolledBack(sql, async (tx) => {
      for (const change of changes) await change(tx);
      const found = (await postgresViolations(tx).all())
        .filter((violation) => violation.invariant === invariant && among.test(violation.detail))
        .map(({ detail }) => detail);
      assert.equal(found.length, told === null ? 0 : 1, `${what}: ${JSON.stringify(found)}`);
      if (told !== null) assert.match(found[0]!, told, what);
    });
  }
}

databaseTest("each condition finds ended accounts and orders that are no longer needed", async ({ sql }) => {
  const { bobs, logic } = await placeWorld(sql);
  assert.deepEqual(await postgresViolations(sql).all(), []);
  const gone = sqlText("update users set deactivated_at = now() where id = 'bob'");
  const erased = sqlText("update users set erased_at = now() where id = 'bob'");
  const grant = (change: string) =>
    sqlText(
      `update grants set ${change} where order_line_id = (select id from order_lines where order_id = '${bobs}')`,
    );
  await judged(sql, 6, /^active/, [
    ["all stand", null],
    ["a deactivated account", /its account is deactivated/, gone],
    ["an erased account", /its account is erased/, erased],
    ["one that was both", /its account is erased/, gone, erased],
    ["with access that is suspended", null, gone, grant("suspended_at = now()")],
    ["that was revoked", null, gone, grant("revoked_at = now()")],
    ["that has ended", null, gone, grant("ends_at = now() - interval '1 minute'")],
    ["that is to end", /deactivated/, gone, grant("ends_at = now() + interval '1 minute'")],
    ["that a payment holds", null, gone, grant("payment_hold = 'disputed'")],
  ]);
  const page = (state: "created" | "open" | "processing" | "expired"): Change => (tx) =>
    placeRows(tx, "bob", [logic], state);
  await judged(sql, 6, /can be paid/, [
    ["a page of who stands", null, page("open")],
    ["a page", /can be paid/, page("open"), gone],
    ["an order whose page is being made", /can be paid/, page("created"), gone],
    ["an order under way", null, page("processing"), gone],
    ["an order that has ended", null, page("expired"), gone],
  ]);
});

databaseTest("each condition finds second payments", async ({ sql }) => {
  const { first, second } = await placeWorld(sql);
  const unflagged = sqlText(`update payments set review_reason = null where order_id = '${second}'`);
  const grant = (orderId: string, change: string) =>
    sqlText(`
      update grants set ${change}
      where order_line_id = (select id from order_lines where order_id = '${orderId}' and position = 0)`);
  const order = (orderId: string, change: string) =>
    sqlText(`update orders set ${change} where id = '${orderId}'`);
  const found = new RegExp(`paid by order ${first} too`);
  const ended = "ends_at = now() - interval '1 minute'";
  const free = sqlText(`
    update order_lines set discount_amount = amount, paid_amount = 0 where order_id = '${second}'`);
  await judged(sql, 7, /paid by order/, [
    ["it is flagged", null],
    ["it is not", found, unflagged],
    ...["requested", "submitted", "requires_action", "pending", "succeeded"].map((status): Case => [
      `its refund is ${status}`,
      null,
      unflagged,
      refund(second, "pi_1", status),
    ]),
    ["its refund failed", found, unflagged, refund(second, "pi_1", "failed")],
    ["its refund was withdrawn", found, unflagged, refund(second, "pi_1", "canceled")],
    ["the other is being refunded", found, unflagged, refund(first, "pi_0", "pending")],
    ["both give access", found, unflagged, grant(second, "payment_hold = null")],
    ["and it cost nothing", found, unflagged, grant(second, "payment_hold = null"), free],
    ["it cost nothing, and gives way", null, unflagged, free],
    ["it is in dispute", found, unflagged, grant(second, "payment_hold = 'disputed'")],
    ["its money is back", null, unflagged, grant(second, "payment_hold = 'refunded'")],
    ["a dispute took it", null, unflagged, grant(second, "payment_hold = 'dispute_lost'")],
    ["the other is in dispute", found, unflagged, grant(first, "payment_hold = 'disputed'")],
    ["the other's money is back", null, unflagged, grant(first, "payment_hold = 'refunded'")],
    ["the other gives way", null, unflagged, grant(first, "payment_hold = 'duplicate'")],
    ...[first, second].flatMap((id): Case[] => [
      ["one was revoked", null, unflagged, grant(id, "revoked_at = now()")],
      ["one is suspended", null, unflagged, grant(id, "suspended_at = now()")],
      ["one has ended", null, unflagged, grant(id, `starts_at = '${MADE}', ${ended}`)],
      ["one was refunded in part", found, unflagged, order(id, "state = 'partially_refunded'")],
      ["one was refunded", null, unflagged, order(id, "state = 'refunded'")],
    ]),
    [
      "both were refunded in part",
      found,
      unflagged,
      order(first, "state = 'partially_refunded'"),
      order(second, "state = 'partially_refunded'"),
    ],
    [
      "it is the other that gives way, for it was given up",
      new RegExp(`paid by order ${second} too`),
      grant(second, "payment_hold = null"),
      order(first, "abandoned_at = now()"),
    ],
  ]);

  const again = (change = "total_amount = total_amount"): Change => async (tx) => {
    await tx`
      insert into payment_sessions (session_id, order_id, attempt, payment_intent_id, outcome, currency, subtotal_amount,
        discount_amount, tax_amount, total_amount)
      values ('cs_again', ${first}, 2, 'pi_again', 'paid', 'usd', 8000, 0, 0, 8000)`;
    await tx.unsafe(`update payment_sessions set ${change} where session_id = 'cs_again'`);
  };
  await judged(sql, 7, /times/, [
    ["a second payment", /was paid 2 times/, again()],
    ["one that lapsed", null, again("outcome = 'expired'")],
    ["one under way", null, again("outcome = 'awaiting_funds'")],
    ["one of nothing", null, again("total_amount = 0")],
    ["of another order", null, again(`order_id = '${second}'`)],
    [
      "that is flagged",
      null,
      again(),
      sqlText(`update payments set review_reason = 'seen' where order_id = '${first}'`),
    ],
  ]);
});

databaseTest(
  "each condition finds wrong refunds and uses of codes",
  async ({ sql }) => {
    const { first, second, bobs, poems } = await placeWorld(sql);
    const grant = (change: string) =>
      sqlText(`
      update grants set ${change}
      where order_line_id = (select id from order_lines where order_id = '${first}' and position = 1)`);
    const line = (change: string) =>
      sqlText(`update order_lines set ${change} where order_id = '${first}' and position = 1`);
    const back = refund(first, "pi_0", "succeeded", 4400, 1);
    await judged(sql, 8, /given back/, [
      ["nothing", null],
      ...["requires_action", "pending", "succeeded"].map((status): Case => [
        `all of a line, by a refund that is ${status}`,
        /all of its line/,
        refund(first, "pi_0", status, 4400, 1),
      ]),
      ...["requested", "submitted", "failed", "canceled"].map((status): Case => [
        `by one that is ${status}`,
        null,
        refund(first, "pi_0", status, 4400, 1),
      ]),
      ["but a cent", null, refund(first, "pi_0", "succeeded", 4399, 1)],
      [
        "in two parts",
        /all/,
        refund(first, "pi_0", "pending", 4000, 1),
        refund(first, "pi_0", "succeeded", 400, 1),
      ],
      ["by name of no line", null, refund(first, "pi_0", "succeeded", 8800)],
      ["as the line says", /all/, line("refunded_amount = 4400")],
      ["but a cent, as it says", null, line("refunded_amount = 4399")],
      ["of a line not reckoned yet", /all/, line("paid_amount = null, refunded_amount = 4800")],
      ["with less than the tax", null, line("paid_amount = null, refunded_amount = 4799")],
      ["of a line that cost nothing", null, line("paid_amount = 0")],
      ["whose access was revoked", null, back, grant("revoked_at = now()")],
      ["whose access is suspended", null, back, grant("suspended_at = now()")],
      ["whose access has ended", null, back, grant("ends_at = now() - interval '1 minute'")],
      ["whose access is held", null, back, grant("payment_hold = 'refunded'")],
    ]);

    const page = await placeRows(sql, "bob", [poems], "open");
    const [code] = await sql<{ id: string }[]>`
    insert into promotions (code, created_by, percent) values ('ONE', 'root', 10) returning id`;
    for (const [id, at] of [[first, MADE], [bobs, LATER], [page, LATER]] as const) {
      await sql`
      insert into promotion_redemptions (order_id, promotion_id, student_id, redeemed_at)
      select id, ${code!.id}, student_id, ${at} from orders where id = ${id}`;
    }
    const release = (id: string) =>
      sqlText(`update promotion_redemptions set released_at = now() where order_id = '${id}'`);
    const state = (id: string, to: string) => sqlText(`update orders set state = ${to} where id = '${id}'`);
    const flag = (id: string) =>
      sqlText(`update payments set review_reason = 'seen' where order_id = '${id}'`);
    const one = sqlText("update promotions set max_redemptions = 1");
    const expired = state(page, "'expired', abandoned_at = now()");
    await judged(sql, 9, /./, [
      ["without limits", null],
      ["within the limit", null, sqlText("update promotions set max_redemptions = 3")],
      ["one too many", /paid with ONE beyond its limit/, one],
      ["that is flagged", null, one, flag(bobs)],
      ["one refunded in part", /beyond/, one, state(bobs, "'partially_refunded'")],
      ["one that was refunded", null, one, state(bobs, "'refunded'")],
      ["one that was not paid", null, one, state(bobs, "'expired'")],
      ["a paid order that is not counted", /which counts it not/, release(first)],
      ["one that is refunded in part", /counts it not/, release(first), state(first, "'partially_refunded'")],
      ["one whose money is back", null, release(first), state(first, "'refunded'")],
      ["one that is flagged", null, release(first), flag(first)],
      ["what can be paid yet", /can be paid yet, but does not hold ONE/, release(page), expired],
      ["what holds it", null, expired],
      ["what is flagged", null, release(page), expired, flag(page)],
      ["what was not given up", null, release(page), state(page, "'expired'")],
      [
        "what is closed",
        null,
        release(page),
        state(page, "'expired', abandoned_at = now(), page_closed_at = now()"),
      ],
      ["what failed", null, release(page), state(page, "'failed', abandoned_at = now()")],
      ["another's code", null, release(page), flag(second)],
    ]);
  },
);

databaseTest("each condition finds amounts that differ from the charge", async ({ sql }) => {
  const { first, bobs } = await placeWorld(sql);
  const payment = (change: string) => sqlText(`update payments set ${change} where order_id = '${first}'`);
  const session = (change: string) =>
    sqlText(`update payment_sessions set ${change} where order_id = '${first}'`);
  const paid = payment("paid_amount = 8801");
  const state = (to: string) => sqlText(`update orders set state = '${to}' where id = '${first}'`);
  await judged(sql, 10, /^says/, [
    ["as it was charged", null],
    ["what was paid", /says 8801 less 0, Stripe 8800 less 0/, paid],
    ["what was refunded", /says 8800 less 1, Stripe 8800 less 0/, payment("refunded_amount = 1")],
    ["what was taken off", /discount of 1, Stripe 0/, payment("discount_amount = 1")],
    ["what was tax", /of it 801 tax, Stripe 800/, payment("tax_amount = 801")],
    ["of an order refunded in part", /8801/, paid, state("partially_refunded")],
    ["of a refunded order", /8801/, paid, state("refunded")],
    ["of one that is not paid", null, paid, state("expired")],
    ["by a page that does not fit", null, paid, session("mismatch = 'of another amount'")],
    ["by a page that was not paid", null, paid, session("outcome = 'failed'")],
    ...["requires_action", "pending", "succeeded"].flatMap((status): Case[] => [
      [`a refund that is ${status}`, /less 0, Stripe 8800 less 5/, refund(first, "pi_0", status, 5)],
      [`and told of`, null, refund(first, "pi_0", status, 5), payment("refunded_amount = 5")],
    ]),
    ...["submitted", "failed", "canceled"].map((status): Case => [
      `a refund that is ${status}`,
      null,
      refund(first, "pi_0", status, 5),
    ]),
    ["a refund of another payment", null, refund(first, "pi_9", "succeeded", 5)],
  ]);

  const receipts = (number: number, date: string) =>
    sqlText(`
      update orders set receipt_number = 1, paid_at = '${LATER}' where id = '${first}';
      update orders set receipt_number = ${number}, paid_at = '${date}' where id = '${bobs}'`);
  const from = (number: number) => sqlText(`update receipt_numbers set dated_from = ${number}`);
  await judged(sql, 10, /is dated/, [
    ["in order", null, receipts(2, LATER)],
    ["against it", /is dated before number 1/, receipts(2, MADE)],
    ["of numbers that do not follow each other", null, receipts(3, MADE)],
    ["since dates follow numbers", /is dated/, receipts(2, MADE), from(1)],
    ["from before they did", null, receipts(2, MADE), from(2)],
  ]);
});

databaseTest(
  "each condition finds dead letters without an alert, and lost disputes",
  async ({ sql }) => {
    const { first, second, bobs } = await placeWorld(sql);
    const event = (outcome = "dead"): Change => (tx) =>
      tx`
      insert into webhook_events (endpoint, event_id, type, payload, outcome) values ('main', 'evt_1', 't', '{}', ${outcome})`;
    const job = (name = "dead_jobs"): Change => (tx) =>
      tx`
      insert into pgboss.job (id, name, data)
      values ('00000000-0000-4000-8000-000000000000', ${name}, '{"kind":"submit_refund"}')`;
    const alert = (key: string): Change => (tx) =>
      tx`insert into operator_alerts (key, subject, text) values (${key}, '', '')`;
    await judged(sql, 5, /./, [
      ["an event", /t was given up without an alert/, event()],
      ["of which an alert tells", null, event(), alert("dead_letter:main:evt_1")],
      [
        "of whose namesake at another endpoint one tells",
        /given up/,
        event(),
        alert("dead_letter:other:evt_1"),
      ],
      ["of another of which one tells", /given up/, event(), alert("dead_letter:main:evt_2")],
      ["an event that was applied", null, event("settle")],
      ["a job", /a job was given up without an alert: submit_refund/, job()],
      ["a job of which an alert tells", null, job(), alert("dead_job:00000000-0000-4000-8000-000000000000")],
      ["a job of whose like one tells", /given up/, job(), alert("dead_job:1")],
      ["a job that waits", null, job("jobs")],
    ]);

    const dispute = (orderId: string, intent: string, status = "lost"): Change => (tx) =>
      tx`
      insert into disputes (id, order_id, payment_intent_id, amount, currency, status, observed_at)
      values ('du_1', ${orderId}, ${intent}, 4400, 'usd', ${status}, now())`;
    const grant = (change: string) =>
      sqlText(
        `update grants set ${change} where order_line_id = (select id from order_lines where order_id = '${bobs}')`,
      );
    const lost = dispute(bobs, "pi_2");
    await judged(sql, 2, /./, [
      ["a lost dispute", /lost to a dispute/, lost],
      [
        "one that is not known to be the order's",
        /lost to a dispute/,
        lost,
        sqlText("update disputes set order_id = null"),
      ],
      ["one that is open", null, dispute(bobs, "pi_2", "needs_response")],
      ["one that was won", null, dispute(bobs, "pi_2", "won")],
      ["of a payment that does not carry the order", null, dispute(bobs, "pi_9")],
      ["with access that is held for it", null, lost, grant("payment_hold = 'dispute_lost'")],
      ["held as refunded", null, lost, grant("payment_hold = 'refunded'")],
      ["held as long as it is open", /lost to a dispute/, lost, grant("payment_hold = 'disputed'")],
      ["held as a second one", /lost to a dispute/, lost, grant("payment_hold = 'duplicate'")],
      ["that was revoked", null, lost, grant("revoked_at = now()")],
      ["that is suspended", null, lost, grant("suspended_at = now()")],
      ["that has ended", null, lost, grant("ends_at = now() - interval '1 minute'")],
      [
        "of an order that is refunded too",
        /is refunded/,
        lost,
        sqlText(`update orders set state = 'refunded' where id = '${bobs}'`),
      ],
      [
        "of orders of others",
        null,
        sqlText(`update grants set revoked_at = now() where student_id = 'bob'`),
        lost,
      ],
      [
        "two refunded orders, of which one gives no access",
        /is refunded/,
        sqlText(`
      update orders set state = 'refunded' where id in ('${second}', '${bobs}');
      update grants set payment_hold = 'refunded' where payment_hold = 'duplicate'`),
      ],
      [
        "what is refunded of a line that is gone",
        null,
        sqlText(`
      update orders set state = 'refunded' where id = '${first}';
      update grants set payment_hold = 'refunded' where student_id = 'ada'`),
      ],
    ]);
  },
);
