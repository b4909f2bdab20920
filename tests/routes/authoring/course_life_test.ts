import assert from "node:assert/strict";
import { addCourse, pay, shopTest, signUp, type TestShop } from "../../support/shop.ts";
import { addVideos, courseTutor, signUpAs } from "../../support/tutors.ts";

/** A course with two parts of two lessons each, and its tutor's way to call. */
async function twoParts(shop: TestShop) {
  const { token, id } = await signUpAs(shop, "tutor");
  await addVideos(shop, id, ["video-Statics-1", "video-Statics-2", "video-Dynamics-1", "video-Dynamics-2"]);
  const as = (method: string, path: string, body?: unknown) => shop.call(method, path, { token, body });
  const { body: course } = await as("POST", "/api/courses/courses/", { title: "Mechanics" });
  const parts: { id: string; lessons: string[] }[] = [];
  for (const title of ["Statics", "Dynamics"]) {
    const { body: part } = await as("POST", "/api/courses/course-parts/", { course: course.slug, title });
    const lessons: string[] = [];
    for (const number of [1, 2]) {
      const { body } = await as("POST", "/api/courses/lessons/", {
        part: part.slug,
        title: `${title} ${number}`,
        video_service_id: `video-${title}-${number}`,
      });
      lessons.push(body.id);
    }
    parts.push({ id: part.id, lessons });
  }
  const outline = async () => {
    const { body } = await as("GET", `/api/courses/courses/${course.slug}/`);
    return body.parts.map((part: { id: string; lessons: { id: string }[] }) => ({
      id: part.id,
      lessons: part.lessons.map(({ id }) => id),
    }));
  };
  const reorder = (parts: unknown) => as("POST", `/api/courses/courses/${course.slug}/reorder/`, { parts });
  return { as, course, statics: parts[0]!, dynamics: parts[1]!, outline, reorder };
}

shopTest(
  "items added without an order go last; reordering moves parts and lessons in one step",
  async (shop) => {
    const { statics, dynamics, outline, reorder } = await twoParts(shop);
    assert.deepEqual(await outline(), [statics, dynamics]);
    const [first, second] = statics.lessons as [string, string];
    const wanted = [{ id: dynamics.id, lessons: [second, ...dynamics.lessons] }, {
      id: statics.id,
      lessons: [first],
    }];
    assert.equal((await reorder(wanted)).status, 200);
    assert.deepEqual(await outline(), wanted);
  },
);

shopTest(
  "an order with missing, repeated or unknown parts or lessons is refused, naming them",
  async (shop) => {
    const { statics, dynamics, outline, reorder } = await twoParts(shop);
    const [first, second] = statics.lessons as [string, string];
    const stranger = crypto.randomUUID();
    for (
      const [wanted, message] of [
        [[dynamics], /part .* is missing/],
        [[dynamics, { id: statics.id, lessons: [second] }], /lesson .* is missing/],
        [[dynamics, { id: statics.id, lessons: [first, second, second] }], /more than once/],
        [[dynamics, { id: statics.id, lessons: [first, second, stranger] }], /no lesson/],
        [[dynamics, statics, { id: stranger, lessons: [] }], /no part/],
      ] as const
    ) {
      const { status, body } = await reorder(wanted);
      assert.equal(status, 400);
      assert.match(body.errors.parts.join(), message);
    }
    assert.deepEqual(await outline(), [statics, dynamics]);
  },
);

