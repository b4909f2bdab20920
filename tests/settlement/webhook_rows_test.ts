// One test per row of the specification's table of the webhook.
import assert from "node:assert/strict";
import { readConfig } from "../../adapters/config/read_config.ts";
import { ConfigError } from "../../adapters/config/variables.ts";
import { ROLE } from "../../domain/accounts/ports.ts";
import { DEAD_AFTER } from "../../domain/settlement/events/receive_event.ts";
import { pay } from "../support/checkout.ts";
import {
  buy,
  mailsTo,
  mayWatch,
  person,
  type Purchase,
  purchase,
  startPurchase,
  stateOf,
} from "../support/purchases.ts";
import { addCourse, shopTest, type TestShop, until } from "../support/shop.ts";
import { dashboard, deliver, sessionEvent, signed, stripeEvent, tell } from "../support/webhook.ts";

Deno.test("webhook: no secret configured: production refuses to start", () => {
  assert.throws(() => readConfig({ APP_ENV: "production" }), (error) => {
    assert.ok(error instanceof ConfigError);
    return error.message.includes("STRIPE_WEBHOOK_SECRET is missing");
  });
});

let serial = 0;
const id = () => `evt_row_${++serial}`;

async function outcomeOf(shop: TestShop, event: object): Promise<string> {
  const { status, body } = await tell(shop, event);
  assert.equal(status, 200);
  return body.outcome;
}

async function reviewOf(shop: TestShop, orderId: string): Promise<string> {
  const [row] = await shop.sql<{ review: string | null }[]>`
    select review_reason as review from payments where order_id = ${orderId}`;
  return row!.review ?? "";
}

/**
 * What an administrator sees of a flagged payment, and its student does not; until it was looked at, and again when
 * more is wrong.
 */
async function reviewByHand(shop: TestShop, { orderId, student }: Pick<Purchase, "orderId" | "student">) {
  const administrator = await person(shop, ROLE.admin);
  const list = (token: string) =>
    shop.call("GET", `/api/payments/orders/?needs_review=true&user=${student.id}`, { token });
  const waiting = await list(administrator.token);
  assert.deepEqual(waiting.body.results.map(({ id }: { id: string }) => id), [orderId]);
  const { review } = waiting.body.results[0];
  assert.deepEqual(review, { reason: await reviewOf(shop, orderId), is_open: true });
  const own = await list(student.token);
  assert.deepEqual([own.body.count, own.body.results[0].review], [1, null]);

  const close = (id: string, body: object, token = administrator.token) =>
    shop.call("POST", `/api/payments/orders/${id}/review/`, { token, body });
  assert.equal((await close(orderId, { note: "" })).status, 400);
  const note = { note: "wrote to the student" };
  assert.deepEqual((await close(orderId, note)).body.review, { ...review, is_open: false });
  assert.equal((await list(administrator.token)).body.count, 0);
  for (const id of [orderId, crypto.randomUUID(), "nonsense"]) {
    assert.equal((await close(id, note)).status, 404);
  }
  const [entry] = await shop.sql`
    select actor_id, reason, after->>'reviewed' as reviewed from audit_log where action = 'payment.review'`;
  assert.deepEqual({ ...entry }, {
    actor_id: administrator.id,
    reason: note.note,
    reviewed: review.reason,
  });
  const change = { amount_subtotal: 2, payment_intent: "pi_wrong_too" };
  const order = { order_id: orderId, user_id: student.id, session: "cs_wrong_too" };
  assert.equal(await outcomeOf(shop, sessionEvent(id(), order, change)), "flag");
  assert.equal((await list(administrator.token)).body.count, 1);
}

const refundObject = (intent: string, amount: number, change: object = {}) => ({
  id: `re_${++serial}`,
  object: "refund",
  amount,
  currency: "usd",
  payment_intent: intent,
  status: "succeeded",
  metadata: {},
  ...change,
});

