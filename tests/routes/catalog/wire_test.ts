// wire-contract.md, section 3, line by line, and what sections 6 and 8 say of reading; each step bears its line.
import assert from "node:assert/strict";
import type { Answer, TestShop } from "../../support/shop.ts";
import { addCourse, shopTest, signUp } from "../../support/shop.ts";
import { signUpAs } from "../../support/tutors.ts";

/** A shop with a course that somebody bought, a free one, a draft and an archived one. */
async function openShop(shop: TestShop) {
  const { sql } = shop;
  await sql`insert into categories (name, slug) values ('Physics', 'physics'), ('Empty', 'empty')`;
  const paid = await addCourse(sql, { title: "Linear Algebra", priceCents: 4990 });
  const free = await addCourse(sql, { title: "Study Skills", priceCents: 0 });
  const draft = await addCourse(sql, { title: "Draft", isPublished: false });
  const archived = await addCourse(sql, { title: "Retired" });
  const tutor = await signUpAs(shop, "tutor");
  const buyer = await signUp(shop, "buyer@example.com");
  const stranger = await signUp(shop, "stranger@example.com");
  await sql`update courses set category_id = (select id from categories where slug = 'physics')`;
  await sql`update courses set thumbnail_key = 'media/images/course_thumbnails/a.png' where id = ${paid.id}`;
  await sql`update courses set rating_sum = 9, rating_count = 2 where id = ${paid.id}`;
  await sql`insert into course_tutors (course_id, user_id) select id, ${tutor.id} from courses`;
  for (const course of [paid, archived]) {
    await sql`insert into grants (student_id, course_id, source) values (${buyer.id}, ${course.id}, 'import')`;
    await sql`insert into enrollments (student_id, course_id) values (${buyer.id}, ${course.id})`;
  }
  await sql`update courses set archived_at = now() where id = ${archived.id}`;
  return { paid, free, draft, archived, tutor, buyer, stranger };
}

type Item = Record<string, unknown> & { slug: string };
const bySlug = ({ body }: Answer, slug: string): Item => {
  const item = body.results.find((course: Item) => course.slug === slug);
  assert.ok(item, `${slug} is in the list`);
  return item;
};