shopTest(
  "concurrent reorders, additions and moves leave every lesson in exactly one place",
  async (shop) => {
    const { as, course, statics, dynamics, outline, reorder } = await twoParts(shop);
    const [first, second] = statics.lessons as [string, string];
    const orders = [
      [dynamics, statics],
      [{ id: statics.id, lessons: [] }, { id: dynamics.id, lessons: [first, second, ...dynamics.lessons] }],
      [{ id: statics.id, lessons: [second, first] }, dynamics],
    ];
    const answers = await Promise.all([
      ...orders.map((order) => reorder(order)),
      as("POST", "/api/courses/lessons/", { part: statics.id, title: "Statics 3" }),
      as("PATCH", `/api/courses/lessons/${first}/`, { part: dynamics.id }),
      ...orders.map((order) => reorder(order)),
    ]);
    for (const { status } of answers) assert.ok([200, 201, 400].includes(status), String(status));
    const now = await outline();
    const lessons = now.flatMap((part: { lessons: string[] }) => part.lessons);
    assert.equal(now.length, 2);
    assert.equal(new Set(lessons).size, 5);
    assert.equal(lessons.length, 5);
    assert.ok(course.id);
    const [moved, removed] = await Promise.all([
      as("PATCH", `/api/courses/lessons/${lessons[0]}/`, { part: now[1].id }),
      as("DELETE", `/api/courses/course-parts/${now[1].id}/`),
    ]);
    assert.ok([200, 400, 404].includes(moved.status), `${moved.status} for a part that goes meanwhile`);
    assert.equal(removed.status, 204);
  },
  { on: ["postgres"] },
);

shopTest("a lesson can be moved to another part of its course, but not of another course", async (shop) => {
  const { as, statics, dynamics, outline } = await twoParts(shop);
  const [first, second] = statics.lessons as [string, string];
  const moved = await as("PATCH", `/api/courses/lessons/${first}/`, { part: dynamics.id });
  assert.equal(moved.body.part, dynamics.id);
  assert.deepEqual(await outline(), [
    { id: statics.id, lessons: [second] },
    { id: dynamics.id, lessons: [...dynamics.lessons, first] },
  ]);
  const other = await as("POST", "/api/courses/courses/", { title: "Optics" });
  const part = await as("POST", "/api/courses/course-parts/", { course: other.body.id, title: "Lenses" });
  const { status, body } = await as("PATCH", `/api/courses/lessons/${first}/`, { part: part.body.id });
  assert.equal(status, 400);
  assert.deepEqual(Object.keys(body.errors), ["part"]);
});

shopTest(
  "many concurrent creations of courses and lessons with one title all succeed, each with its own slug",
  async (shop) => {
    const { as, statics } = await twoParts(shop);
    const courses = await Promise.all(
      Array.from({ length: 12 }, () => as("POST", "/api/courses/courses/", { title: "Optics" })),
    );
    assert.deepEqual(courses.map(({ status }) => status), Array(12).fill(201));
    assert.equal(new Set(courses.map(({ body }) => body.slug)).size, 12);
    const lessons = await Promise.all(
      courses.map(({ body }) =>
        as("POST", "/api/courses/course-parts/", { course: body.id, title: "Lenses" })
      ),
    );
    assert.equal(new Set(lessons.map(({ body }) => body.slug)).size, 12);
    const twice = await as("POST", "/api/courses/lessons/", { part: statics.id, title: "Statics 1" });
    assert.match(twice.body.slug, /^statics-1-[0-9a-f]{6}$/);
  },
  { on: ["postgres"] },
);

shopTest("a duplicate is a draft with the same content and its own slugs", async (shop) => {
  const { as, course } = await twoParts(shop);
  const { status, body } = await as("POST", `/api/courses/courses/${course.slug}/duplicate/`);
  assert.equal(status, 201);
  assert.equal(body.title, "Mechanics (copy)");
  assert.equal(body.slug, "mechanics-copy");
  assert.equal(body.is_published, false);
  const { body: original } = await as("GET", `/api/courses/courses/${course.slug}/`);
  type Shown = { parts: { title: string; lessons: { title: string; video_service_id: string }[] }[] };
  const content = ({ parts }: Shown) =>
    parts.map((part) => [part.title, part.lessons.map((lesson) => [lesson.title, lesson.video_service_id])]);
  assert.deepEqual(content(body), content(original));
  assert.deepEqual(body.tutors, original.tutors);
  const copy = await as("POST", `/api/courses/courses/${course.slug}/duplicate/`);
  assert.equal(copy.body.slug, "mechanics-copy-2");
});