shopTest("webhook: signatures and foreign events", async (shop, t) => {
  await t.step(
    "any: raw bytes verified, a large body refused; then inbox, grant and mail in one transaction",
    async () => {
      const { order, orderId } = await startPurchase(shop);
      const large = await deliver(
        shop,
        await signed({ ...sessionEvent(id(), order), filler: "x".repeat(1024 * 1024) }),
      );
      assert.equal(large.status, 413);
      assert.equal(await outcomeOf(shop, sessionEvent(id(), order)), "settle");
      const [row] = await shop.sql`
      select (select count(*)::int from webhook_events) as events,
        (select count(*)::int from grants g join order_lines l on l.id = g.order_line_id where l.order_id = ${orderId})
          as grants,
        (select count(*)::int from mails where notice->>'orderId' = ${orderId}) as mails`;
      assert.deepEqual({ ...row }, { events: 1, grants: 1, mails: 1 });
    },
  );

  await t.step(
    "bad, missing, stale signature, re-serialised body, v0 only: 400, nothing stored",
    async () => {
      const { order } = await startPurchase(shop);
      const event = sessionEvent(id(), order);
      const good = await signed(event);
      const stale = Math.floor(Date.now() / 1000) - 301;
      const bad = [
        { ...good, signature: "" },
        { ...good, signature: good.signature.replace("v1=", "v0=") },
        { ...good, payload: JSON.stringify(event) },
        await signed(event, "whsec_other"),
        await signed(event, undefined, stale),
      ];
      for (const delivery of bad) assert.equal((await deliver(shop, delivery)).status, 400);
      const [row] = await shop
        .sql`select count(*)::int as stored from webhook_events where event_id = ${event.id}`;
      assert.equal(row!.stored, 0);
    },
  );

  await t.step(
    "replay or duplicate, also concurrent, also through two endpoints: one effect, 200",
    async () => {
      const { order, orderId } = await startPurchase(shop);
      const event = await signed(sessionEvent(id(), order));
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => deliver(shop, event, n % 2 ? "/webhook/" : undefined)),
      );
      assert.ok(answers.every(({ status }) => status === 200));
      assert.equal(answers.filter(({ body }) => body.outcome === "settle").length, 1);
      const [row] = await shop.sql`
      select count(*)::int as grants from grants g join order_lines l on l.id = g.order_line_id
      where l.order_id = ${orderId}`;
      assert.equal(row!.grants, 1);
    },
  );

  await t.step(
    "unknown type, thin, Connect, other mode, another product's or environment's: 200, ignored",
    async () => {
      const { order, orderId } = await startPurchase(shop);
      const events = [
        stripeEvent(id(), "customer.created", { id: "cus_1" }),
        { id: id(), object: "v2.core.event", type: "v2.core.account.closed", livemode: false },
        { ...sessionEvent(id(), order), account: "acct_1" },
        { ...sessionEvent(id(), order), livemode: true },
        sessionEvent(id(), order, { metadata: {} }),
        sessionEvent(id(), { ...order, order_id: crypto.randomUUID() }),
      ];
      for (const event of events) assert.equal(await outcomeOf(shop, event), "ignore", JSON.stringify(event));
      const rows = await shop.sql<{ reason: string }[]>`
      select reason from webhook_events where event_id = any(${events.map(({ id }) => id)}::text[])`;
      assert.ok(rows.every(({ reason }) => reason.length > 5), "each with its reason");
      assert.equal(await stateOf(shop, orderId), "open");
    },
  );
});

