import assert from "node:assert/strict";
import { addCourse, shopTest, signUp, type TestShop } from "../support/shop.ts";
import { courseTutor, signUpAs } from "../support/tutors.ts";

/** A student with access to the course, as if bought. */
async function student(shop: TestShop, courseId: string, email = "ada@example.com") {
  const { id, token } = await signUp(shop, email);
  await shop.sql`insert into grants (student_id, course_id, source) values (${id}, ${courseId}, 'import')`;
  await shop.sql`insert into enrollments (student_id, course_id) values (${id}, ${courseId})`;
  const as = (method: string, path: string, body?: unknown) => shop.call(method, path, { token, body });
  return { id, token, as };
}

shopTest(
  "progress is stored per lesson: where to resume, what was watched, and what is completed",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { as } = await student(shop, course.id);
    const path = `/api/courses/lessons/${course.lesson}/progress/`;
    const progress = async () => (await as("GET", path)).body;
    assert.equal((await progress()).updated_at, null);
    await as("PATCH", path, { position_seconds: 100, watched_seconds: 100 });
    await as("PATCH", path, { position_seconds: 60.4, watched_seconds: 30 });
    const begun = await progress();
    assert.deepEqual([begun.position_seconds, begun.watched_seconds, begun.completed], [60, 130, false]);
    await as("PATCH", path, { position_seconds: 1800 });
    const { completed, completed_at } = await progress();
    assert.equal(completed, true);
    await as("PATCH", path, { position_seconds: 0 });
    assert.equal((await progress()).completed_at, completed_at, "once completed, it stays so");
    await as("PATCH", path, { completed: false });
    assert.equal((await progress()).completed, false);
    const refused = await as("PATCH", path, { position_seconds: -1 });
    assert.deepEqual(Object.keys(refused.body.errors), ["position_seconds"]);
  },
);

shopTest("a course shows how much is completed and where to continue", async (shop) => {
  const course = await addCourse(shop.sql);
  const { as } = await student(shop, course.id);
  const progress = async () => (await as("GET", `/api/courses/courses/${course.slug}/progress/`)).body;
  const report = (lesson: string, body: unknown) =>
    as("PATCH", `/api/courses/lessons/${lesson}/progress/`, body);
  const untouched = await progress();
  assert.deepEqual(
    [untouched.completed_lessons, untouched.total_lessons, untouched.percent, untouched.next_lesson.slug],
    [0, 2, 0, course.preview],
  );
  await report(course.lesson, { position_seconds: 42 });
  const begun = await progress();
  assert.equal(begun.next_lesson.slug, course.lesson, "the lesson watched last");
  assert.equal(begun.next_lesson.position_seconds, 42);
  await report(course.lesson, { completed: true });
  const half = await progress();
  assert.equal(half.percent, 50);
  assert.equal(half.next_lesson.slug, course.preview, "the first that is left");
  for (const path of ["/api/courses/courses/", "/api/courses/enrollments/"]) {
    const { results: [item] } = (await as("GET", path)).body;
    const { progress, course_progress } = item.course ?? item;
    assert.deepEqual([progress, course_progress.percent], [50, 50], path);
    assert.equal(course_progress.next_lesson.slug, course.preview, path);
  }
  const detail = `/api/courses/courses/${course.slug}/`;
  assert.equal((await as("GET", detail)).body.progress, 50);
  const { body: strange } = await shop.call("GET", detail);
  assert.deepEqual(
    [strange.progress, strange.course_progress],
    [undefined, null],
    "of nobody, without access",
  );
  await report(course.preview, { completed: true });
  const done = await progress();
  assert.deepEqual([done.percent, done.next_lesson], [100, null]);
  assert.deepEqual(done.lessons.map((lesson: { slug: string }) => lesson.slug), [
    course.preview,
    course.lesson,
  ]);
});

shopTest("concurrent reports of progress add up", async (shop) => {
  const course = await addCourse(shop.sql);
  const { as } = await student(shop, course.id);
  const path = `/api/courses/lessons/${course.lesson}/progress/`;
  await Promise.all(
    Array.from({ length: 10 }, (_, n) => as("PATCH", path, { position_seconds: n, watched_seconds: 5 })),
  );
  assert.equal((await as("GET", path)).body.watched_seconds, 50);
}, { on: ["postgres"] });

