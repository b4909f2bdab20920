import assert from "node:assert/strict";
import { buy, type Person, person, type Purchase } from "../support/purchases.ts";
import { addCourse, PASSWORD, pay, shopTest, signUp, type TestShop, until } from "../support/shop.ts";
import { dashboard, sessionEvent, tell } from "../support/webhook.ts";

const measured = { environment: (sandbox: TestShop["sandbox"]) => sandbox.analyticsEnvironment };
const VISIT = {
  client_id: "1234567890.1764441600",
  session_id: "1764441600",
  ad_user_data: true,
  ad_personalization: false,
};

const named = ({ sandbox }: TestShop) => sandbox.hits.map(({ name }) => name).reverse();
const jobsOf = async ({ sql }: TestShop) => [
  ...await sql<{ kind: string }[]>`
    select data ->> 'kind' as kind from pgboss.job where data ->> 'kind' ~ 'report_|send_hit'`,
];
const rowsOf = async ({ sql }: TestShop) => {
  const [row] = await sql<[{ visits: number; hits: number }]>`
    select (select count(*)::int from analytics_visits) as visits, (select count(*)::int from analytics_hits) as hits`;
  return [row.visits, row.hits];
};

/** Makes every job due again that failed, and runs what is due. */
async function tryAgain(shop: TestShop): Promise<void> {
  await shop.sql`update pgboss.job set start_after = now() where state = 'retry'`;
  await shop.drainJobs();
}

/** A student's order for courses of 49.00 USD, with what the body says besides. */
async function order(shop: TestShop, student: Person, courses: { id: string }[], body: object = {}) {
  const { body: checkout, status } = await shop.call("POST", "/api/payments/payments/", {
    token: student.token,
    body: { course_ids: courses.map(({ id }) => id), ...body },
  });
  assert.equal(status, 200, JSON.stringify(checkout));
  return {
    student,
    orderId: checkout.order_id as string,
    url: checkout.checkout_url as string,
    session: checkout.checkout_session_id as string,
  };
}

/** A paid order of so many courses, whose buyer agrees to be measured. */
async function bought(shop: TestShop, count = 1) {
  const student = await person(shop);
  const courses = [];
  for (let n = 0; n < count; n++) {
    courses.push(await addCourse(shop.sql, { title: `Course ${crypto.randomUUID()}` }));
  }
  const placed = await order(shop, student, courses, { analytics: VISIT });
  await pay(placed.url);
  await until(async () =>
    (await shop.sql`select from orders where id = ${placed.orderId} and state = 'paid'`).length
  );
  const [{ intent }] = await shop.sql<[{ intent: string }]>`
    select payment_intent_id as intent from payments where order_id = ${placed.orderId}`;
  return { ...placed, courses, intent };
}

async function refund(shop: TestShop, intent: string, amount: number): Promise<void> {
  const { id } = await dashboard(shop).refunds.create({ payment_intent: intent, amount });
  await until(async () =>
    (await shop.sql`select from refunds where stripe_refund_id = ${id} and status = 'succeeded'`).length
  );
}

async function complete(
  shop: TestShop,
  { student, courses }: Pick<Purchase, "student" | "courses">,
  completed = true,
) {
  for (const lesson of ["welcome", "vectors"]) {
    await shop.call("PATCH", `/api/courses/lessons/${courses[0]!.slug}-${lesson}/progress/`, {
      token: student.token,
      body: { completed },
    });
  }
}