shopTest("webhook: paying", async (shop, t) => {
  await t.step(
    "our transaction fails: 5xx and counted, until after some attempts a dead letter alerts, then 200",
    async () => {
      const { order, orderId } = await startPurchase(shop);
      await shop.sql.unsafe(`
      create function fail() returns trigger language plpgsql as $$ begin raise exception 'disk is full'; end $$;
      create trigger fail before insert on payment_sessions for each row execute function fail()`);
      const event = await signed(sessionEvent(id(), order));
      for (let attempt = 1; attempt < DEAD_AFTER; attempt++) {
        const response = await fetch(`${shop.api}/api/payments/stripe/webhook/`, {
          method: "POST",
          headers: { "stripe-signature": event.signature, "content-type": "application/json" },
          body: event.payload,
        });
        await response.body?.cancel();
        assert.equal(response.status, 500);
      }
      assert.deepEqual(await deliver(shop, event), { status: 200, body: { outcome: "dead" } });
      await shop.sql.unsafe(`drop trigger fail on payment_sessions`);
      const [row] = await shop.sql`
      select outcome, attempts, reason from webhook_events where payload #>> '{data,object,id}' = ${order.session}`;
      assert.deepEqual({ ...row }, { outcome: "dead", attempts: DEAD_AFTER, reason: "disk is full" });
      const alerts = await shop.sql<{ text: string }[]>`select text from operator_alerts`;
      assert.match(alerts[0]!.text, /failed 8 times: disk is full/);
      assert.equal((await deliver(shop, event)).body.outcome, "settle", "delivered again, it is applied");
      assert.equal(await stateOf(shop, orderId), "paid");
    },
  );

  await t.step(
    "completed with payment_status unpaid: processing, no access, a second purchase is refused",
    async () => {
      const bought = await startPurchase(shop);
      await tell(shop, sessionEvent(id(), bought.order, { payment_status: "unpaid" }));
      assert.equal(await stateOf(shop, bought.orderId), "processing");
      assert.equal(await mayWatch(shop, bought), false);
      assert.equal((await buy(shop, bought.student, bought.courses)).body.code, "payment_processing");
      assert.deepEqual(await mailsTo(shop, bought.student.email), ["Your payment is on its way"]);
    },
  );

  await t.step(
    "later async_payment_succeeded grants; async_payment_failed fails with a reason, and the student is notified",
    async () => {
      const [one, two] = [await startPurchase(shop), await startPurchase(shop)];
      for (const { order } of [one, two]) {
        const unpaid = { payment_status: "unpaid", payment_intent: `pi_${order.session}` };
        await tell(shop, sessionEvent(id(), order, unpaid));
      }
      await tell(
        shop,
        sessionEvent(id(), one.order, { payment_intent: `pi_${one.sessionId}` }, "async_payment_succeeded"),
      );
      await tell(shop, sessionEvent(id(), two.order, { payment_status: "unpaid" }, "async_payment_failed"));
      assert.equal(await mayWatch(shop, one), true);
      assert.equal(await stateOf(shop, two.orderId), "failed");
      const [payment] = await shop.sql`select status, reason from payments where order_id = ${two.orderId}`;
      assert.deepEqual({ ...payment }, { status: -1, reason: 2 });
      assert.ok((await mailsTo(shop, two.student.email)).includes("Your payment did not go through"));
    },
  );

  await t.step("no_payment_required (100 % coupon, payment_intent null): grant", async () => {
    const bought = await startPurchase(shop);
    const free = { payment_status: "no_payment_required", payment_intent: null, amount_total: 0 };
    assert.equal(await outcomeOf(shop, sessionEvent(id(), bought.order, free)), "settle");
    assert.equal(await mayWatch(shop, bought), true);
  });

  await t.step("expired or failure after paid, failure of an older attempt: no downgrade", async () => {
    const bought = await startPurchase(shop);
    await tell(shop, sessionEvent(id(), bought.order));
    for (const type of ["expired", "async_payment_failed"]) {
      assert.equal(await outcomeOf(shop, sessionEvent(id(), bought.order, {}, type)), "ignore");
    }
    assert.equal(await stateOf(shop, bought.orderId), "paid");
    const open = await startPurchase(shop);
    await shop.sql`update orders set attempt = 2 where id = ${open.orderId}`;
    await tell(shop, sessionEvent(id(), open.order, {}, "expired"));
    assert.equal(await stateOf(shop, open.orderId), "open");
  });

  await t.step("paid after local expiry: grant; whether Stripe or the student ended it", async () => {
    const [ended, cancelled] = [await startPurchase(shop), await startPurchase(shop)];
    assert.equal(await outcomeOf(shop, sessionEvent(id(), ended.order, {}, "expired")), "settle");
    await shop.call("POST", `/api/payments/orders/${cancelled.orderId}/cancel/`, {
      token: cancelled.student.token,
    });
    for (const bought of [ended, cancelled]) {
      const [payment] = await shop.sql`
        select o.state, p.status, p.reason from payments p join orders o on o.id = p.order_id
        where o.id = ${bought.orderId}`;
      const reason = bought === ended ? 4 : null; // a student's own cancelling is no time-out
      assert.deepEqual({ ...payment }, { state: "expired", status: -1, reason });
      assert.equal(await outcomeOf(shop, sessionEvent(id(), bought.order)), "settle");
      assert.deepEqual([await stateOf(shop, bought.orderId), await mayWatch(shop, bought)], ["paid", true]);
    }
  });

  await t.step(
    "refund before completed: kept, and completed gives no access to what it refunded",
    async () => {
      const bought = await startPurchase(shop);
      assert.equal(
        await outcomeOf(shop, stripeEvent(id(), "refund.created", refundObject("pi_early", 4900))),
        "keep",
      );
      assert.equal(
        await outcomeOf(shop, sessionEvent(id(), bought.order, { payment_intent: "pi_early" })),
        "settle",
      );
      assert.equal(await stateOf(shop, bought.orderId), "refunded");
      assert.equal(await mayWatch(shop, bought), false);
      assert.deepEqual(await mailsTo(shop, bought.student.email), ["We have refunded $49.00"]);
    },
  );

  await t.step(
    "amount, currency, mode or owner do not match, metadata altered: no grant, flagged, a refund is due, 200",
    async () => {
      const { order, orderId, student, courses } = await startPurchase(shop);
      const changes = [
        { amount_subtotal: 1, payment_intent: "pi_wrong_1" },
        { currency: "jpy", payment_intent: "pi_wrong_2" },
        { metadata: { ...order, user_id: "someone-else", attempt: "1" }, payment_intent: "pi_wrong_3" },
      ];
      for (const [index, change] of changes.entries()) {
        const event = sessionEvent(id(), { ...order, session: `cs_wrong_${index}` }, {
          amount_total: 4900,
          ...change,
        });
        assert.equal(await outcomeOf(shop, event), "flag");
      }
      const subscription = sessionEvent(id(), { ...order, session: "cs_wrong_mode" }, {
        mode: "subscription",
        payment_intent: null,
      });
      assert.equal(await outcomeOf(shop, subscription), "flag");
      assert.equal(await stateOf(shop, orderId), "open");
      assert.match(
        await reviewOf(shop, orderId),
        /for 1 usd.*for 4900 jpy.*someone-else.*for a subscription, not for a payment/s,
      );
      assert.equal(await mayWatch(shop, { student, courses }), false);
      const [due] = await shop.sql`
      select count(*)::int as refunds from refunds where order_id = ${orderId} and origin = 'mismatch'`;
      assert.equal(due!.refunds, 3);
      await reviewByHand(shop, { orderId, student });
    },
  );

  await t.step(
    "student or course deleted meanwhile: payment kept, flagged, 200, and nothing cascades",
    async () => {
      const [one, two] = [await startPurchase(shop), await startPurchase(shop)];
      await shop.sql`delete from users where id = ${one.student.id}`;
      await shop.sql`delete from courses where id = ${two.courses[0]!.id}`;
      for (const { order, orderId } of [one, two]) {
        assert.equal(
          await outcomeOf(shop, sessionEvent(id(), order, { payment_intent: `pi_${orderId}` })),
          "flag",
        );
        const [row] = await shop.sql`
        select o.state, p.status, l.no_grant_reason is not null as explained,
          (select count(*)::int from grants g where g.order_line_id = l.id) as grants
        from orders o join payments p on p.order_id = o.id join order_lines l on l.order_id = o.id
        where o.id = ${orderId}`;
        assert.deepEqual({ ...row }, { state: "paid", status: 2, explained: true, grants: 0 });
      }
      assert.match(await reviewOf(shop, one.orderId), /account was gone/);
      assert.match(await reviewOf(shop, two.orderId), /course was gone/);
    },
  );

  await t.step("crash after commit, before mail: the mail's job was committed with the grant", async () => {
    const bought = await startPurchase(shop);
    await tell(shop, sessionEvent(id(), bought.order, { payment_intent: "pi_mail" }));
    const [row] = await shop.sql`
      select count(*)::int as jobs from mails where notice->>'orderId' = ${bought.orderId}`;
    assert.equal(row!.jobs, 1);
    assert.equal((await mailsTo(shop, bought.student.email)).length, 1);
  });
});

