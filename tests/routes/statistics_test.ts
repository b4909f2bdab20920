import assert from "node:assert/strict";
import { addCourse, shopTest, signUp, type TestShop } from "../support/shop.ts";
import { courseTutor, signUpAs } from "../support/tutors.ts";

type Sale = {
  price?: number;
  discount?: number;
  refunded?: number;
  currency?: string;
  state?: string;
  ago?: string;
};

/** Writes a settled order of one course into the books, with access for the student. */
async function sell({ sql }: TestShop, courseId: string, studentId: string, sale: Sale = {}): Promise<void> {
  const { price = 1000, discount = 0, refunded = 0, currency = "usd", state = "paid", ago = "0 days" } = sale;
  await sql`
    with bought as (
      insert into orders (student_id, student_email, state, subtotal_amount, currency, session_expires_at, created_at)
      values (${studentId}, 'a@example.com', ${state}, ${price}, ${currency}, now(), now() - ${ago}::interval)
      returning id, state, student_id
    ), line as (
      insert into order_lines (order_id, order_state, student_id, course_id, course_slug, title, amount,
        discount_amount, refunded_amount, position)
      select id, state, student_id, ${courseId}, 'c', 'C', ${price}, ${discount}, ${refunded}, 0 from bought
      returning id
    ), granted as (
      insert into grants (student_id, course_id, source, order_line_id)
      select ${studentId}, ${courseId}, 'order_line', id from line where ${state} in ('paid', 'partially_refunded')
    )
    insert into enrollments (student_id, course_id, enrolled_at)
    select ${studentId}, ${courseId}, now() - ${ago}::interval where ${state} not in ('open', 'failed', 'expired')
    on conflict do nothing`;
}

type Student = { id: string; token: string };

/** Registers people by their names. */
async function students<Name extends string>(
  shop: TestShop,
  ...names: Name[]
): Promise<Record<Name, Student>> {
  const registered = names.map(async (name) => [name, await signUp(shop, `${name}@example.com`)]);
  return Object.fromEntries(await Promise.all(registered));
}

shopTest(
  "statistics MUST: quick statistics of a new tutor are numbers and arrays, never null or absent",
  async (shop) => {
    const { token } = await signUpAs(shop, "tutor");
    const { status, body } = await shop.call("GET", "/api/auth/tutors/me/quick_statistics/", { token });
    assert.equal(status, 200);
    const numbers = [
      "total_earnings",
      "active_students",
      "published_courses",
      "draft_courses",
      "average_rating",
      "total_reviews",
      "recent_enrollments",
    ];
    for (const key of numbers) assert.equal(body[key], 0, key);
    assert.deepEqual(body.course_performance, []);
    assert.equal(body.monthly_earnings.length, 12);
  },
);

shopTest(
  "statistics MUST: earnings are net of discounts and refunds, a course counted once, students and months true",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const draft = await addCourse(shop.sql, { title: "Draft", isPublished: false });
    const tutor = await courseTutor(shop, course.id);
    await shop.sql`insert into course_tutors (course_id, user_id) values (${draft.id}, ${tutor.id})`;
    const { ada, bob, cem, dan, eve } = await students(shop, "ada", "bob", "cem", "dan", "eve");
    await sell(shop, course.id, ada.id, { price: 4999 });
    await sell(shop, course.id, bob.id, { price: 4999, discount: 999, ago: "40 days" });
    await sell(shop, course.id, cem.id, { price: 4999, refunded: 1999, state: "partially_refunded" });
    await sell(shop, course.id, dan.id, { price: 4999, refunded: 4999, state: "refunded" });
    await sell(shop, course.id, dan.id, { price: 4999, state: "expired" });
    await sell(shop, course.id, ada.id, { price: 4999, state: "open" });
    await sell(shop, draft.id, ada.id, { price: 700, currency: "eur" });
    // What the buyer's bank took back was not earned.
    await sell(shop, course.id, eve.id, { price: 4999 });
    await shop.sql`update grants set payment_hold = 'dispute_lost' where student_id = ${eve.id}`;
    await shop.sql`insert into reviews (course_id, student_id, rating) values
      (${course.id}, ${ada.id}, 5), (${course.id}, ${bob.id}, 4)`;
    const { body } = await shop.call("GET", "/api/auth/tutors/me/quick_statistics/", { token: tutor.token });
    assert.deepEqual(
      [body.total_earnings, body.currency, body.other_earnings],
      [119.99, "usd", [{ currency: "eur", earnings: 7 }]],
    );
    assert.deepEqual([body.published_courses, body.draft_courses], [1, 1]);
    assert.equal(body.active_students, 3, "who lost access is not active, and nobody counts twice");
    assert.deepEqual([body.average_rating, body.total_reviews], [4.5, 2]);
    assert.equal(body.recent_enrollments, 5);
    const [performance] = body.course_performance;
    assert.deepEqual(
      [performance.id, performance.students, performance.rating, performance.earnings],
      [course.id, 5, 4.5, 119.99],
    );
    const months: { earnings: number; students: number }[] = body.monthly_earnings;
    assert.equal(months.at(-1)!.earnings, 79.99);
    assert.equal(Math.round(months.reduce((sum, { earnings }) => sum + earnings, 0) * 100), 11999);
    assert.equal(months.reduce((sum, { students }) => sum + students, 0), 6);
  },
);