shopTest(
  "a purchase is measured from its beginning to its refund and the last lesson, each event once",
  async (shop) => {
    const sale = await bought(shop, 2);
    await shop.drainJobs();
    assert.deepEqual(named(shop), ["begin_checkout", "purchase"]);
    const [purchase, begun] = shop.sandbox.hits;
    assert.deepEqual([purchase!.clientId, purchase!.consent, purchase!.faults], [
      VISIT.client_id,
      { ad_user_data: "GRANTED", ad_personalization: "DENIED" },
      [],
    ]);
    assert.equal(purchase!.params.session_id, VISIT.session_id);
    const { transaction_id, value, currency, tax, items } = purchase!.params;
    assert.deepEqual([transaction_id, value, currency, tax], [sale.orderId, 98, "USD", 0]);
    assert.deepEqual((items as { price: number }[]).map(({ price }) => price), [49, 49]);
    assert.equal(begun!.params.value, 98);

    // Stripe's events again, late and in disorder.
    const event = { order_id: sale.orderId, user_id: sale.student.id, session: sale.session };
    const change = {
      payment_intent: sale.intent,
      amount_subtotal: 9800,
      amount_total: 9800,
      total_details: { amount_discount: 0, amount_tax: 0 },
    };
    for (const id of ["evt_again", "evt_again", "evt_late"]) {
      await tell(
        shop,
        sessionEvent(id, event, change),
      );
    }
    await tell(shop, sessionEvent("evt_old", event, { ...change, payment_status: "unpaid" }, "expired"));
    await shop.drainJobs();
    assert.equal(named(shop).length, 2);

    await refund(shop, sale.intent, 1001);
    await shop.drainJobs();
    await refund(shop, sale.intent, 2000);
    await shop.drainJobs();
    await tell(shop, sessionEvent("evt_later", event, change));
    await shop.drainJobs();
    assert.deepEqual(named(shop).slice(2), ["refund", "refund"]);
    assert.deepEqual(shop.sandbox.hits.slice(0, 2).map(({ params }) => params.value), [20, 10.01]);
    assert.ok(
      shop.sandbox.hits.every(({ params }) =>
        !params.transaction_id || params.transaction_id === sale.orderId
      ),
    );

    await complete(shop, sale);
    await complete(shop, sale, false);
    await complete(shop, sale);
    await shop.drainJobs();
    assert.deepEqual(named(shop).slice(4).sort(), [
      "course_completed",
      "lesson_completed",
      "lesson_completed",
    ]);
    assert.doesNotMatch(JSON.stringify(shop.sandbox.hits), new RegExp(`${sale.student.id}|@`));
  },
  measured,
);

shopTest("a refund in full and a free order are measured to the last cent", async (shop) => {
  const sale = await bought(shop);
  await refund(shop, sale.intent, 4900);
  await shop.drainJobs(); // the purchase was not reported yet when it was refunded
  assert.deepEqual(named(shop).sort(), ["begin_checkout", "purchase", "refund"]);
  assert.equal(shop.sandbox.hits.find(({ name }) => name === "refund")!.params.value, 49);
  const free = await addCourse(shop.sql, { title: "Free", priceCents: 0 });
  await order(shop, await person(shop), [free], { analytics: VISIT });
  await shop.drainJobs();
  assert.deepEqual(named(shop).slice(3).sort(), ["begin_checkout", "purchase"]);
  assert.equal(shop.sandbox.hits[0]!.params.value, 0);
}, measured);

shopTest(
  "what somebody pays for a course that they already have is no purchase, and its refund none",
  async (shop) => {
    const student = await person(shop);
    const course = await addCourse(shop.sql);
    const placed = await order(shop, student, [course], { analytics: VISIT });
    await shop.sql`
    insert into grants (student_id, course_id, source) values (${student.id}, ${course.id}, 'administrator')`;
    await pay(placed.url);
    await until(async () => (await shop.sql`select from refunds where origin = 'duplicate'`).length);
    await shop.drainJobs();
    await until(async () => (await shop.sql`select from refunds where status = 'succeeded'`).length);
    await shop.drainJobs();
    assert.deepEqual(named(shop), ["begin_checkout"]);
  },
  measured,
);

shopTest(
  "without consent nothing is stored or sent, and the last request says whether there is any",
  async (shop) => {
    await signUp(shop);
    const student = await person(shop);
    const courses = [await addCourse(shop.sql)];
    const { body } = await buy(shop, student, courses);
    await pay(body.checkout_url);
    await until(async () => (await shop.sql`select from orders where state = 'paid'`).length);
    await complete(shop, { student, courses: courses.map((course) => ({ ...course })) });
    await shop.drainJobs();
    assert.deepEqual([named(shop), await rowsOf(shop)], [[], [0, 0]]);

    const other = [await addCourse(shop.sql, { title: "Other" })];
    const placed = await order(shop, student, other, { analytics: VISIT });
    assert.deepEqual(await rowsOf(shop), [1, 0]);
    const again = await order(shop, student, other);
    assert.equal(again.orderId, placed.orderId);
    assert.deepEqual(await rowsOf(shop), [0, 0]);
    await pay(again.url);
    await until(async () =>
      (await shop.sql`select from orders where id = ${placed.orderId} and state = 'paid'`).length
    );
    await shop.drainJobs();
    assert.deepEqual(named(shop), []);
  },
  measured,
);