shopTest(
  "the checklist names what is missing and where; a course without a title cannot be published",
  async (shop) => {
    const { as, course, statics } = await twoParts(shop);
    await as("POST", "/api/courses/lessons/", { part: statics.id, title: "Unfilmed" });
    const checklist = async () => (await as("GET", `/api/courses/courses/${course.slug}/checklist/`)).body;
    const { can_be_published, is_complete, items } = await checklist();
    assert.equal(can_be_published, true);
    assert.equal(is_complete, false);
    const missing = items.filter((item: { is_done: boolean }) => !item.is_done);
    assert.deepEqual(missing.map((item: { key: string }) => item.key), [
      "description",
      "category",
      "thumbnail",
      "videos",
    ]);
    assert.deepEqual(missing[3].lessons, ["unfilmed"]);
    const unseen = await as("PATCH", `/api/courses/courses/${course.slug}/`, { title: " \u200b" });
    assert.deepEqual(unseen.body.errors, { title: ["This field may not be blank."] });
    await shop.sql`update courses set title = '' where id = ${course.id}`;
    assert.equal((await checklist()).can_be_published, false);
    const { status, body } = await as("PATCH", `/api/courses/courses/${course.slug}/`, {
      is_published: true,
    });
    assert.equal(status, 400);
    assert.deepEqual(body.errors, { is_published: ["Give the course a title."] });
  },
);

shopTest("a price that cannot be charged is allowed in a draft, but not on sale", async (shop) => {
  const { as, course } = await twoParts(shop);
  const path = `/api/courses/courses/${course.slug}/`;
  const tooLittle = "The minimum charge is 0.50 USD. Raise the price, or make the course free.";
  const tooFewYen = "The minimum charge is 50 JPY. Raise the price, or make the course free.";
  const change = async (body: unknown) => {
    const answer = await as("PATCH", path, body);
    return answer.status === 200 ? 200 : answer.body.errors;
  };
  const offer = async (dollars: string, yen: string) => {
    const prices = [{ price: dollars, currency: "usd" }, { price: yen, currency: "jpy" }];
    const answer = await as("PUT", `${path}offer/`, { prices, access_days: null });
    return answer.status === 200 ? 200 : answer.body.errors;
  };
  const publish = { is_published: true };
  assert.equal(await change({ price: "0.4" }), 200);
  const { body: checklist } = await as("GET", `${path}checklist/`);
  const item = checklist.items.find(({ key }: { key: string }) => key === "price");
  assert.deepEqual([checklist.can_be_published, item.is_done, item.advice], [false, false, tooLittle]);
  assert.deepEqual(await change(publish), { is_published: [tooLittle] });
  assert.deepEqual(await change({ price: 0.49, ...publish }), { is_published: [tooLittle] });
  assert.deepEqual(await offer("0", "49"), {
    "prices.0.price": ["A course costs nothing in every currency, or in none."],
  });
  assert.equal(await offer("0.50", "49"), 200);
  assert.deepEqual(await change(publish), { is_published: [tooFewYen] });
  assert.equal(await offer("0.50", "50"), 200);
  assert.equal(await change(publish), 200);

  assert.deepEqual(await change({ price: "0.49" }), { price: [tooLittle] });
  assert.deepEqual(await change({ price: "0.01", ...publish }), { price: [tooLittle] });
  assert.deepEqual(await offer("0.3", "49"), {
    "prices.0.price": [tooLittle],
    "prices.1.price": [tooFewYen],
  });
  assert.equal(await change({ price: 0 }), 200, "free is not too little");
  assert.equal(await change({ price: "0.1", is_published: false }), 200, "it is taken off sale");
  await shop.sql`update courses set is_published = true where id = ${course.id}`;
  assert.equal(await change({ title: "Cheap", price: "0.10", ...publish }), 200, "it had that price before");
});