shopTest(
  "statistics MUST: a sale is earned in the month in which it was paid, by those who had a share then",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const { ada } = await students(shop, "ada");
    await sell(shop, course.id, ada.id, { price: 4999, ago: "40 days" });
    const months = async () => {
      const { body } = await shop.call("GET", "/api/auth/tutors/me/quick_statistics/", {
        token: tutor.token,
      });
      return body.monthly_earnings.map(({ earnings }: { earnings: number }) => earnings) as number[];
    };
    assert.equal((await months()).at(-1), 0);
    await shop.sql`update orders set paid_at = now()`;
    assert.equal((await months()).at(-1), 49.99);
    await shop.sql`
      insert into earning_shares (course_id, user_id, percent, offset_percent, valid_from, valid_until)
      values (${course.id}, ${tutor.id}, 50, 0, '-infinity', now() - interval '1 day'),
        (${course.id}, ${tutor.id}, 10, 0, now() - interval '1 day', null),
        (${course.id}, ${ada.id}, 90, 10, now() - interval '1 day', null)`;
    assert.equal((await months()).at(-1), 4.99);
    // Tax is nobody's earnings, and goes back in proportion.
    await shop.sql`update order_lines set paid_amount = 5949, refunded_amount = 5949 - 1190`;
    assert.equal((await months()).at(-1), 0.99);
  },
);

shopTest(
  "statistics MUST: one's courses have every figure as a number; BETTER: is_published, and rating null without reviews",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const { ada } = await students(shop, "ada");
    const own = async (query = "") =>
      (await shop.call("GET", `/api/auth/tutors/me/courses/${query}`, { token: tutor.token })).body;
    const { results: [fresh] } = await own();
    assert.deepEqual(
      [
        fresh.is_published,
        fresh.students_count,
        fresh.lessons_count,
        fresh.reviews_count,
        fresh.rating,
        fresh.earnings,
      ],
      [true, 0, 2, 0, null, 0],
    );
    assert.equal(typeof fresh.thumbnail, "string");
    assert.equal(fresh.price, "49.00");
    await sell(shop, course.id, ada.id, { price: 4900 });
    await shop.sql`insert into reviews (course_id, student_id, rating) values (${course.id}, ${ada.id}, 3)`;
    const { results: [sold], count } = await own();
    assert.deepEqual([count, sold.students_count, sold.reviews_count, sold.rating, sold.earnings], [
      1,
      1,
      1,
      3,
      49,
    ]);
    assert.equal((await own("?page=2")).count, 1);
    await shop.call("DELETE", `/api/courses/courses/${course.slug}/`, { token: tutor.token });
    assert.equal((await own()).count, 0, "archived");
  },
);

shopTest(
  "statistics of a course: who started and completed which lesson, what was watched, reviews by stars",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const tutor = await courseTutor(shop, course.id);
    const { ada, bob, eve } = await students(shop, "ada", "bob", "eve");
    await sell(shop, course.id, ada.id);
    await sell(shop, course.id, bob.id);
    const report = (student: { token: string }, lesson: string, body: unknown) =>
      shop.call("PATCH", `/api/courses/lessons/${lesson}/progress/`, { token: student.token, body });
    await report(ada, course.preview, { watched_seconds: 100, completed: true });
    await report(ada, course.lesson, { watched_seconds: 50, completed: true });
    await report(bob, course.preview, { watched_seconds: 20 });
    await report(eve, course.preview, { watched_seconds: 999 }); // not enrolled
    await shop.sql`insert into reviews (course_id, student_id, rating) values (${course.id}, ${ada.id}, 5)`;
    const { body } = await shop.call("GET", `/api/courses/courses/${course.slug}/statistics/`, {
      token: tutor.token,
    });
    assert.deepEqual(
      [
        body.students,
        body.active_students,
        body.started_students,
        body.completed_students,
        body.completion_percent,
      ],
      [2, 2, 2, 1, 50],
    );
    assert.equal(body.watched_seconds, 170);
    assert.equal(body.earnings, 20);
    assert.deepEqual(body.stars, [0, 0, 0, 0, 1]);
    assert.equal(body.rating, 5);
    assert.deepEqual(
      body.lessons.map((lesson: Record<string, unknown>) => [
        lesson.slug,
        lesson.started,
        lesson.completed,
        lesson.started_percent,
        lesson.completed_percent,
        lesson.average_watched_seconds,
      ]),
      [[course.preview, 2, 1, 100, 50, 60], [course.lesson, 1, 1, 50, 50, 50]],
    );
    // Patches that overtake each other can leave two parts at one place.
    await shop.sql`
      with part as (
        insert into course_parts (course_id, slug, title, position) values (${course.id}, 'b', 'B', 0) returning id
      ) insert into lessons (part_id, slug, title, position) select id, 'b' || n, 'B', n from part, generate_series(0, 1) n`;
    const slugs = (lessons: { slug: string }[]) => lessons.map(({ slug }) => slug);
    const shown = await shop.call("GET", `/api/courses/courses/${course.slug}/`);
    const counted = await shop.call("GET", `/api/courses/courses/${course.slug}/statistics/`, {
      token: tutor.token,
    });
    assert.deepEqual(
      slugs(counted.body.lessons),
      shown.body.parts.flatMap(({ lessons }: { lessons: { slug: string }[] }) => slugs(lessons)),
    );
  },
);
