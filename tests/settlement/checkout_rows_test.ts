// One test per row of the specification's table of checkout.
import assert from "node:assert/strict";
import { ROLE } from "../../domain/accounts/ports.ts";
import { pay } from "../support/checkout.ts";
import { buy, mailsTo, mayWatch, person, purchase, startPurchase, stateOf } from "../support/purchases.ts";
import { addCourse, shopTest, until } from "../support/shop.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { openStripeLine } from "../support/stripe_line.ts";
import { dashboard, sessionEvent, tell } from "../support/webhook.ts";

shopTest("checkout", async (shop, t) => {
  const stripe = dashboard(shop);

  await t.step(
    "Buy: order and lines are committed, then the session has their ids, and the answer id and URL",
    async () => {
      const { orderId, sessionId, url, student, courses } = await startPurchase(shop);
      const [line] = await shop.sql`
      select course_id, amount::int, currency from order_lines l join orders o on o.id = l.order_id
      where order_id = ${orderId}`;
      assert.deepEqual({ ...line }, { course_id: courses[0]!.id, amount: 4900, currency: "usd" });
      const session = await stripe.checkout.sessions.retrieve(sessionId, { expand: ["payment_intent"] });
      const metadata = { order_id: orderId, user_id: student.id, attempt: "1" };
      assert.deepEqual(session.metadata, metadata);
      assert.deepEqual((session.payment_intent as { metadata: object }).metadata, metadata);
      assert.equal(session.client_reference_id, orderId);
      assert.equal(session.url, url);
    },
  );

  await t.step("double click, two tabs, retry: the same open session comes back, of one order", async () => {
    const student = await person(shop);
    const course = await addCourse(shop.sql, { title: "Clicked twice" });
    const answers = await Promise.all(Array.from({ length: 8 }, () => buy(shop, student, [course])));
    answers.push(await buy(shop, student, [course]));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(new Set(answers.map(({ body }) => body.checkout_session_id)).size, 1);
    const [row] = await shop.sql`select count(*)::int as orders from orders where student_id = ${student.id}`;
    assert.equal(row!.orders, 1);
  });

  await t.step("already enrolled: 409 already_enrolled, and no session", async () => {
    const { student, courses } = await purchase(shop);
    const before = (await stripe.checkout.sessions.list({ limit: 100 })).data.length;
    const again = await buy(shop, student, courses);
    assert.deepEqual([again.status, again.body.code], [409, "already_enrolled"]);
    assert.equal((await stripe.checkout.sessions.list({ limit: 100 })).data.length, before);
  });

  await t.step(
    "unpublished or unknown course, malformed id: 404; malformed body: 400; never a 500",
    async () => {
      const student = await person(shop);
      const draft = await addCourse(shop.sql, { title: "A draft", isPublished: false });
      for (const id of [draft.id, crypto.randomUUID(), "1 or 1=1", "💥"]) {
        assert.equal((await buy(shop, student, [{ id }])).status, 404, id);
      }
      for (const body of [{}, { course_ids: [] }, { course_id: 7 }, { course_ids: "x" }, []]) {
        const { status } = await shop.call("POST", "/api/payments/payments/", { token: student.token, body });
        assert.equal(status, 400, JSON.stringify(body));
      }
    },
  );

  await t.step(
    "price 0: enrolled at once, before its page is confirmed, payment COMPLETED with amount 0",
    async () => {
      const student = await person(shop);
      const course = await addCourse(shop.sql, { title: "For nothing", priceCents: 0 });
      const { body } = await buy(shop, student, [course]);
      const page = await stripe.checkout.sessions.retrieve(body.checkout_session_id);
      assert.deepEqual([body.status, body.checkout_url, page.status], [2, page.url, "open"]);
      assert.deepEqual([page.amount_total, page.payment_status, page.payment_intent], [
        0,
        "no_payment_required",
        null,
      ]);
      assert.equal(await mayWatch(shop, { student, courses: [course] }), true);
      const { body: payments } = await shop.call("GET", "/api/payments/payments/", { token: student.token });
      assert.deepEqual([payments.results[0].status, payments.results[0].amount], [2, "0.00"]);
    },
  );

  await t.step("price 0: its page changes nothing, confirmed, reported twice, or expired", async () => {
    const course = await addCourse(shop.sql, { title: "For nothing twice", priceCents: 0 });
    for (const ending of ["confirmed", "expired"]) {
      const student = await person(shop);
      const { body } = await buy(shop, student, [course]);
      const { checkout_session_id: session, checkout_url: url, order_id } = body;
      const books = async () => ({
        rows: await shop.sql`
          select to_jsonb(o) - 'updated_at' as "order", to_jsonb(p) - 'updated_at' as payment, (
            select jsonb_agg(to_jsonb(g)) from grants g where g.student_id = o.student_id
          ) as grants
          from orders o join payments p on p.order_id = o.id where o.id = ${order_id}`,
        mails: await mailsTo(shop, student.email),
      });
      const before = await books();
      assert.deepEqual([before.rows[0]!.grants.length, before.mails.length], [1, 1]);
      if (ending === "confirmed") {
        const { location } = await pay(url);
        assert.match(location!, new RegExp(`course-slug=${course.slug}&session_id=${session}$`));
        const event = sessionEvent(`evt_${session}`, { order_id, user_id: student.id, session }, {
          amount_subtotal: 0,
          amount_total: 0,
          payment_status: "no_payment_required",
          payment_intent: null,
        });
        const answers = [await tell(shop, event), await tell(shop, event)];
        assert.deepEqual(answers.map((answer) => answer.body.outcome), ["ignore", "duplicate"]);
      } else {
        await stripe.checkout.sessions.expire(session);
      }
      await until(async () =>
        (await shop.sql`select from payment_sessions where session_id = ${session}`).length === 1
      );
      assert.deepEqual(await books(), before, ending);
      const { body: status } = await shop.call("GET", `/api/payments/orders/${session}/status/`, {
        token: student.token,
      });
      assert.deepEqual([status.order_id, status.state, status.checkout_url], [order_id, "paid", null]);
    }
  });

  await t.step(
    "several courses: one session with one line each; those already owned are refused by name",
    async () => {
      const { student, courses, sessionId } = await startPurchase(shop, 3);
      const session = await stripe.checkout.sessions.retrieve(sessionId);
      assert.equal(session.amount_subtotal, 3 * 4900);
      const owned = await addCourse(shop.sql, { title: "Owned already" });
      await shop
        .sql`insert into grants (student_id, course_id, source) values (${student.id}, ${owned.id}, 'import')`;
      const refused = await buy(shop, student, [...courses, owned]);
      assert.equal(refused.status, 409);
      assert.match(refused.body.detail, /Owned already/);
    },
  );

  await t.step(
    "crash between session and saving its id: the next attempt finds the session by its idempotency key",
    async () => {
      const { student, courses, orderId, sessionId } = await startPurchase(shop);
      await shop.sql`
      update orders set state = 'created', session_id = null, session_url = null where id = ${orderId}`;
      const again = await buy(shop, student, courses);
      assert.deepEqual([again.body.order_id, again.body.checkout_session_id], [orderId, sessionId]);
    },
  );

  await t.step(
    "currencies: charged in Stripe's unit, and amounts that it cannot charge are refused",
    async () => {
      const student = await person(shop);
      for (
        const [currency, price, atStripe] of [["jpy", 500, 500], ["kwd", 1990, 1990], [
          "isk",
          500,
          50_000,
        ]] as const
      ) {
        const course = await addCourse(shop.sql, { title: `In ${currency}`, priceCents: price });
        await shop.sql`update courses set price_currency = ${currency} where id = ${course.id}`;
        const { body } = await buy(shop, student, [course]);
        const session = await stripe.checkout.sessions.retrieve(body.checkout_session_id);
        assert.deepEqual([session.currency, session.amount_total], [currency, atStripe]);
      }
      const course = await addCourse(shop.sql, { title: "Uneven dinars", priceCents: 1999 });
      await shop.sql`update courses set price_currency = 'kwd' where id = ${course.id}`;
      const refused = await buy(shop, student, [course]);
      assert.deepEqual([refused.status, refused.body.code], [400, "invalid_input"]);
      assert.deepEqual(refused.body.errors, {
        currency: ["“Uneven dinars” cannot be bought in KWD."],
      });
      const [row] = await shop.sql`
        select count(*)::int as orders from order_lines where course_id = ${course.id}`;
      assert.equal(row!.orders, 0);
    },
  );

  await t.step(
    "session parameters: the success page gets the id literally, and the session's expiry is the stored one",
    async () => {
      const { orderId, sessionId } = await startPurchase(shop);
      const session = await stripe.checkout.sessions.retrieve(sessionId);
      assert.ok(session.success_url?.endsWith("&session_id={CHECKOUT_SESSION_ID}"));
      const [row] = await shop.sql<
        { end: Date }[]
      >`select session_expires_at as end from orders where id = ${orderId}`;
      assert.equal(session.expires_at, Math.floor(row!.end.getTime() / 1000));
      // The stand-in refuses payment_method_types and ui_mode, as Stripe does: it has taken the session.
    },
  );

  await t.step(
    "promotion codes, tax: discount and tax are recorded, and the subtotal is the order's",
    async () => {
      const { orderId, sessionId, order } = await startPurchase(shop, 2);
      const event = sessionEvent("evt_promo", order, {
        amount_subtotal: 9800,
        amount_total: 9000,
        total_details: { amount_discount: 980, amount_tax: 180 },
      });
      assert.equal((await tell(shop, event)).body.outcome, "settle");
      const [row] = await shop.sql`
      select paid_amount::int as paid, discount_amount::int as discount, tax_amount::int as tax, session_id
      from payments where order_id = ${orderId}`;
      assert.deepEqual({ ...row }, { paid: 9000, discount: 980, tax: 180, session_id: sessionId });
      const lines = await shop
        .sql`select discount_amount::int as off from order_lines where order_id = ${orderId}`;
      assert.deepEqual(lines.map(({ off }) => off), [490, 490]);
    },
  );

  await t.step(
    "cancelling closes the page; repeated it changes nothing; a paid or somebody else's order is refused",
    async () => {
      const open = await startPurchase(shop);
      const cancel = (orderId: string, token: string) =>
        shop.call("POST", `/api/payments/orders/${orderId}/cancel/`, { token });
      const stranger = await person(shop, ROLE.admin);
      assert.equal((await cancel(open.orderId, stranger.token)).status, 404);
      assert.equal((await cancel("nonsense", open.student.token)).status, 404);
      const cancelled = await cancel(open.orderId, open.student.token);
      assert.deepEqual([cancelled.status, cancelled.body.state], [200, "expired"]);
      assert.equal((await cancel(open.orderId, open.student.token)).status, 200);
      await shop.drainJobs();
      assert.equal((await stripe.checkout.sessions.retrieve(open.sessionId)).status, "expired");
      const paid = await purchase(shop);
      const refused = await cancel(paid.orderId, paid.student.token);
      assert.deepEqual([refused.status, refused.body.code], [409, "already_settled"]);
      const debit = await startPurchase(shop);
      await shop.sql`update orders set state = 'processing' where id = ${debit.orderId}`;
      assert.equal((await cancel(debit.orderId, debit.student.token)).body.code, "payment_processing");
    },
  );

  await t.step(
    "an order replaced by another choice of courses has its page closed at Stripe",
    async () => {
      const old = await startPurchase(shop);
      const more = await addCourse(shop.sql, { title: "One more" });
      const { body } = await buy(shop, old.student, [...old.courses, more]);
      assert.notEqual(body.order_id, old.orderId);
      await shop.drainJobs();
      assert.equal((await stripe.checkout.sessions.retrieve(old.sessionId)).status, "expired");
      assert.equal((await stripe.checkout.sessions.retrieve(body.checkout_session_id)).status, "open");
    },
  );
});