shopTest("wire contract, section 3: GET /api/courses/courses/", async (shop, t) => {
  const { paid, free, draft, archived, buyer, stranger } = await openShop(shop);
  const list = await shop.call("GET", "/api/courses/courses/");
  const course = bySlug(list, paid.slug);

  await t.step("MUST: {count,next,previous,results} with absolute links on the public address", async () => {
    assert.deepEqual([list.body.count, list.body.next, list.body.previous], [2, null, null]);
    const page = await shop.call("GET", "/api/courses/courses/?page_size=1");
    assert.ok(page.body.next.startsWith(`${shop.api}/api/courses/courses/?`), page.body.next);
    const next = await shop.call("GET", page.body.next.replace(shop.api, ""));
    assert.notEqual(next.body.results[0].id, page.body.results[0].id);
    assert.ok(next.body.previous.startsWith(shop.api));
  });
  await t.step("MUST: id, slug, title and description are strings, never null", async () => {
    await shop.sql`update courses set description = '' where id = ${free.id}`;
    for (const item of (await shop.call("GET", "/api/courses/courses/")).body.results) {
      for (const field of ["id", "slug", "title", "description"]) assert.equal(typeof item[field], "string");
    }
  });
  await t.step("price: a string for paid courses, BETTER: the number 0 for free ones", () => {
    assert.equal(course.price, "49.90");
    assert.strictEqual(bySlug(list, free.slug).price, 0);
  });
  await t.step(
    "thumbnail: absolute, below /media/; BETTER: a raster placeholder instead of null",
    async () => {
      assert.equal(course.thumbnail, `${shop.api}/media/images/course_thumbnails/a.png`);
      const placeholder = bySlug(list, free.slug).thumbnail as string;
      assert.ok(placeholder.startsWith(`${shop.api}/media/`));
      const picture = await fetch(placeholder);
      assert.equal(picture.headers.get("content-type"), "image/png");
      assert.deepEqual([...new Uint8Array(await picture.arrayBuffer())].slice(1, 4), [0x50, 0x4e, 0x47]);
    },
  );
  await t.step("tutors[]: id, first_name, last_name, email as strings; category is an object or null", () => {
    const [tutor] = course.tutors as Item[];
    assert.deepEqual(Object.values(tutor!).map((value) => typeof value), Array(4).fill("string"));
    const { id, ...category } = course.category as Item;
    assert.deepEqual([typeof id, category], ["string", { name: "Physics", slug: "physics" }]);
  });
  await t.step("parts[] is an array", () => assert.equal((course.parts as Item[]).length, 1));
  await t.step("BETTER: is_enrolled and isEnrolled speak of the caller", async () => {
    assert.deepEqual([course.is_enrolled, course.isEnrolled], [false, false]);
    for (const [token, expected] of [[buyer.token, true], [stranger.token, false]] as const) {
      const seen = bySlug(await shop.call("GET", "/api/courses/courses/", { token }), paid.slug);
      assert.deepEqual([seen.is_enrolled, seen.isEnrolled], [expected, expected]);
    }
  });
  await t.step("BETTER: is_free, tutor {name, avatar} and duration for people", () => {
    assert.deepEqual([course.is_free, bySlug(list, free.slug).is_free], [false, true]);
    assert.deepEqual(course.tutor, { name: "Ada Lovelace", avatar: null });
    assert.equal(course.duration, "1h 2m");
  });
  await t.step("rating is null and enrolledStudents absent when empty, for the frontend prints a 0", () => {
    assert.deepEqual([course.rating, course.rating_count, course.enrolledStudents], [4.5, 2, 1]);
    const empty = bySlug(list, free.slug);
    assert.equal(empty.rating, null);
    assert.ok(!("enrolledStudents" in empty));
  });
  await t.step(
    "MUST: unpublished and archived courses are not here, not even for who bought them",
    async () => {
      for (const token of [undefined, buyer.token]) {
        const { body } = await shop.call("GET", "/api/courses/courses/", { token });
        const slugs = body.results.map(({ slug }: Item) => slug);
        assert.ok(!slugs.includes(draft.slug) && !slugs.includes(archived.slug));
        assert.equal(body.count, slugs.length);
      }
    },
  );
});