shopTest("a lesson is discussed by those who may watch it; the tutor's replies are marked", async (shop) => {
  const course = await addCourse(shop.sql);
  const ada = await student(shop, course.id);
  const tutor = await courseTutor(shop, course.id);
  const question = await ada.as("POST", "/api/courses/comments/", {
    lesson: course.lesson,
    content: " Why? ",
  });
  assert.equal(question.status, 201);
  assert.equal(question.body.content, "Why?");
  const { author } = question.body;
  assert.deepEqual([author.id, author.last_name], [ada.id, "L."], "free previews are read by everybody");
  const answer = await shop.call("POST", "/api/courses/comments/", {
    token: tutor.token,
    body: { lesson: course.lesson, content: "Because.", parent: question.body.id },
  });
  assert.deepEqual([answer.body.is_tutor, answer.body.author.last_name], [true, "Lovelace"]);
  const thanks = await ada.as("POST", "/api/courses/comments/", {
    lesson: course.lesson,
    content: "Thank you.",
    parent: answer.body.id,
  });
  assert.equal(thanks.body.parent, question.body.id, "an answer to an answer joins its thread");
  const { body } = await ada.as("GET", `/api/courses/comments/?lesson=${course.lesson}`);
  assert.equal(body.count, 1);
  assert.deepEqual(
    body.results[0].replies.map((reply: { content: string }) => reply.content),
    ["Because.", "Thank you."],
  );
  assert.equal((await ada.as("GET", "/api/courses/comments/")).body.count, 2, "without a lesson, one's own");
  const anonymous = await shop.call("GET", `/api/courses/comments/?lesson=${course.preview}`);
  assert.equal(anonymous.body.count, 0, "a free preview's are for everybody");
  assert.equal((await shop.call("GET", "/api/courses/comments/")).status, 400);
  const blank = await ada.as("POST", "/api/courses/comments/", { lesson: course.lesson, content: " " });
  assert.deepEqual(Object.keys(blank.body.errors), ["content"]);
  const astray = await ada.as("POST", "/api/courses/comments/", {
    lesson: course.preview,
    content: "Here?",
    parent: question.body.id,
  });
  assert.deepEqual(Object.keys(astray.body.errors), ["parent"]);
});

shopTest(
  "users change and delete their own comments; tutors hide those of others, and hidden ones cannot be read",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const ada = await student(shop, course.id);
    const bob = await student(shop, course.id, "bob@example.com");
    const tutor = await courseTutor(shop, course.id);
    const write = async (content: string) =>
      `/api/courses/comments/${
        (await ada.as("POST", "/api/courses/comments/", { lesson: course.lesson, content })).body.id
      }/`;
    const path = await write("Spam");
    assert.equal((await bob.as("PATCH", path, { content: "Mine" })).status, 403);
    assert.equal((await bob.as("PATCH", path, { is_hidden: true })).status, 403);
    assert.equal((await bob.as("DELETE", path)).status, 403);
    assert.equal((await ada.as("PATCH", path, { content: "Buy my book" })).body.content, "Buy my book");
    const hidden = await shop.call("DELETE", path, { token: tutor.token });
    assert.equal(hidden.status, 204);
    assert.equal((await bob.as("GET", path)).body.content, "");
    assert.equal((await shop.call("GET", path, { token: tutor.token })).body.content, "Buy my book");
    assert.equal((await ada.as("PATCH", path, { content: "Again" })).status, 403);
    const talk = `/api/courses/comments/?lesson=${course.lesson}`;
    assert.equal((await bob.as("GET", talk)).body.count, 0);
    const { body: all } = await shop.call("GET", talk, { token: tutor.token });
    assert.deepEqual(
      [all.count, all.results[0].is_hidden],
      [1, true],
      "those who moderate see what they hid",
    );
    const shown = await shop.call("PATCH", path, { token: tutor.token, body: { is_hidden: false } });
    assert.equal(shown.body.is_hidden, false);
    assert.equal((await bob.as("GET", `/api/courses/comments/?lesson=${course.lesson}`)).body.count, 1);
    assert.equal((await ada.as("DELETE", path)).status, 204);
    assert.equal((await ada.as("PATCH", path, { content: "x" })).status, 404);
    assert.equal((await ada.as("DELETE", path)).status, 404);
    const [row] = await shop.sql`select content from comments`;
    assert.equal(row!.content, "");
    const admin = await signUpAs(shop, "admin");
    await shop.call("DELETE", await write("Rude"), { token: admin.token });
    const [entry] = await shop.sql`select action, actor_id from audit_log`;
    assert.deepEqual(entry, { action: "comment.hide", actor_id: admin.id });
  },
);

