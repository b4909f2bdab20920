import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { person } from "../../support/purchases.ts";
import { addCourse, pay, shopTest, signUp, until } from "../../support/shop.ts";

shopTest("a student registers, verifies, buys a course with a card and watches it", async (shop) => {
  const course = await addCourse(shop.sql);
  const { token } = await signUp(shop);

  await shop.drainJobs();
  const mailbox = await (await fetch(`${shop.sandbox.origin}/mailbox/api/messages?to=ada@example.com`))
    .json();
  const link = mailbox.messages[0].text.match(/http\S+verify-email\S+/)[0];
  const verified = await shop.fetch(link, { method: "POST" });
  assert.equal(verified.status, 200);
  assert.match(await verified.text(), /address is verified/);
  const me = await shop.call("GET", "/api/auth/users/me/", { token });
  assert.equal(me.body.is_email_verified, true);

  const locked = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token });
  assert.equal(locked.status, 404);
  const bought = await shop.call("POST", "/api/payments/payments/", {
    token,
    body: { course_id: course.id },
  });
  assert.equal(bought.status, 200);
  assert.match(bought.body.checkout_session_id, /^cs_test_/);
  const paid = await pay(bought.body.checkout_url);
  assert.equal(paid.status, 303);
  assert.equal(
    paid.location,
    "http://localhost:3000/dashboard/payment-success?course-slug=linear-algebra" +
      `&session_id=${bought.body.checkout_session_id}`,
  );

  const detail = await shop.call("GET", `/api/courses/courses/${course.slug}/`, { token });
  assert.equal(detail.body.is_enrolled, true);
  const enrollments = await shop.call("GET", "/api/courses/enrollments/", { token });
  assert.deepEqual(enrollments.body.results.map((row: { course: { id: string } }) => row.course.id), [
    course.id,
  ]);
  const payments = await shop.call("GET", "/api/payments/payments/", { token });
  assert.equal(payments.body.results[0].status, 2);
  assert.equal(payments.body.results[0].amount, "49.00");
  const lesson = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token });
  assert.equal(lesson.body.duration, "00:31:14");
  const player =
    `${shop.sandbox.origin}/vdocipher/player?otp=${lesson.body.otp}&playbackInfo=${lesson.body.playbackInfo}`;
  assert.match(await (await fetch(player)).text(), /Playing[\s\S]*ada@example.com/);
  const again = await fetch(player);
  assert.equal(again.status, 403, "a one-time password plays once");
  await again.body?.cancel();

  await shop.drainJobs();
  const { messages } = await (await fetch(`${shop.sandbox.origin}/mailbox/api/messages`)).json();
  assert.ok(
    messages.some(({ subject }: { subject: string }) => subject === "You now have access to Linear Algebra"),
  );
});

shopTest(
  "a declined card, or one without funds, grants nothing, and another card can then pay",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { token } = await signUp(shop);
    const { body } = await shop.call("POST", "/api/payments/payments/", {
      token,
      body: { course_id: course.id },
    });
    const declined = await pay(body.checkout_url, { number: "4000000000000002" });
    assert.match(declined.page, /Your card was declined\./);
    const poor = await pay(body.checkout_url, { number: "4000 0000 0000 9995" });
    assert.match(poor.page, /insufficient funds/);
    const wrong = await pay(body.checkout_url, { number: "4111" });
    assert.match(wrong.page, /card number is incorrect/);
    const before = await shop.call("GET", `/api/courses/courses/${course.slug}/`, { token });
    assert.equal(before.body.is_enrolled, false);
    assert.equal((await pay(body.checkout_url)).status, 303);
    const after = await shop.call("GET", `/api/courses/courses/${course.slug}/`, { token });
    assert.equal(after.body.is_enrolled, true);
    const closed = await pay(body.checkout_url);
    assert.match(closed.page, /This order is paid/);
  },
);

shopTest(
  "a delayed payment grants nothing until it has arrived, and a second purchase is refused meanwhile",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { token } = await signUp(shop);
    const buy = () => shop.call("POST", "/api/payments/payments/", { token, body: { course_id: course.id } });
    const enrolled = async () =>
      (await shop.call("GET", `/api/courses/courses/${course.slug}/`, { token })).body.is_enrolled;
    const { body } = await buy();
    assert.equal((await pay(body.checkout_url, { method: "debit" })).status, 303);
    assert.equal(await enrolled(), false);
    const second = await buy();
    assert.equal(second.status, 409);
    assert.equal(second.body.code, "payment_processing");
    await until(enrolled);
  },
  { debitDelayMs: 1500 },
);

shopTest("after a failed delayed payment the course can be bought again", async (shop) => {
  const course = await addCourse(shop.sql);
  const { token } = await signUp(shop);
  const buy = () => shop.call("POST", "/api/payments/payments/", { token, body: { course_id: course.id } });
  const first = await buy();
  await pay(first.body.checkout_url, { method: "debit_fails" });
  const failed = await until(async () => {
    const { body } = await shop.call("GET", "/api/payments/payments/", { token });
    return body.results[0].status === -1 && body.results[0];
  });
  assert.equal(failed.reason, 2);
  const second = await buy();
  assert.equal(second.status, 200);
  assert.notEqual(second.body.order_id, first.body.order_id);
});