shopTest("wire contract, section 3: GET /api/courses/courses/{slug}/", async (shop, t) => {
  const { paid, draft, archived, buyer, stranger, tutor } = await openShop(shop);
  const see = (slug: string, token?: string) => shop.call("GET", `/api/courses/courses/${slug}/`, { token });
  await shop.sql`
    insert into course_parts (course_id, slug, title, position) values (${paid.id}, 'first', 'First', -1)`;
  await shop.sql`
    insert into lessons (part_id, slug, title, position)
    select id, 'earliest', 'Earliest', -1 from course_parts where course_id = ${paid.id} and position = 0`;

  await t.step(
    "id, slug, title, price, thumbnail, updated_at, tutors[] and is_enrolled per user",
    async () => {
      const { body } = await see(paid.slug);
      assert.deepEqual([body.slug, body.price, body.is_enrolled], [paid.slug, "49.90", false]);
      assert.ok(!Number.isNaN(Date.parse(body.updated_at)) && body.tutors.length === 1);
      assert.equal((await see(paid.slug, buyer.token)).body.is_enrolled, true);
      assert.equal((await see(paid.id)).body.slug, paid.slug, "by id too");
    },
  );
  await t.step("a tutor's address is empty unless published, and the name is not", async () => {
    await shop.sql`update users set first_name = '', last_name = '' where id = ${tutor.id}`;
    const [shown] = (await see(paid.slug)).body.tutors;
    assert.deepEqual([shown.email, shown.first_name, shown.last_name], ["", "Tutor", "Unnamed"]);
  });
  await t.step("MUST: parts and lessons are sorted by order", async () => {
    const { parts } = (await see(paid.slug)).body;
    assert.deepEqual(parts.map((part: Item) => [part.slug, part.order]), [
      ["first", -1],
      [`${paid.slug}-part`, 0],
    ]);
    assert.deepEqual(parts[0].lessons, []);
    assert.deepEqual(parts[1].lessons.map((lesson: Item) => lesson.order), [-1, 0, 1]);
  });
  await t.step("MUST: duration is HH:MM:SS, 00:00:00 when unknown", async () => {
    const { parts } = (await see(paid.slug)).body;
    const durations = parts[1].lessons.map((lesson: Item) => lesson.duration);
    assert.deepEqual(durations, ["00:00:00", "00:31:14", "00:31:14"]);
    await shop.sql`update lessons set duration_seconds = 93600 where slug = ${paid.lesson}`;
    const day = (await see(paid.slug)).body.parts[1].lessons.at(-1);
    assert.equal(day.duration, "26:00:00", "and never with days");
  });
  await t.step("a missing course is 404; a draft shows to its tutors and is 404 for others", async () => {
    const statuses = [];
    for (const token of [undefined, stranger.token, buyer.token, tutor.token]) {
      statuses.push((await see(draft.slug, token)).status);
    }
    assert.deepEqual(statuses, [404, 404, 404, 200]);
    assert.equal((await see("no-such-course")).status, 404);
  });
  await t.step("owners count as enrolled in the detail, or no lesson would play for them", async () => {
    const admin = await signUpAs(shop, "admin");
    const seen = [];
    for (const { token } of [tutor, admin, stranger]) {
      seen.push((await see(paid.slug, token)).body.is_enrolled);
    }
    assert.deepEqual(seen, [true, true, false]);
    const preview = await see(`${paid.slug}/preview`, tutor.token);
    assert.equal(preview.body.is_enrolled, false, "a preview is what students see");
  });
  await t.step("an archived course shows to those who bought it", async () => {
    assert.equal((await see(archived.slug, buyer.token)).body.is_archived, true);
    assert.deepEqual([(await see(archived.slug)).status, (await see(archived.slug, stranger.token)).status], [
      404,
      404,
    ]);
  });
  await t.step("BETTER: category, is_published, slugs and descriptions of parts and lessons", async () => {
    const { body } = await see(paid.slug);
    assert.deepEqual([body.category.slug, body.is_published], ["physics", true]);
    const [part] = body.parts.slice(1);
    assert.deepEqual([part.slug, part.description], [`${paid.slug}-part`, ""]);
    assert.equal(typeof part.lessons[0].description, "string");
  });
  await t.step(
    "BETTER: owners see video_service_id and its camelCase aliases, nobody else does",
    async () => {
      const lesson = (await see(paid.slug, tutor.token)).body.parts[1].lessons[1];
      const { video_service_id, isFreePreview, videoServiceId, uploadStatus } = lesson;
      assert.deepEqual([video_service_id, isFreePreview, videoServiceId, uploadStatus], [
        "sample-video",
        true,
        "sample-video",
        "completed",
      ]);
      const missing = (await see(paid.slug, tutor.token)).body.parts[1].lessons[0];
      assert.deepEqual([missing.videoServiceId, missing.uploadStatus], [null, "idle"]);
      const public_ = (await see(paid.slug, buyer.token)).body.parts[1].lessons[1];
      assert.ok(!("video_service_id" in public_) && !("videoServiceId" in public_));
    },
  );
});

