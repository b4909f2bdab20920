import assert from "node:assert/strict";
import { postgresViolations } from "../../adapters/postgres/operations/violations.ts";
import { addCourse, pay, shopTest, signUp, type TestShop, until } from "../support/shop.ts";
import { signUpAs } from "../support/tutors.ts";

/** The shop with an administrator, a student and two courses. */
async function setUp(shop: TestShop) {
  const algebra = await addCourse(shop.sql);
  const optics = await addCourse(shop.sql, { title: "Optics", priceCents: 1000 });
  const admin = await signUpAs(shop, "admin");
  const student = await signUp(shop);
  const create = async (promotion: object) => {
    const answer = await shop.call("POST", "/api/payments/promotions/", {
      token: admin.token,
      body: promotion,
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  };
  const post = (path: string, body: object, token = student.token) =>
    shop.call("POST", `/api/payments/${path}/`, { token, body });
  return { algebra, optics, admin, student, create, post };
}

shopTest("a code gives the quoted discount, and Stripe charges exactly the quote", async (shop) => {
  const { algebra, optics, create, post, student } = await setUp(shop);
  await create({ code: "spring-25", percent: 25, max_redemptions: 1 });
  const wish = { course_ids: [algebra.id, optics.id], promotion_code: " Spring-25 " };
  const { body: quote } = await post("quote", wish);
  assert.deepEqual([quote.subtotal, quote.discount, quote.total, quote.currency, quote.promotion_code], [
    "59.00",
    "14.75",
    "44.25",
    "usd",
    "SPRING-25",
  ]);
  assert.deepEqual(quote.lines.map((line: { discount: string }) => line.discount), ["12.25", "2.50"]);

  const { body: bought } = await post("payments", wish);
  assert.equal(bought.total, "44.25");
  assert.equal(bought.discount, "14.75");
  assert.equal(bought.promotion_code, "SPRING-25");
  // A session that was opened and never learnt of: the next try repeats coupon and session exactly.
  await shop.sql`update orders set state = 'created', session_id = null, session_url = null`;
  const again = await post("payments", wish);
  assert.equal(again.body.checkout_session_id, bought.checkout_session_id, "the same page comes back");
  const page = await (await fetch(bought.checkout_url)).text();
  assert.match(page, /44\.25/);
  assert.equal((await pay(bought.checkout_url)).status, 303);

  const { body: order } = await shop.call("GET", `/api/payments/orders/${bought.order_id}/`, {
    token: student.token,
  });
  assert.equal(order.state, "paid");
  assert.equal(order.total, "44.25");
  assert.equal(order.promotion_code, "SPRING-25");
  assert.deepEqual(order.lines.map((line: { discount: string }) => line.discount), ["12.25", "2.50"]);
  const [payment] = await shop.sql<{ paid: bigint; amount: bigint; review: string | null }[]>`
    select paid_amount as paid, amount, review_reason as review from payments`;
  assert.deepEqual({ ...payment }, { paid: 4425n, amount: 4425n, review: null });
  assert.deepEqual(await postgresViolations(shop.sql).all(), []);
  const bob = await signUp(shop, "bob@example.com");
  const late = await post("quote", wish, bob.token);
  assert.equal(late.status, 400);
  assert.deepEqual(late.body.errors.promotion_code, ["This code has been used up."]);
});

shopTest(
  "a 100 % code gives the courses at once, without a payment; one that leaves too little to charge is refused",
  async (shop) => {
    const { algebra, create, post, student } = await setUp(shop);
    await create({ code: "NEARLY", percent: 99, course_ids: [algebra.id] });
    for (const path of ["quote", "payments"]) {
      const refused = await post(path, { course_id: algebra.id, promotion_code: "NEARLY" });
      assert.deepEqual([refused.status, refused.body.code, refused.body.errors], [400, "invalid_input", {
        promotion_code: ["The minimum charge is 0.50 USD; with this code the total is 0.49 USD."],
      }]);
    }
    const [kept] = await shop.sql`
      select (select count(*)::int from orders) as orders, (select count(*)::int from promotion_redemptions) as uses`;
    assert.deepEqual({ ...kept }, { orders: 0, uses: 0 });
    await create({ code: "GIFT", percent: 100, course_ids: [algebra.id] });
    const { body } = await post("payments", { course_id: algebra.id, promotion_code: "GIFT" });
    assert.match(body.checkout_session_id, /^cs_test_/);
    assert.equal(body.status, 2);
    assert.equal(body.total, "0.00");
    const lesson = await shop.call("GET", `/api/courses/lessons/${algebra.lesson}/`, {
      token: student.token,
    });
    assert.ok(lesson.body.otp);
    const { body: order } = await shop.call("GET", `/api/payments/orders/${body.order_id}/`, {
      token: student.token,
    });
    assert.deepEqual([order.subtotal, order.discount, order.total, order.receipt_number], [
      "49.00",
      "49.00",
      "0.00",
      "R-000001",
    ]);
    assert.deepEqual([order.payments[0].amount, order.payments[0].status], ["0.00", 2]);
  },
);

shopTest("a limit holds when many students use the code concurrently", async (shop) => {
  const { algebra, create, post } = await setUp(shop);
  const { id } = await create({ code: "FIRST-THREE", percent: 50, max_redemptions: 3 });
  const students = [];
  for (let index = 0; index < 10; index++) students.push(await signUp(shop, `student-${index}@example.com`));
  const answers = await Promise.all(
    students.map(({ token }) =>
      post("payments", { course_id: algebra.id, promotion_code: "FIRST-THREE" }, token)
    ),
  );
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 3);
  assert.ok(answers.every(({ status, body }) => status === 200 || body.errors.promotion_code));
  const [count] = await shop.sql<{ count: number }[]>`
    select count(*)::int as count from promotion_redemptions where promotion_id = ${id}`;
  assert.equal(count!.count, 3);
});

shopTest(
  "an order that ends unpaid releases its redemption; an unpaid or paid one keeps it",
  async (shop) => {
    const { algebra, optics, create, post, admin, student } = await setUp(shop);
    const { id } = await create({ code: "ONCE", percent: 10, max_redemptions: 1, per_student_limit: 1 });
    const bob = await signUp(shop, "bob@example.com");
    const wish = (course: { id: string }) => ({ course_id: course.id, promotion_code: "ONCE" });
    const first = await post("payments", wish(algebra));
    assert.equal((await post("payments", wish(algebra), bob.token)).status, 400, "it is reserved");
    assert.equal(
      (await post("payments", wish(optics))).status,
      400,
      "also for another order of the same student",
    );
    const expired = await fetch(
      `${shop.sandbox.environment.STRIPE_API_URL}/v1/checkout/sessions/${first.body.checkout_session_id}/expire`,
      { method: "POST", headers: { authorization: `Bearer ${shop.sandbox.environment.STRIPE_SECRET_KEY}` } },
    );
    assert.equal(expired.status, 200);
    await expired.body?.cancel();
    await until(async () => (await post("quote", wish(algebra), bob.token)).status === 200);
    const second = await post("payments", wish(algebra), bob.token);
    await pay(second.body.checkout_url);
    assert.equal((await post("payments", wish(algebra))).status, 400);
    const { body } = await shop.call("GET", `/api/payments/promotions/${id}/`, { token: admin.token });
    assert.equal(body.redemptions, 1);

    // Without the code the order is another one, at the full price.
    const full = await post("payments", { course_id: algebra.id }, student.token);
    assert.equal(full.body.total, "49.00");
  },
);

shopTest("a buyer chooses among the currencies that a course has prices in", async (shop) => {
  const { algebra, optics, post, admin } = await setUp(shop);
  const set = (course: { slug: string }, prices: object[], access_days: number | null = null) =>
    shop.call("PUT", `/api/courses/courses/${course.slug}/offer/`, {
      token: admin.token,
      body: { prices, access_days },
    });
  const offer = await set(
    algebra,
    [{ price: "49.90", currency: "EUR" }, { price: "7000", currency: "jpy" }],
    90,
  );
  assert.equal(offer.status, 200);
  const shown = await shop.call("GET", `/api/courses/courses/${algebra.slug}/offer/`);
  assert.deepEqual(shown.body, {
    prices: [{ price: "49.90", currency: "eur" }, { price: "7000", currency: "jpy" }],
    access_days: 90,
  });
  const detail = await shop.call("GET", `/api/courses/courses/${algebra.slug}/`);
  assert.deepEqual([detail.body.price, detail.body.currency], ["49.90", "eur"], "the first is its own");

  for (const prices of [["49.90", "0"], ["0", "7000"]]) {
    const half = await set(algebra, [
      { price: prices[0], currency: "eur" },
      { price: prices[1], currency: "jpy" },
    ]);
    assert.equal(half.status, 400, "nobody pays where another currency is for nothing");
  }
  await shop.sql`insert into course_prices (course_id, currency, amount) values (${algebra.id}, 'gbp', 0)`;

  const total = async (body: object) => {
    const answer = await post("quote", body);
    return answer.status === 200 ? `${answer.body.total} ${answer.body.currency}` : answer.body.errors;
  };
  const both = [algebra.id, optics.id];
  assert.equal(await total({ course_id: algebra.id }), "49.90 eur");
  assert.equal(await total({ course_id: algebra.id, currency: "JPY" }), "7000 jpy");
  assert.deepEqual(await total({ course_id: algebra.id, currency: "usd" }), {
    currency: ["“Linear Algebra” cannot be bought in USD."],
  });
  assert.deepEqual(await total({ course_id: algebra.id, currency: "gbp" }), {
    currency: ["“Linear Algebra” cannot be bought in GBP."],
  }, "a price of 0 that was set before is none");
  assert.deepEqual(await total({ course_ids: both }), {
    currency: ["“Linear Algebra” cannot be bought in USD."],
  }, "their own currencies differ, and the shop's is not among them");
  await set(algebra, [{ price: "49.90", currency: "EUR" }, { price: "55", currency: "usd" }]);
  assert.equal(await total({ course_ids: both }), "65.00 usd");
  await set(optics, [{ price: "10", currency: "usd" }, { price: "9.5", currency: "eur" }]);
  assert.equal(await total({ course_ids: both, currency: "eur" }), "59.40 eur");

  const bought = await post("payments", { course_ids: both, currency: "eur" });
  await pay(bought.body.checkout_url);
  const [payment] = await shop.sql<{ paid: bigint; currency: string; review: string | null }[]>`
    select paid_amount as paid, currency, review_reason as review from payments order by created_at desc limit 1`;
  assert.deepEqual({ ...payment }, { paid: 5940n, currency: "eur", review: null });
});

shopTest("tutors create codes for their own courses, and see and end only their own", async (shop) => {
  const { algebra, optics, admin, create, post } = await setUp(shop);
  const tutor = await signUpAs(shop, "tutor");
  const other = await signUpAs(shop, "tutor", "other@example.com");
  await shop.sql`insert into course_tutors (course_id, user_id) values (${algebra.id}, ${tutor.id})`;
  const make = (promotion: object) => post("promotions", promotion, tutor.token);
  const mine = await make({ code: "MINE", percent: 10, course_ids: [algebra.id] });
  assert.equal(mine.status, 201);
  for (const course_ids of [undefined, [], [optics.id], [algebra.id, optics.id]]) {
    const refused = await make({ code: "THEIRS", percent: 10, course_ids });
    assert.equal(refused.status, 400, String(course_ids));
    assert.ok(refused.body.errors.course_ids);
  }
  const path = `/api/payments/promotions/${mine.body.id}/`;
  const patch = (token: string, body: object) => shop.call("PATCH", path, { token, body });
  assert.equal((await shop.call("GET", path, { token: other.token })).status, 404);
  assert.equal((await patch(other.token, { is_active: false })).status, 404);
  await create({ code: "OFFICE", percent: 5 });
  const codes = async (token: string, query = "") =>
    (await shop.call("GET", `/api/payments/promotions/?${query}`, { token })).body.results
      .map(({ code }: { code: string }) => code);
  assert.deepEqual(await codes(tutor.token), ["MINE"]);
  assert.deepEqual(await codes(other.token), []);
  assert.deepEqual(await codes(admin.token), ["OFFICE", "MINE"]);
  assert.deepEqual(await codes(admin.token, "code=mine"), ["MINE"]);

  const wish = { course_id: algebra.id, promotion_code: "mine" };
  assert.equal((await post("quote", wish)).body.total, "44.10");
  const refused = await post("quote", { course_id: optics.id, promotion_code: "mine" });
  assert.deepEqual(refused.body.errors.promotion_code, ["This code is not for these courses."]);
  const limited = await patch(tutor.token, { max_redemptions: 5, valid_until: "2999-01-01T00:00:00Z" });
  assert.equal(limited.body.max_redemptions, 5);
  assert.equal((await patch(tutor.token, { max_redemptions: null })).body.max_redemptions, null);
  const ended = await patch(admin.token, { is_active: false });
  assert.equal(ended.body.is_active, false);
  assert.equal(ended.body.valid_until, "2999-01-01T00:00:00.000Z", "what is not given stays");
  assert.deepEqual((await post("quote", wish)).body.errors.promotion_code, ["This code is no longer valid."]);
  assert.deepEqual(await codes(admin.token, "is_active=true"), ["OFFICE"]);
  const audit = await shop.sql<{ action: string }[]>`select action from audit_log order by id`;
  assert.deepEqual(audit.map(({ action }) => action), ["promotion.add", "promotion.change"]);

  // A code for one course does not become one for all when the course is gone.
  assert.equal((await patch(tutor.token, { is_active: true })).status, 403, "an administrator ended it");
  assert.equal((await patch(admin.token, { is_active: true })).body.created_by, tutor.id);
  await shop.sql`delete from courses where id = ${algebra.id}`;
  const orphan = await post("quote", { course_id: optics.id, promotion_code: "mine" });
  assert.deepEqual(orphan.body.errors.promotion_code, ["This code is no longer valid."]);
});

shopTest("errors in a code, a price or a purchase are named", async (shop) => {
  const { algebra, create, post, admin, student } = await setUp(shop);
  await create({ code: "TAKEN", percent: 5 });
  const past = "2020-01-01T00:00:00Z";
  const future = "2999-01-01T00:00:00Z";
  const usd = (price: string) => [{ price, currency: "usd" }];
  const codes: [object, string][] = [
    [{ code: "taken", percent: 5 }, "code"],
    [{ code: "no spaces", percent: 5 }, "code"],
    [{ code: "ab", percent: 5 }, "code"],
    [{ code: "ZERO", percent: 0 }, "percent"],
    [{ code: "MUCH", percent: 101 }, "percent"],
    [{ code: "PART", percent: 12.5 }, "percent"],
    [{ code: "NONE" }, "percent"],
    [{ code: "BOTH", percent: 5, amounts: usd("1") }, "percent"],
    [{ code: "MINUS", amounts: usd("-1") }, "amounts.0.price"],
    [{ code: "NOTHING", amounts: usd("0") }, "amounts.0.price"],
    [{ code: "WHAT", amounts: [{ price: "1", currency: "xyz" }] }, "amounts.0.currency"],
    [{ code: "TWICE", amounts: [...usd("1"), ...usd("2")] }, "amounts.1.currency"],
    [{ code: "MIN", percent: 5, minimums: usd("1.234") }, "minimums.0.price"],
    [{ code: "COURSE", percent: 5, course_ids: [crypto.randomUUID()] }, "course_ids"],
    [{ code: "COURSE", percent: 5, course_ids: ["x"] }, "course_ids.0"],
    [{ code: "OVER", percent: 5, valid_until: past }, "valid_until"],
    [{ code: "BACK", percent: 5, valid_from: future, valid_until: "2998-01-01T00:00:00Z" }, "valid_until"],
    [{ code: "USES", percent: 5, max_redemptions: 0 }, "max_redemptions"],
  ];
  for (const [body, field] of codes) {
    const answer = await post("promotions", body, admin.token);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.ok(answer.body.errors[field], `${field} in ${JSON.stringify(answer.body.errors)}`);
  }
  const purchases: [object, string][] = [
    [{ promotion_code: "NO-SUCH" }, "promotion_code"],
    [{ promotion_code: "x".repeat(41) }, "promotion_code"],
    [{ currency: "euros" }, "currency"],
    [{ currency: "gbp" }, "currency"],
  ];
  for (const [body, field] of purchases) {
    for (const path of ["quote", "payments"]) {
      const answer = await post(path, { course_id: algebra.id, ...body });
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.ok(answer.body.errors[field], field);
    }
  }
  assert.equal((await shop.sql`select id from orders`).length, 0);
  const set = (body: object, token = admin.token) =>
    shop.call("PUT", `/api/courses/courses/${algebra.slug}/offer/`, { token, body });
  const offers: [object, string][] = [
    [{ prices: [], access_days: null }, "prices"],
    [{ prices: usd("4.999"), access_days: null }, "prices.0.price"],
    [{ prices: usd("5"), access_days: 0 }, "access_days"],
    [{ prices: [...usd("5"), ...usd("6")], access_days: null }, "prices.1.currency"],
  ];
  for (const [body, field] of offers) {
    const answer = await set(body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.ok(answer.body.errors[field], field);
  }
  assert.equal((await set({ prices: usd("5"), access_days: null }, student.token)).status, 403);
  assert.equal((await post("promotions", { code: "MINE", percent: 5 })).status, 403);
});