shopTest("webhook: money back", async (shop, t) => {
  const stripe = dashboard(shop);

  await t.step(
    "two sessions for one course both paid: one enrollment; the second is flagged and refunded by a job",
    async () => {
      const bought = await startPurchase(shop);
      // Another page of the same order, as a crash could have left it.
      const again = await stripe.checkout.sessions.create({
        mode: "payment",
        line_items: [{
          quantity: 1,
          price_data: { currency: "usd", unit_amount: 4900, product_data: { name: "It" } },
        }],
        success_url: "https://shop.example",
        metadata: { order_id: bought.orderId, user_id: bought.student.id, attempt: "2" },
      });
      await pay(bought.url);
      await pay(again.url!);
      await until(async () => (await reviewOf(shop, bought.orderId)).includes("second time"));
      await until(async () => {
        await shop.drainJobs();
        const [row] = await shop.sql<{ status: string }[]>`
        select status from refunds where order_id = ${bought.orderId} and origin = 'duplicate'`;
        return row?.status === "succeeded";
      });
      const charges = await stripe.charges.list({ limit: 2 });
      assert.equal(charges.data.filter(({ refunded }) => refunded).length, 1);
      const [row] = await shop.sql`
      select count(*)::int as enrollments from enrollments where student_id = ${bought.student.id}`;
      assert.equal(row!.enrollments, 1);
      assert.deepEqual([await stateOf(shop, bought.orderId), await mayWatch(shop, bought)], ["paid", true]);
    },
  );

  await t.step(
    "two orders for one course both paid: the abandoned one is refunded",
    async () => {
      const old = await startPurchase(shop);
      const more = await addCourse(shop.sql, { title: "Beside it" });
      const { body: newer } = await buy(shop, old.student, [...old.courses, more]);
      await pay(newer.checkout_url);
      await pay(old.url); // in another tab, before the job has closed it
      await until(async () => {
        await shop.drainJobs();
        return await stateOf(shop, old.orderId) === "refunded";
      });
      assert.equal(await stateOf(shop, newer.order_id), "paid");
      assert.equal(await mayWatch(shop, old), true);
    },
  );

  await t.step(
    "full refund: the grants of that payment end, other grants stay; queued mail for it is cancelled",
    async () => {
      const bought = await purchase(shop, 2);
      const [gift] = bought.courses;
      await shop.sql`
      insert into grants (student_id, course_id, source) values (${bought.student.id}, ${
        gift!.id
      }, 'import')`;
      await stripe.refunds.create({ payment_intent: bought.intent });
      await until(async () => await stateOf(shop, bought.orderId) === "refunded");
      assert.deepEqual([await mayWatch(shop, bought, 0), await mayWatch(shop, bought, 1)], [true, false]);
      const [payment] = await shop.sql`
        select status, reason, refunded_amount::int as refunded from payments where order_id = ${bought.orderId}`;
      assert.deepEqual({ ...payment }, { status: -2, reason: 5, refunded: 9800 });
      assert.deepEqual(await mailsTo(shop, bought.student.email), ["We have refunded $98.00"]);
    },
  );

  await t.step("partial refund: cumulative from refund rows; access stays", async () => {
    const bought = await purchase(shop);
    for (const amount of [1000, 500]) await stripe.refunds.create({ payment_intent: bought.intent, amount });
    const refunded = await until(async () => {
      const [row] = await shop.sql<{ refunded: number }[]>`
        select refunded_amount::int as refunded from payments where order_id = ${bought.orderId}`;
      return row!.refunded === 1500 && row!.refunded;
    });
    assert.equal(refunded, 1500);
    assert.equal(await stateOf(shop, bought.orderId), "partially_refunded");
    assert.equal(await mayWatch(shop, bought), true);
    const [rows] = await shop
      .sql`select count(*)::int as rows from refunds where order_id = ${bought.orderId}`;
    assert.equal(rows!.rows, 2, "each refund is told of several times");
    await stripe.refunds.create({ payment_intent: bought.intent });
    await until(async () => await stateOf(shop, bought.orderId) === "refunded");
    assert.equal(await mayWatch(shop, bought), false);
  });

  await t.step("refund fails later: leaves refunded, alert", async () => {
    const bought = await purchase(shop, 1, { number: "4000 0000 0000 5126" });
    await stripe.refunds.create({ payment_intent: bought.intent });
    await until(async () => {
      const [row] = await shop.sql`select status from refunds where order_id = ${bought.orderId}`;
      return row?.status === "failed";
    });
    assert.equal(await stateOf(shop, bought.orderId), "paid");
    assert.equal(await mayWatch(shop, bought), true);
    const [alert] = await shop.sql`select subject from operator_alerts where key like 'refund_failed:%'`;
    assert.equal(alert!.subject, "A refund failed");
    const told = await shop.sql<{ reason: string }[]>`
      select reason from webhook_events where outcome = 'settle' order by received_at desc limit 2`;
    assert.deepEqual(told.map(({ reason }) => reason), ["refunded -> paid", "paid -> refunded"]);
    const [payment] = await shop.sql`
      select status, reason, refunded_amount::int as refunded from payments where order_id = ${bought.orderId}`;
    assert.deepEqual({ ...payment }, { status: 2, reason: null, refunded: 0 });
  });
});

shopTest(
  "webhook: events of one payment page of a person do not affect their other one",
  async (shop) => {
    const [one, other] = [await startPurchase(shop), await startPurchase(shop)];
    const stranger = await person(shop);
    await tell(shop, sessionEvent(id(), one.order));
    assert.equal(await stateOf(shop, other.orderId), "open");
    assert.equal(await mayWatch(shop, { student: stranger, courses: one.courses }), false);
  },
);