shopTest("a shop without analytics takes the visit, and neither stores nor sends it", async (shop) => {
  await register(shop, { analytics: VISIT });
  const sale = await bought(shop);
  await complete(shop, sale);
  await refund(shop, sale.intent, 4900);
  await shop.drainJobs();
  assert.deepEqual([await rowsOf(shop), await jobsOf(shop), shop.sandbox.faults.asked.analytics], [
    [0, 0],
    [],
    0,
  ]);
});

async function register(shop: TestShop, body: object, email = "ada@example.com") {
  return await shop.call("POST", "/api/auth/users/", { body: { email, password: PASSWORD, ...body } });
}

shopTest("a registration is measured once, and its visit is forgotten", async (shop) => {
  assert.equal((await register(shop, { analytics: VISIT })).status, 201);
  assert.equal((await register(shop, { analytics: VISIT })).status, 400);
  await shop.drainJobs();
  assert.deepEqual(named(shop), ["sign_up"]);
  assert.deepEqual(shop.sandbox.hits[0]!.params, {
    session_id: VISIT.session_id,
    engagement_time_msec: 1,
    method: "email",
  });
  assert.deepEqual(await rowsOf(shop), [0, 0]);
}, measured);

shopTest("a visit that is not complete or not well-formed is refused, and changes nothing", async (shop) => {
  const course = await addCourse(shop.sql);
  const student = await person(shop);
  const { client_id: _, ...incomplete } = VISIT;
  const wrong: unknown[] = [
    incomplete,
    { ...VISIT, client_id: "GA1.1.1234567890.1764441600" },
    { ...VISIT, client_id: 1234567890.17 },
    { ...VISIT, session_id: "now" },
    { ...VISIT, ad_user_data: "yes" },
    { ...VISIT, ad_personalization: null },
    null,
    "yes",
  ];
  for (const analytics of wrong) {
    const refused = [
      await register(shop, { analytics }),
      await shop.call("POST", "/api/payments/payments/", {
        token: student.token,
        body: { course_id: course.id, analytics },
      }),
    ];
    for (const { status, body } of refused) {
      assert.deepEqual([status, body.code], [400, "invalid_input"], JSON.stringify(analytics));
      assert.ok(Object.keys(body.errors).every((field) => field.startsWith("analytics")));
    }
  }
  assert.deepEqual([...await shop.sql`select from orders`], []);
  assert.deepEqual(await rowsOf(shop), [0, 0]);
}, measured);

shopTest(
  "a person sees what is kept of their visits, and erasing the account erases it and ends measuring",
  async (shop) => {
    const sale = await bought(shop);
    await shop.drainJobs();
    const { token } = sale.student;
    const { body } = await shop.call("GET", "/api/auth/users/me/export/", { token });
    const { analytics_visits: visits, analytics_hits: hits } = body.data ?? body;
    assert.deepEqual([visits.length, visits[0].client_id, visits[0].order_id], [
      1,
      VISIT.client_id,
      sale.orderId,
    ]);
    assert.equal(hits.length, 2);
    const erased = await shop.call("DELETE", "/api/auth/users/me/", { token, body: { password: PASSWORD } });
    assert.equal(erased.status, 204);
    assert.deepEqual(await rowsOf(shop), [0, 0]);
    await refund(shop, sale.intent, 4900);
    await shop.drainJobs();
    assert.deepEqual(named(shop).sort(), ["begin_checkout", "purchase"]);
  },
  measured,
);

shopTest("no request waits for Google, which hears of everything once it is back", async (shop) => {
  for (const fault of ["down", "silent", "nonsense", "busy", "refused"] as const) {
    shop.sandbox.faults.set("analytics", fault);
    await register(shop, { analytics: VISIT }, `${fault}@example.com`);
    await bought(shop);
  }
  assert.equal(shop.sandbox.faults.asked.analytics, 0, "jobs alone call it");
  shop.sandbox.faults.set("analytics", "down");
  await shop.drainJobs();
  assert.equal(shop.logged.filter((line) => line.includes("An analytics event was not sent")).length, 15);
  assert.doesNotMatch(shop.logged.join(), /sandbox-analytics-secret|1234567890\.1764441600|mp\/collect/);
  shop.sandbox.faults.set("analytics", null);
  await tryAgain(shop);
  const five = (name: string) => Array.from({ length: 5 }, () => name);
  assert.deepEqual(named(shop).sort(), [...five("begin_checkout"), ...five("purchase"), ...five("sign_up")]);
}, measured);