shopTest("students review a course once, and its rating reflects every change", async (shop) => {
  const course = await addCourse(shop.sql);
  const ada = await student(shop, course.id);
  const bob = await student(shop, course.id, "bob@example.com");
  const admin = await signUpAs(shop, "admin");
  const reviews = `/api/courses/courses/${course.slug}/reviews/`;
  const rating = async () => {
    const [row] = await shop.sql`select rating_sum, rating_count from courses where id = ${course.id}`;
    return [row!.rating_sum, row!.rating_count];
  };
  const mine = await ada.as("POST", reviews, { rating: 5, content: "Clear." });
  assert.equal(mine.status, 201);
  assert.deepEqual(await rating(), [5, 1]);
  const again = await ada.as("POST", reviews, { rating: 1 });
  assert.deepEqual([again.status, again.body.code], [409, "already_reviewed"]);
  const second = await bob.as("POST", reviews, { rating: 2 });
  assert.deepEqual(await rating(), [7, 2]);
  await ada.as("PATCH", `/api/courses/reviews/${mine.body.id}/`, { rating: 4 });
  assert.deepEqual(await rating(), [6, 2]);
  assert.equal((await bob.as("PATCH", `/api/courses/reviews/${mine.body.id}/`, { rating: 1 })).status, 404);
  const moderate = (is_hidden: boolean) =>
    shop.call("POST", `/api/courses/reviews/${second.body.id}/moderation/`, {
      token: admin.token,
      body: { is_hidden, reason: "Insults." },
    });
  await moderate(true);
  await moderate(true);
  assert.deepEqual(await rating(), [4, 1]);
  assert.equal((await shop.call("GET", reviews)).body.count, 1);
  assert.equal((await shop.call("GET", reviews, { token: admin.token })).body.count, 2);
  const { body: seen } = await bob.as("GET", reviews);
  assert.deepEqual([seen.count, seen.results[0].is_hidden], [2, true], "one's own, hidden or not");
  assert.equal((await ada.as("GET", reviews)).body.count, 1);
  const own = `/api/courses/reviews/${second.body.id}/`;
  assert.equal((await bob.as("DELETE", own)).status, 403, "or it could be written again");
  assert.equal((await bob.as("PATCH", own, { content: "" })).body.is_hidden, true);
  await moderate(false);
  assert.deepEqual(await rating(), [6, 2]);
  const { body } = await ada.as("GET", reviews);
  assert.deepEqual(
    body.results[0].author,
    { id: ada.id, first_name: "Ada", last_name: "L." },
    "one's own is first",
  );
  assert.equal((await ada.as("DELETE", `/api/courses/reviews/${mine.body.id}/`)).status, 204);
  assert.deepEqual(await rating(), [2, 1]);
  for (const stars of [0, 6, 4.5]) {
    assert.equal((await ada.as("POST", reviews, { rating: stars })).status, 400);
  }
  const stranger = await signUp(shop, "eve@example.com");
  assert.equal(
    (await shop.call("POST", reviews, { token: stranger.token, body: { rating: 5 } })).status,
    403,
  );
});

shopTest("concurrent reviews leave one each and a correct rating", async (shop) => {
  const course = await addCourse(shop.sql);
  const students = await Promise.all(
    Array.from({ length: 6 }, (_, n) => student(shop, course.id, `student${n}@example.com`)),
  );
  const reviews = `/api/courses/courses/${course.slug}/reviews/`;
  const answers = await Promise.all(
    students.flatMap(({ as }, n) => [1, 2, 3].map(() => as("POST", reviews, { rating: n % 5 + 1 }))),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 6);
  assert.equal(answers.filter(({ status }) => status === 409).length, 12);
  await Promise.all(answers.flatMap(({ status, body }, index) => {
    if (status !== 201) return [];
    const { as } = students[Math.floor(index / 3)]!;
    const path = `/api/courses/reviews/${body.id}/`;
    return index % 2
      ? [as("DELETE", path)]
      : [as("PATCH", path, { rating: 3 }), as("PATCH", path, { rating: 4 })];
  }));
  const [kept] = await shop.sql`
    select rating_sum, rating_count, (select sum(rating)::integer from reviews) as sum,
      (select count(*)::integer from reviews) as count from courses`;
  assert.deepEqual([kept!.rating_sum, kept!.rating_count], [kept!.sum, kept!.count]);
}, { on: ["postgres"] });