shopTest("wire contract, section 3: lessons by the slug of their title", async (shop, t) => {
  const bought = await addCourse(shop.sql, { title: "Bought" });
  const other = await addCourse(shop.sql, { title: "Other" });
  const { id, token } = await signUp(shop);
  await shop.sql`insert into grants (student_id, course_id, source) values (${id}, ${bought.id}, 'import')`;
  const { sql } = shop;
  const lesson = async (slug: string, token?: string) =>
    (await shop.call("GET", `/api/courses/lessons/${slug}/`, { token })).body.slug;

  await t.step("BETTER: title.toLowerCase() with hyphens finds the lesson, whatever its slug", async () => {
    await sql`update lessons set title = '  Ünits & Vectors: Part 2!' where slug = ${bought.lesson}`;
    assert.equal(await lesson("nits-vectors-part-2", token), bought.lesson);
    assert.equal(await lesson(bought.lesson, token), bought.lesson);
  });
  await t.step(
    "the lesson of a course that the caller bought comes first, even where the slug is another's",
    async () => {
      await sql`update lessons set title = 'Vectors' where slug like '%-vectors' or slug = ${bought.lesson}`;
      await sql`update lessons set slug = 'vectors' where slug = ${other.lesson}`;
      assert.equal(await lesson("vectors", token), bought.lesson);
    },
  );
  await t.step("without access, the free preview among those of one title plays", async () => {
    assert.equal(await lesson("vectors"), undefined, "the one whose slug it is wants buying");
    await sql`update lessons set title = 'Welcome'`;
    assert.match(await lesson("welcome"), /-welcome$/);
  });
});

shopTest(
  "wire contract, sections 3, 6 and 8: categories, enrollments, parts and lessons",
  async (shop, t) => {
    const { paid, draft, buyer, stranger, tutor } = await openShop(shop);
    const get = (path: string, token?: string) => shop.call("GET", path, { token });

    await t.step("MUST: a category's id is a string; BETTER: it counts its courses on sale", async () => {
      const { body } = await get("/api/courses/categories/", tutor.token);
      assert.deepEqual(
        body.results.map(({ id, ...rest }: Item) => [typeof id, rest]),
        [
          ["string", { name: "Empty", slug: "empty", course_count: 0 }],
          ["string", { name: "Physics", slug: "physics", course_count: 2 }],
        ],
      );
      const [, { id }] = body.results;
      assert.equal((await get(`/api/courses/categories/${id}/`)).body.slug, "physics");
      assert.equal((await get("/api/courses/categories/physics/")).body.id, id);
      assert.equal((await get("/api/courses/categories/none/")).status, 404);
    });
    await t.step("enrollments: enrolled_at, the student and the course, archived ones included", async () => {
      const { body } = await get("/api/courses/enrollments/", buyer.token);
      assert.equal(body.count, 2);
      const mine = body.results.find(({ course }: { course: Item }) => course.slug === paid.slug);
      assert.deepEqual([mine.course.price, mine.course.is_enrolled], ["49.90", true]);
      assert.deepEqual([mine.student.id, mine.student.email], [buyer.id, "buyer@example.com"]);
      const one = `/api/courses/enrollments/${mine.id}/`;
      assert.equal((await get(one, buyer.token)).body.course.id, paid.id);
      assert.deepEqual([(await get(one, stranger.token)).status, (await get(one)).status], [404, 401]);
      assert.equal((await get("/api/courses/enrollments/", stranger.token)).body.count, 0);
      await shop.sql`update grants set revoked_at = now() where course_id = ${paid.id}`;
      assert.equal((await get(one, buyer.token)).status, 404, "what was taken back is gone");
      assert.equal((await get("/api/courses/enrollments/", buyer.token)).body.count, 1);
    });
    await t.step("course-parts/?course= and lessons/?part= are bare arrays, as their course", async () => {
      const parts = await get(`/api/courses/course-parts/?course=${paid.slug}`);
      const [part] = parts.body;
      assert.deepEqual([parts.body.length, part.lessons.length], [1, 2]);
      for (const name of [part.slug, part.id]) {
        const lessons = await get(`/api/courses/lessons/?part=${name}`);
        assert.deepEqual(lessons.body, part.lessons);
        assert.equal((await get(`/api/courses/course-parts/${name}/`)).body.id, part.id);
      }
      assert.equal((await get("/api/courses/lessons/")).body.errors.part[0], "This field is required.");
      for (const path of [`course-parts/?course=${draft.slug}`, `course-parts/${draft.slug}-part/`]) {
        assert.equal((await get(`/api/courses/${path}`, stranger.token)).status, 404, path);
        assert.equal((await get(`/api/courses/${path}`, tutor.token)).status, 200, path);
      }
      assert.equal((await get(`/api/courses/lessons/?part=${draft.slug}-part`)).status, 404);
    });
  },
);

