import assert from "node:assert/strict";
import { addCourse, pay, shopTest, signUp, type TestShop, until } from "../../support/shop.ts";
import { courseTutor } from "../../support/tutors.ts";

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

shopTest("a student refunds a purchase within the shop's policy, and access ends", async (shop) => {
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
  assert.match(twice.body.detail, /in progress/);
  await shop.drainJobs();
  await until(async () => !(await watches(algebra)) && !(await watches(optics)));
  const { body: order } = await shop.call("GET", `/api/payments/orders/${orderId}/`, { token });
  assert.equal(order.state, "refunded");
  assert.equal(order.refunded, "59.00");
  const [entry] = await shop.sql<{ action: string; reason: string }[]>`select action, reason from audit_log`;
  assert.deepEqual({ ...entry }, { action: "order.refund", reason: "Not what I expected" });
  assert.match((await ask()).lines[0].why, /refunded already/);
});

shopTest("a course that was watched too far cannot be refunded, but the other one can", async (shop) => {
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
});

shopTest("opened lessons count as watched, whatever the player reports", async (shop) => {
  const { algebra, optics, token, orderId, ask, takeBack } = await setUp(shop);
  const open = (lesson: string) => shop.call("GET", `/api/courses/lessons/${lesson}/`, { token });
  const percents = async () =>
    (await ask()).lines.map((line: { watched_percent: number }) => line.watched_percent);
  // A preview that was tried before is no part of the purchase.
  await open(algebra.preview);
  await shop.sql`update playback_log set occurred_at = occurred_at - interval '1 hour'`;
  assert.deepEqual(await percents(), [0, 0]);
  // One of twenty lessons.
  await shop.sql`
    insert into lessons (part_id, slug, title, position, duration_seconds)
    select p.id, 'lesson-' || n, 'Lesson', n, 600 from course_parts p, generate_series(2, 19) n
    where p.course_id = ${algebra.id}`;
  assert.ok((await open(algebra.lesson)).body.otp);
  assert.deepEqual(await percents(), [5, 0]);
  // A file of another one.
  const [attachment] = await shop.sql<{ id: string; lesson: string }[]>`
    insert into lesson_attachments (lesson_id, key, name, content_type, size, uploaded_by)
    select id, 'attachments/x', 'x.pdf', 'application/pdf', 1, 'tutor' from lessons where slug = 'lesson-2'
    returning id, lesson_id as lesson`;
  await shop.sql`
    insert into attachment_links (attachment_id, lesson_id, course_id, name, viewer_id, address, user_agent)
    select ${attachment!.id}, ${attachment!.lesson}, ${algebra.id}, 'x.pdf', student_id, '', '' from orders`;
  assert.deepEqual(await percents(), [10, 0]);
  // All of a course.
  for (const lesson of [optics.preview, optics.lesson]) assert.ok((await open(lesson)).body.otp);
  assert.deepEqual(await percents(), [10, 100]);
  const refused = await takeBack();
  assert.deepEqual([refused.status, refused.body.code], [409, "not_refundable"]);
  assert.match(refused.body.detail, /Optics: 100 % of the course are watched/);
  // What a tutor does to the course afterwards takes nothing away.
  await shop.sql`delete from lessons where slug like 'lesson-%' and slug <> 'lesson-2'`;
  await shop.sql`update lessons set duration_seconds = 1`;
  await shop
    .sql`update order_lines set sold_lessons = 20, sold_seconds = 12000 where course_id = ${algebra.id}`;
  assert.deepEqual(await percents(), [10, 100]);
  const [sold] = await shop.sql`
    select sold_lessons, sold_seconds from order_lines where order_id = ${orderId} and course_id = ${optics.id}`;
  assert.deepEqual({ ...sold }, { sold_lessons: 2, sold_seconds: 3748 });
});

shopTest("a lesson is as long as its video, and expired access cannot be refunded", async (shop) => {
  const { algebra, ask, watch } = await setUp(shop);
  await shop.sql`
    insert into videos (id, origin, status, length_seconds) values ('sample-video', 'upload', 'ready', 1200)
    on conflict (id) do update set status = 'ready', length_seconds = 1200`;
  await shop.sql`update order_lines set sold_seconds = 2400`;
  await watch(algebra, 300);
  await shop.sql`update lessons set duration_seconds = 1`;
  const line = async () => (await ask()).lines[0];
  assert.deepEqual([(await line()).watched_percent, (await line()).allowed], [13, true]);
  await shop.sql`update order_lines set access_days = 1`;
  await shop.sql`
    update grants set starts_at = now() - interval '2 days', ends_at = now() - interval '1 day' where order_line_id is not null`;
  assert.match((await line()).why, /used up: it ended on/);
  await shop
    .sql`update grants set starts_at = now() - interval '1 hour', ends_at = now() - interval '1 minute'`;
  assert.equal((await line()).allowed, true, "somebody ended it before its time");
});

shopTest("refunds that the policy or the order does not allow are refused", async (shop) => {
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
}, { environment: { REFUND_DAYS: "1", REFUND_WATCHED_PERCENT: "0" } });