const stripePort = freePort();

shopTest(
  "checkout: Stripe down or slow: 503 with Retry-After, the order stays, and the next attempt uses it",
  async (shop) => {
    const student = await person(shop);
    const course = await addCourse(shop.sql);
    const down = await buy(shop, student, [course]);
    assert.deepEqual([down.status, down.body.code], [503, "vendor_unavailable"]);
    assert.ok(Number(down.headers.get("retry-after")) > 0);
    const gift = await addCourse(shop.sql, { title: "For nothing", priceCents: 0 });
    const { status, body: given } = await buy(shop, student, [gift]);
    assert.deepEqual(
      [status, given.status, given.checkout_session_id],
      [200, 2, null],
      "free, and given all the same",
    );
    assert.match(given.checkout_url, /payment-success\?course-slug=for-nothing$/);
    assert.equal(await mayWatch(shop, { student, courses: [gift] }), true);
    const line = openStripeLine(shop, stripePort);
    try {
      const up = await buy(shop, student, [course]);
      assert.equal(up.status, 200);
      const rows = await shop.sql<{ id: string }[]>`select id from orders where subtotal_amount > 0`;
      assert.deepEqual(rows.map(({ id }) => id), [up.body.order_id]);
    } finally {
      await line.close();
    }
  },
  { environment: { STRIPE_API_URL: `http://127.0.0.1:${stripePort}` } },
);