shopTest("administrators change categories, and the audit log says so; nobody else does", async (shop) => {
  const admin = await signUp(shop, "admin@example.com");
  await shop.sql`update users set role = 1 where id = ${admin.id}`;
  const { body: { access: token } } = await shop.call("POST", "/api/auth/token/", {
    body: { email: "admin@example.com", password: "correct-horse" },
  });
  const student = await signUp(shop, "student@example.com");
  const send = (method: string, path: string, body?: unknown, as: string | undefined = token) =>
    shop.call(method, `/api/courses/categories/${path}`, { token: as, body });
  const added = await send("POST", "", { name: " Organic Chemistry " });
  assert.deepEqual([added.status, added.body.name, added.body.slug], [
    201,
    "Organic Chemistry",
    "organic-chemistry",
  ]);
  assert.equal((await send("POST", "", { name: "Organic, chemistry!" })).body.slug, "organic-chemistry-2");
  assert.equal((await send("POST", "", { name: "Химия" })).body.slug, "category");
  assert.equal((await send("POST", "", { name: "101" })).body.slug, "category-101");
  const taken = await send("POST", "", { name: "Organic Chemistry" });
  assert.deepEqual([taken.status, Object.keys(taken.body.errors)], [400, ["name"]]);
  assert.deepEqual(Object.keys((await send("POST", "", { name: "New", slug: "7" })).body.errors), ["slug"]);
  assert.equal((await send("POST", "", { name: "   " })).status, 400);

  const renamed = await send("PATCH", "organic-chemistry/", { name: "Chemistry" });
  assert.deepEqual([renamed.body.name, renamed.body.slug], ["Chemistry", "organic-chemistry"]);
  assert.equal((await send("PATCH", "organic-chemistry/", {})).status, 200);
  assert.equal((await send("PATCH", "organic-chemistry/", { slug: "category" })).status, 400);
  assert.equal((await send("PATCH", "none/", { name: "x" })).status, 404);

  const course = await addCourse(shop.sql, { isPublished: false });
  await shop.sql`update courses set category_id = ${added.body.id} where id = ${course.id}`;
  const inUse = await send("DELETE", `${added.body.id}/`);
  assert.deepEqual([inUse.status, inUse.body.code], [409, "category_in_use"]);
  await shop.sql`update courses set category_id = null`;
  assert.equal((await send("DELETE", `${added.body.id}/`)).status, 204);
  assert.equal((await send("GET", `${added.body.id}/`)).status, 404);

  for (const [as, status] of [[student.token, 403], ["", 401]] as const) {
    assert.equal((await send("POST", "", { name: "Mine" }, as)).status, status);
    assert.equal((await send("PATCH", "category/", { name: "Mine" }, as)).status, status);
    assert.equal((await send("DELETE", "category/", undefined, as)).status, status);
  }
  const log = await shop.sql`
    select action, actor_id, before->>'name' as before, after->>'name' as after from audit_log order by id`;
  assert.deepEqual(log.slice(-2).map(({ action, before, after }) => [action, before, after]), [
    ["category.change", "Organic Chemistry", "Chemistry"],
    ["category.remove", "Chemistry", null],
  ]);
  assert.ok(log.every(({ actor_id }) => actor_id === admin.id));
});