shopTest("a preview is what students see, without video ids, also of drafts", async (shop) => {
  const { as, course } = await twoParts(shop);
  const own = await as("GET", `/api/courses/courses/${course.slug}/`);
  const preview = await as("GET", `/api/courses/courses/${course.slug}/preview/`);
  assert.equal(own.body.parts[0].lessons[0].video_service_id, "video-Statics-1");
  assert.equal(preview.body.parts[0].lessons[0].video_service_id, undefined);
  assert.equal(preview.body.title, "Mechanics");
});

shopTest(
  "a course without buyers is deleted; one with buyers is archived and stays theirs",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { token } = await courseTutor(shop, course.id);
    const student = await signUp(shop);
    const bought = await shop.call("POST", "/api/payments/payments/", {
      token: student.token,
      body: { course_id: course.id },
    });
    await pay(bought.body.checkout_url);
    const path = `/api/courses/courses/${course.slug}/`;
    assert.equal((await shop.call("DELETE", path, { token })).status, 204);
    assert.equal((await shop.call("GET", path)).status, 404);
    assert.equal((await shop.call("GET", "/api/courses/courses/")).body.count, 0);
    const kept = await shop.call("GET", path, { token: student.token });
    assert.equal(kept.status, 200);
    const lesson = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token: student.token });
    assert.ok(lesson.body.otp);
    const again = await shop.call("PATCH", path, { token, body: { is_published: true } });
    assert.equal(again.status, 409);
    assert.equal(again.body.code, "course_archived");

    const draft = await shop.call("POST", "/api/courses/courses/", { token, body: { title: "Never sold" } });
    assert.equal(
      (await shop.call("DELETE", `/api/courses/courses/${draft.body.id}/`, { token })).status,
      204,
    );
    assert.equal((await shop.sql`select id from courses where id = ${draft.body.id}`).length, 0);
  },
);

shopTest(
  "when a lesson is deleted, students who completed the others have completed the course",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { token } = await courseTutor(shop, course.id);
    const student = await signUp(shop);
    await shop
      .sql`insert into grants (student_id, course_id, source) values (${student.id}, ${course.id}, 'import')`;
    const as = (method: string, path: string, body?: unknown) =>
      shop.call(method, `/api/courses/${path}`, { token: student.token, body });
    await as("PATCH", `lessons/${course.preview}/progress/`, { completed: true });
    await as("PATCH", `lessons/${course.lesson}/progress/`, { position_seconds: 5 });
    assert.equal((await as("GET", `courses/${course.slug}/progress/`)).body.percent, 50);
    await shop.call("DELETE", `/api/courses/lessons/${course.lesson}/`, { token });
    const { body } = await as("GET", `courses/${course.slug}/progress/`);
    assert.deepEqual([body.percent, body.total_lessons, body.next_lesson], [100, 1, null]);
  },
);

shopTest(
  "a course that is concurrently bought and deleted is either archived or was never sold",
  async (shop) => {
    const { token, id } = await signUpAs(shop, "tutor");
    const student = await signUp(shop);
    for (const title of ["One", "Two", "Three", "Four", "Five", "Six"]) {
      const course = await addCourse(shop.sql, { title });
      await shop.sql`insert into course_tutors (course_id, user_id) values (${course.id}, ${id})`;
      const [bought, removed] = await Promise.all([
        shop.call("POST", "/api/payments/payments/", {
          token: student.token,
          body: { course_id: course.id },
        }),
        shop.call("DELETE", `/api/courses/courses/${course.slug}/`, { token }),
      ]);
      assert.equal(removed.status, 204);
      const [kept] = await shop.sql`select archived_at from courses where id = ${course.id}`;
      if (bought.status === 200) assert.ok(kept!.archived_at, "sold, and so archived");
      else assert.deepEqual([bought.status, kept], [404, undefined]);
    }
  },
  { on: ["postgres"] },
);