// The webhook's secret is another than Stripe's: no event is ever taken.
shopTest("checkout: the webhook is late", async (shop, t) => {
  await t.step("the success page polls the status endpoint, which settles by Stripe's response", async () => {
    const { orderId, sessionId, url, student, courses } = await startPurchase(shop);
    const status = (id: string, token = student.token) =>
      shop.call("GET", `/api/payments/orders/${id}/status/`, { token });
    const open = await status(orderId);
    assert.deepEqual([open.body.state, open.body.checkout_url], ["open", url]);
    assert.equal((await status(orderId, (await person(shop)).token)).status, 404);
    assert.equal((await status("nonsense")).status, 404);
    await pay(url);
    const paid = await until(async () => {
      const { body } = await status(sessionId);
      return body.state === "paid" && body;
    });
    assert.deepEqual([paid.order_id, paid.status, paid.checkout_url], [orderId, 2, null]);
    assert.equal(await mayWatch(shop, { student, courses }), true);
  });

  await t.step("the course page asks Stripe, so that the buyer is enrolled at the first view", async () => {
    const { url, student, courses, orderId } = await startPurchase(shop);
    await pay(url);
    const { body } = await shop.call("GET", `/api/courses/courses/${courses[0]!.slug}/`, {
      token: student.token,
    });
    assert.equal(body.is_enrolled, true);
    assert.equal(await stateOf(shop, orderId), "paid");
  });

  await t.step(
    "a second checkout of a course that is paid at Stripe is refused once that is known",
    async () => {
      const { url, student, courses } = await startPurchase(shop);
      await pay(url);
      await shop.call("GET", `/api/courses/courses/${courses[0]!.slug}/`, { token: student.token });
      assert.equal((await buy(shop, student, courses)).body.code, "already_enrolled");
    },
  );
}, { environment: { STRIPE_WEBHOOK_SECRET: "whsec_another" } });

shopTest("checkout: a course page shows the last known state while Stripe does not respond", async (shop) => {
  const student = await person(shop);
  const course = await addCourse(shop.sql);
  await shop.sql`
    with placed as (
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_id, session_url,
        session_expires_at)
      values (${student.id}, 'a@example.com', 'open', 4900, 'usd', 'cs_1', 'https://pay.example', now() + interval '1 h')
      returning id
    ), payment as (
      insert into payments (order_id, student_id, amount, currency, method)
      select id, ${student.id}, 4900, 'usd', 'stripe' from placed
    )
    insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount, position)
    select id, 'open', ${student.id}, ${course.id}, 's', 't', 4900, 0 from placed`;
  const { status, body } = await shop.call("GET", `/api/courses/courses/${course.slug}/`, {
    token: student.token,
  });
  assert.deepEqual([status, body.is_enrolled], [200, false]);
}, { environment: { STRIPE_API_URL: "http://127.0.0.1:9" } });
