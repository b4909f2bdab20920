import assert from "node:assert/strict";
import { addCourse, pay, shopTest, signUp, type TestShop, until } from "../support/shop.ts";
import { oneEngine } from "../support/test_database.ts";
import { courseTutor } from "../support/tutors.ts";

/** A student who has paid for two courses. */
async function setUp(shop: TestShop) {
  const algebra = await addCourse(shop.sql);
  const optics = await addCourse(shop.sql, { title: "Optics", priceCents: 1000 });
  const { id, token } = await signUp(shop);
  const { body } = await shop.call("POST", "/api/payments/payments/", {
    token,
    body: { course_ids: [algebra.id, optics.id] },
  });
  await pay(body.checkout_url);
  const path = `/api/payments/orders/${body.order_id}/self-refund/`;
  const ask = async () => (await shop.call("GET", path, { token })).body;
  const takeBack = (request: object = {}) => shop.call("POST", path, { token, body: request });
  const watch = (course: { lesson: string }, seconds: number) =>
    shop.sql`
      insert into lesson_progress (student_id, lesson_id, watched_seconds)
      select ${id}, id, ${seconds} from lessons where slug = ${course.lesson}
      on conflict (student_id, lesson_id) do update set watched_seconds = excluded.watched_seconds`;
  const watches = async (course: { lesson: string }) =>
    (await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token })).status === 200;
  return { algebra, optics, token, path, orderId: body.order_id as string, ask, takeBack, watch, watches };
}

shopTest("a student takes a purchase back within the shop's policy, and access ends", async (shop) => {
  const { algebra, optics, token, orderId, ask, takeBack, watch, watches } = await setUp(shop);
  await watch(algebra, 300); // of 3748 seconds
  const answer = await ask();
  assert.equal(answer.allowed, true, JSON.stringify(answer));
  assert.deepEqual(answer.policy, { days: 14, watched_percent: 20 });
  assert.deepEqual(
    answer.lines.map(({ title, amount, watched_percent }: Record<string, unknown>) => [
      title,
      amount,
      watched_percent,
    ]),
    [["Linear Algebra", "49.00", 9], ["Optics", "10.00", 0]],
  );
  const taken = await takeBack({ reason: "Not what I expected" });
  assert.equal(taken.status, 201);
  assert.equal(taken.body.amount, "59.00");
  assert.equal(taken.body.origin, "student");
  const twice = await takeBack();
  assert.equal(twice.status, 409);
  assert.equal(twice.body.code, "not_refundable");
  assert.match(twice.body.detail, /under way/);
  await shop.drainJobs();
  await until(async () => !(await watches(algebra)) && !(await watches(optics)));
  const { body: order } = await shop.call("GET", `/api/payments/orders/${orderId}/`, { token });
  assert.equal(order.state, "refunded");
  assert.equal(order.refunded, "59.00");
  const [entry] = await shop.sql<{ action: string; reason: string }[]>`select action, reason from audit_log`;
  assert.deepEqual({ ...entry }, { action: "order.refund", reason: "Not what I expected" });
  assert.match((await ask()).lines[0].why, /refunded already/);
}, { on: oneEngine });

shopTest("a course that was watched too far stays, the other one may go", async (shop) => {
  const { algebra, optics, ask, takeBack, watch, watches } = await setUp(shop);
  await watch(algebra, 1874);
  const answer = await ask();
  assert.equal(answer.allowed, false);
  assert.deepEqual(answer.lines.map(({ allowed }: { allowed: boolean }) => allowed), [false, true]);
  assert.match(answer.lines[0].why, /50 % of the course are watched; up to 20 % are allowed/);
  // A lesson that is removed takes nothing of that along, whether alone, with its part, or in a course that nobody bought.
  const tutor = await courseTutor(shop, algebra.id);
  const remove = (path: string) => shop.call("DELETE", `/api/courses/${path}/`, { token: tutor.token });
  assert.equal((await remove(`lessons/${algebra.lesson}`)).status, 204);
  assert.equal((await ask()).lines[0].watched_percent, 50);
  await watch({ lesson: algebra.preview }, 1874);
  assert.equal((await ask()).lines[0].watched_percent, 100);
  assert.equal((await remove(`course-parts/${algebra.slug}-part`)).status, 204);
  assert.equal((await ask()).lines[0].watched_percent, 100);
  const kept = await shop.sql`select course_id, watched_seconds as seconds from removed_lesson_progress`;
  assert.deepEqual(kept.map(({ course_id, seconds }) => [course_id, seconds]), [
    [algebra.id, 1874],
    [algebra.id, 1874],
  ]);
  const all = await takeBack();
  assert.equal(all.status, 409);
  assert.match(all.body.detail, /Linear Algebra: 100 %/);
  assert.equal((await takeBack({ line_ids: [answer.lines[0].line_id] })).status, 409);
  const part = await takeBack({ line_ids: [answer.lines[1].line_id] });
  assert.equal(part.status, 201);
  assert.equal(part.body.amount, "10.00");
  await shop.drainJobs();
  await until(async () => !(await watches(optics)));
  const draft = await addCourse(shop.sql, { title: "Never sold" });
  await shop.sql`insert into course_tutors (course_id, user_id) values (${draft.id}, ${tutor.id})`;
  await watch(draft, 60);
  assert.equal((await remove(`courses/${draft.slug}`)).status, 204);
  assert.equal((await shop.sql`select from courses where id = ${draft.id}`).length, 0);
}, { on: oneEngine });

shopTest("what the policy or the order does not allow is refused", async (shop) => {
  const { token, path, orderId, takeBack } = await setUp(shop);
  const bob = await signUp(shop, "bob@example.com");
  assert.equal((await shop.call("GET", path, { token: bob.token })).status, 404);
  assert.equal((await shop.call("POST", path, { token: bob.token, body: {} })).status, 404);
  assert.equal((await shop.call("GET", path.replace(orderId, "x"), { token })).status, 404);
  const foreign = await takeBack({ line_ids: [crypto.randomUUID()] });
  assert.equal(foreign.status, 400);
  assert.ok(foreign.body.errors.line_ids);
  assert.equal((await takeBack({ line_ids: ["x"] })).status, 400);
  await shop.sql`update orders set paid_at = paid_at - interval '1 day'`;
  const late = await takeBack();
  assert.equal(late.status, 409);
  assert.match(late.body.detail, /more than a day old/);
}, { on: oneEngine, environment: { REFUND_DAYS: "1", REFUND_WATCHED_PERCENT: "0" } });
