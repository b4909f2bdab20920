import assert from "node:assert/strict";
import { addCourse, pay, shopTest, signUp, type TestShop, until } from "../../support/shop.ts";
import { signUpAs } from "../../support/tutors.ts";

/** A student pays with a card whose charge the bank disputes, and watches a lesson. */
async function setUp(shop: TestShop) {
  const course = await addCourse(shop.sql);
  const { id, token } = await signUp(shop);
  const admin = await signUpAs(shop, "admin");
  const { body } = await shop.call("POST", "/api/payments/payments/", {
    token,
    body: { course_id: course.id },
  });
  await pay(body.checkout_url, { number: "4000000000000259" });
  const dispute = await until(async () => {
    const answer = await shop.call("GET", "/api/payments/disputes/", { token: admin.token });
    return answer.body.results[0];
  });
  await shop.sql`
    insert into playback_log (lesson_id, course_id, viewer_id, address, user_agent, outcome)
    select id, ${course.id}, ${id}, '203.0.113.4', 'Firefox', 'ticket_issued' from lessons where slug = ${course.lesson}`;
  await shop.sql`
    insert into lesson_progress (student_id, lesson_id, watched_seconds, completed_at)
    select ${id}, id, 1860, now() from lessons where slug = ${course.lesson}`;
  const path = `/api/payments/disputes/${dispute.id}/evidence/`;
  const submit = (request: object = {}) => shop.call("POST", path, { token: admin.token, body: request });
  return { course, token, admin, orderId: body.order_id as string, dispute, path, submit };
}

shopTest("an administrator previews the evidence for a dispute, and submits it once", async (shop) => {
  const { admin, orderId, dispute, path, submit } = await setUp(shop);
  assert.equal(dispute.order_id, orderId);
  assert.equal(dispute.amount, "49.00");
  assert.equal(dispute.status, "needs_response");
  assert.equal(dispute.student_email, "ada@example.com");
  await shop.drainJobs();
  const { body: preview } = await shop.call("GET", path, { token: admin.token });
  assert.match(preview.evidence.access_activity_log, /Linear Algebra: Vectors \| 203\.0\.113\.4 \| Firefox/);
  assert.match(preview.evidence.uncategorized_text, /31 minutes watched, 1 lessons completed/);
  assert.match(preview.evidence.product_description, /Linear Algebra, 49\.00 USD/);
  assert.equal(preview.evidence.customer_name, "Ada Lovelace");
  assert.match(
    preview.evidence.uncategorized_text,
    /\d\d:\d\d:\d\d \| order confirmation \| You now have access to Linear Algebra \| ada@example\.com \| accepted for delivery/,
  );
  assert.doesNotMatch(preview.evidence.uncategorized_text, /welcome/, "no mails about anything else");

  const submitted = await submit({ evidence: { customer_name: "Augusta Ada King" } });
  assert.equal(submitted.status, 200);
  assert.equal(submitted.body.evidence.customer_name, "Augusta Ada King");
  const atStripe = await (await fetch(
    `${shop.sandbox.environment.STRIPE_API_URL}/v1/disputes/${dispute.id}`,
    { headers: { authorization: `Bearer ${shop.sandbox.environment.STRIPE_SECRET_KEY}` } },
  )).json();
  assert.equal(atStripe.status, "under_review");
  assert.deepEqual(atStripe.evidence, submitted.body.evidence);
  await until(async () => {
    const { body } = await shop.call("GET", "/api/payments/disputes/?status=under_review", {
      token: admin.token,
    });
    return body.count === 1;
  });
  const again = await submit();
  assert.equal(again.status, 409);
  assert.match(again.body.detail, /under_review: it no longer accepts evidence/);
  const audit = await shop.sql<{ action: string; changed: string[] }[]>`
    select action, after->'changed' as changed from audit_log`;
  assert.deepEqual(audit.map((row) => ({ ...row })), [
    { action: "dispute.submit_evidence", changed: ["customer_name"] },
  ]);
});

shopTest("evidence that convinces the bank restores access", async (shop) => {
  const { course, token, submit } = await setUp(shop);
  const watches = async () =>
    (await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token })).status === 200;
  assert.equal(await watches(), false, "suspended while it is disputed");
  await submit({ evidence: { uncategorized_text: "winning_evidence" } });
  await until(watches);
});

shopTest(
  "disputes are for administrators; unknown ones, and those without an order, have no evidence",
  async (shop) => {
    const { token, admin, path, dispute } = await setUp(shop);
    for (
      const [method, at, body] of [["GET", path], ["POST", path, {}], [
        "GET",
        "/api/payments/disputes/",
      ]] as const
    ) {
      assert.equal((await shop.call(method, at, { token, body })).status, 403);
    }
    const unknown = path.replace(dispute.id, "du_unknown");
    assert.equal((await shop.call("GET", unknown, { token: admin.token })).status, 404);
    await shop.sql`update disputes set order_id = null`;
    assert.equal((await shop.call("GET", path, { token: admin.token })).status, 404);
    const long = await shop.call("POST", path, {
      token: admin.token,
      body: { evidence: { customer_name: "x".repeat(501) } },
    });
    assert.equal(long.status, 400);
  },
);