shopTest("a free course is there at once, with a page that asks for no money", async (shop) => {
  const course = await addCourse(shop.sql, { priceCents: 0 });
  const { token } = await signUp(shop);
  const bought = await shop.call("POST", "/api/payments/payments/", {
    token,
    body: { course_id: course.id },
  });
  assert.equal(bought.status, 200);
  assert.equal(bought.body.status, 2);
  assert.match(bought.body.checkout_session_id, /^cs_test_/);
  const lesson = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token });
  assert.ok(lesson.body.otp);
  const payments = await shop.call("GET", "/api/payments/payments/", { token });
  assert.equal(payments.body.results[0].amount, "0.00");
});

shopTest("buying again returns the open page, and an owned course is refused", async (shop) => {
  const course = await addCourse(shop.sql);
  const { token } = await signUp(shop);
  const buy = () => shop.call("POST", "/api/payments/payments/", { token, body: { course_id: course.id } });
  const [first, second] = [await buy(), await buy()];
  assert.equal(second.body.checkout_session_id, first.body.checkout_session_id);
  await pay(first.body.checkout_url);
  const third = await buy();
  assert.equal(third.status, 409);
  assert.equal(third.body.code, "already_enrolled");
});

shopTest("several courses are bought with one order", async (shop) => {
  const [one, two] = [
    await addCourse(shop.sql),
    await addCourse(shop.sql, { title: "Mechanics", priceCents: 1 }),
  ];
  const { token } = await signUp(shop);
  const { body } = await shop.call("POST", "/api/payments/payments/", {
    token,
    body: { course_ids: [one.id, two.id] },
  });
  await pay(body.checkout_url);
  const { body: enrollments } = await shop.call("GET", "/api/courses/enrollments/", { token });
  assert.equal(enrollments.count, 2);
  const { body: payments } = await shop.call("GET", "/api/payments/payments/", { token });
  assert.equal(payments.results[0].amount, "49.01");
});

shopTest("a course that is not on sale cannot be bought", async (shop) => {
  const draft = await addCourse(shop.sql, { isPublished: false });
  const { token } = await signUp(shop);
  for (const course_id of [draft.id, crypto.randomUUID(), "not-a-uuid"]) {
    const { status } = await shop.call("POST", "/api/payments/payments/", { token, body: { course_id } });
    assert.equal(status, 404, course_id);
  }
  const nothing = await shop.call("POST", "/api/payments/payments/", { token, body: {} });
  assert.equal(nothing.status, 400);
  assert.ok(nothing.body.errors.course_id);
  const anonymous = await shop.call("POST", "/api/payments/payments/", { body: { course_id: draft.id } });
  assert.equal(anonymous.status, 401);
});

shopTest(
  "a tutor cannot buy their own course, and keeps one bought before it became theirs",
  async (shop) => {
    const own = await addCourse(shop.sql);
    const gift = await addCourse(shop.sql, { title: "Gift", priceCents: 0 });
    const other = await addCourse(shop.sql, { title: "Of another tutor" });
    const { id, token } = await person(shop, ROLE.tutor);
    const buy = (path: string, ...course_ids: string[]) =>
      shop.call("POST", `/api/payments/${path}/`, { token, body: { course_ids } });
    const before = await buy("payments", own.id);
    const teach = (course: string) =>
      shop.sql`insert into course_tutors (course_id, user_id) values (${course}, ${id})`;
    await teach(own.id);
    await teach(gift.id);
    for (const path of ["payments", "quote"]) {
      for (const ids of [[own.id], [gift.id], [other.id, own.id]]) {
        const refused = await buy(path, ...ids);
        assert.deepEqual([refused.status, refused.body.code], [409, "already_enrolled"], path);
        assert.match(refused.body.detail, /^You teach “(Linear Algebra|Gift)”/);
      }
    }
    assert.equal((await buy("payments", other.id)).status, 200);
    await pay(before.body.checkout_url);
    const payments = await shop.call("GET", "/api/payments/payments/", { token });
    assert.deepEqual(payments.body.results.map(({ status }: { status: number }) => status), [1, 2]);
  },
);

shopTest(
  "a payment provider that does not respond is a 503, and the order waits for the next attempt",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { token } = await signUp(shop);
    const bought = await shop.call("POST", "/api/payments/payments/", {
      token,
      body: { course_id: course.id },
    });
    assert.equal(bought.status, 503);
    assert.equal(bought.body.code, "vendor_unavailable");
    assert.ok(Number(bought.headers.get("retry-after")) > 0);
    const [order] = await shop.sql<{ state: string }[]>`select state from orders`;
    assert.equal(order!.state, "created");
  },
  { environment: { STRIPE_API_URL: "http://127.0.0.1:9" } },
);

shopTest(
  "a lesson has no ticket if the video service does not respond, and the log says why",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const lesson = await shop.call("GET", `/api/courses/lessons/${course.preview}/`);
    assert.equal(lesson.status, 200);
    assert.equal(lesson.body.otp, undefined);
    assert.ok(shop.logged.some((line) => line.includes("no video ticket")));
    assert.ok(!shop.logged.join().includes("wrong-secret"));
    const attempt = await until(async () =>
      (await shop.sql<{ outcome: string }[]>`select outcome from playback_log`)[0]
    );
    assert.equal(attempt.outcome, "vendor_unavailable");
  },
  { environment: { VIDEO_SERVICE_SECRET_KEY: "wrong-secret" } },
);
