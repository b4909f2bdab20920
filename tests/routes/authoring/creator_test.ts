// The calls of the frontend's creator pages, after wire-contract.md section 5, one test per line of it.
import assert from "node:assert/strict";
import { shopTest, type TestShop } from "../../support/shop.ts";
import { addVideos, coursePicture, signUpAs } from "../../support/tutors.ts";

/** What the frontend's create page sends. */
const newCourse = {
  title: "Linear Algebra",
  description: "",
  category: "",
  price: 24.5,
  is_published: false,
};

/** A tutor who has just created a course with a part and a lesson, as the create page does. */
async function createdCourse(shop: TestShop, lesson: Record<string, unknown> = {}) {
  const { token, id: tutorId } = await signUpAs(shop, "tutor");
  await addVideos(shop, tutorId, ["abc", "xyz"]);
  const as = (method: string, path: string, body?: unknown) => shop.call(method, path, { token, body });
  const { body: course } = await as("POST", "/api/courses/courses/", newCourse);
  const { body: part } = await as("POST", "/api/courses/course-parts/", {
    course: course.id,
    title: "",
    description: "",
    order: 0,
  });
  const created = await as("POST", "/api/courses/lessons/", {
    part: part.id,
    title: "Vectors & Spaces!",
    description: "",
    order: 0,
    is_free_preview: false,
    ...lesson,
  });
  return { as, token, tutorId, course, part, lesson: created.body, created };
}

shopTest(
  "creator MUST: a tutor creates a course, whose id and slug are answered, and it is theirs",
  async (shop) => {
    const { token, id } = await signUpAs(shop, "tutor");
    const { status, body } = await shop.call("POST", "/api/courses/courses/", { token, body: newCourse });
    assert.equal(status, 201);
    assert.ok(body.id);
    assert.equal(body.slug, "linear-algebra");
    assert.equal(body.category, null);
    assert.equal(body.price, "24.50");
    assert.equal(body.is_published, false);
    assert.deepEqual(body.tutors.map((tutor: { id: string }) => tutor.id), [id]);
  },
);

shopTest("creator MUST: only tutors create courses", async (shop) => {
  const student = await signUpAs(shop, "student");
  const admin = await signUpAs(shop, "admin");
  const create = (token?: string) => shop.call("POST", "/api/courses/courses/", { token, body: newCourse });
  assert.equal((await create()).status, 401);
  assert.equal((await create(student.token)).status, 403);
  assert.equal((await create(admin.token)).status, 201);
});

shopTest(
  "creator MUST: two courses of one title both succeed, and titles in any script have an address",
  async (shop) => {
    const { token } = await signUpAs(shop, "tutor");
    const slugs: string[] = [];
    for (const title of ["Café au lait", "Café au lait", "Линейная алгебра", "線形代数", "!!!"]) {
      const { status, body } = await shop.call("POST", "/api/courses/courses/", {
        token,
        body: { ...newCourse, title },
      });
      assert.equal(status, 201, title);
      slugs.push(body.slug);
    }
    assert.deepEqual(slugs.slice(0, 3), ["cafe-au-lait", "cafe-au-lait-2", "lineynaya-algebra"]);
    assert.match(slugs[3]!, /^[a-z]+(-[a-z]+)*$/);
    assert.equal(slugs[4], "course");
  },
);

shopTest("creator MUST: a category comes back as text or number, and blank means none", async (shop) => {
  const { as, course } = await createdCourse(shop);
  await shop.sql`insert into categories (name, slug) values ('Mathematics', 'mathematics')`;
  const [{ id }] = await shop.sql<[{ id: number }]>`select id from categories`;
  for (const category of [String(id), id]) {
    const { body } = await as("PATCH", `/api/courses/courses/${course.slug}/`, { category });
    assert.deepEqual(body.category, { id: String(id), name: "Mathematics", slug: "mathematics" });
  }
  assert.equal(
    (await as("PATCH", `/api/courses/courses/${course.slug}/`, { category: "" })).body.category,
    null,
  );
});

shopTest("creator MUST: a thumbnail alone comes as a form right after the course", async (shop) => {
  const { token, course } = await createdCourse(shop);
  const form = new FormData();
  form.append("thumbnail", new File([await coursePicture()], "cover.png", { type: "image/png" }));
  const response = await shop.fetch(`${shop.api}/api/courses/courses/${course.slug}/`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  assert.equal(response.status, 200);
  const { thumbnail, title } = await response.json();
  assert.ok(thumbnail.startsWith(`${shop.api}/media/images/course_thumbnails/`));
  assert.equal(title, newCourse.title);
});

shopTest(
  "creator MUST: a part, whose title may be blank, and a lesson answer with id and slug; BETTER: the part's description is kept",
  async (shop) => {
    const { as, course, part, lesson, created } = await createdCourse(shop);
    assert.equal(created.status, 201);
    assert.ok(part.id && part.slug && lesson.id);
    assert.equal(lesson.slug, "vectors-spaces", "the slug that the frontend makes of the title");
    const second = await as("POST", "/api/courses/course-parts/", {
      course: course.id,
      title: "More",
      description: "What follows.",
      order: 1,
    });
    assert.equal(second.body.slug, "more");
    const { body } = await as("GET", `/api/courses/courses/${course.slug}/`);
    assert.deepEqual(
      body.parts.map((part: Record<string, unknown>) => [part.title, part.description, part.order]),
      [["", "", 0], ["More", "What follows.", 1]],
    );
  },
);

shopTest(
  "creator MUST: a lesson's duration is text of seconds, a number, absent, NaN or Infinity; a video's id may be null",
  async (shop) => {
    const { as, part, lesson } = await createdCourse(shop);
    assert.equal(lesson.duration, "00:00:00");
    for (
      const [duration, clock] of [["7", "00:00:07"], ["0", "00:00:00"], ["Infinity", "00:00:00"], [
        "NaN",
        "00:00:00",
      ], [1874.4, "00:31:14"]]
    ) {
      const { status, body } = await as("POST", "/api/courses/lessons/", {
        part: part.id,
        title: "Lesson",
        description: "",
        order: 1,
        is_free_preview: true,
        video_service_id: null,
        duration,
      });
      assert.equal(status, 201);
      assert.equal(body.duration, clock);
      assert.equal(body.video_service_id, null);
    }
    for (const duration of ["soon", -1, 1_000_001, "1000001", "100000:00:00:00", "2400000:00:00", 1e300]) {
      const { status, body } = await as("PATCH", `/api/courses/lessons/${lesson.slug}/`, { duration });
      assert.equal(status, 400, String(duration));
      assert.deepEqual(Object.keys(body.errors), ["duration"]);
    }
  },
);

shopTest('creator MUST: {"is_published":true|false} publishes and takes back', async (shop) => {
  const { as, course } = await createdCourse(shop);
  const shown = async () => (await shop.call("GET", "/api/courses/courses/")).body.count;
  assert.equal(await shown(), 0);
  const published = await as("PATCH", `/api/courses/courses/${course.slug}/`, { is_published: true });
  assert.equal(published.status, 200);
  assert.equal(published.body.is_published, true);
  assert.equal(await shown(), 1);
  assert.equal(
    (await as("PATCH", `/api/courses/courses/${course.slug}/`, { is_published: false })).status,
    200,
  );
  assert.equal(await shown(), 0);
});

shopTest(
  'creator MUST: the edit page\'s form is read: price "30", is_published "true", category ""',
  async (shop) => {
    const { token, course } = await createdCourse(shop);
    const form = new FormData();
    const fields = {
      title: "Matrices",
      description: "New.",
      category: "",
      price: "30",
      is_published: "true",
    };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const response = await shop.fetch(`${shop.api}/api/courses/courses/${course.slug}/`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    const body = await response.json();
    assert.equal(response.status, 200);
    assert.deepEqual(
      [body.title, body.description, body.category, body.price, body.is_published, body.slug],
      ["Matrices", "New.", null, "30.00", true, "linear-algebra"],
    );
  },
);

shopTest(
  "creator MUST: slugs never change on PATCH, so that a patch per keystroke finds its lesson; blank titles pass by",
  async (shop) => {
    const { as, course, part, lesson } = await createdCourse(shop);
    for (const title of ["V", "", "M", "Ma", "Mat", "Matrices"]) {
      assert.equal((await as("PATCH", `/api/courses/lessons/${lesson.slug}/`, { title })).body.title, title);
      assert.equal((await as("PATCH", `/api/courses/course-parts/${part.slug}/`, { title })).status, 200);
    }
    await as("PATCH", `/api/courses/courses/${course.slug}/`, { title: "Matrices" });
    const { body } = await as("GET", `/api/courses/courses/${course.slug}/`);
    assert.equal(body.slug, course.slug);
    assert.equal(body.parts[0].slug, part.slug);
    assert.equal(body.parts[0].lessons[0].slug, lesson.slug);
    assert.equal(body.parts[0].lessons[0].title, "Matrices");
  },
);

shopTest(
  "creator MUST: each field of a part and a lesson is changed alone, by slug or by id, the rest as it was",
  async (shop) => {
    const { as, part, lesson } = await createdCourse(shop, { video_service_id: "abc", duration: "60" });
    const expected = { ...lesson };
    const changes = [
      { description: "About." },
      { order: 3 },
      { duration: 125 },
      { is_free_preview: true },
      { video_service_id: "xyz" },
      { video_service_id: null },
    ];
    for (const [index, change] of changes.entries()) {
      const address = index % 2 ? lesson.id : lesson.slug;
      const { status, body } = await as("PATCH", `/api/courses/lessons/${address}/`, change);
      assert.equal(status, 200);
      Object.assign(expected, change, "duration" in change ? { duration: "00:02:05" } : {});
      assert.deepEqual(body, expected);
    }
    await shop.sql`update videos set length_seconds = 90 where id = 'xyz'`;
    const filmed = await as("PATCH", `/api/courses/lessons/${lesson.id}/`, {
      video_service_id: "xyz",
      duration: null, // what JSON makes of the NaN of a video that the browser recorded
    });
    assert.equal(filmed.body.duration, "00:01:30", "the video's own length stands");
    const { body } = await as("PATCH", `/api/courses/course-parts/${part.id}/`, {
      description: "D",
      order: 2,
    });
    assert.deepEqual(body, { ...part, description: "D", order: 2 });
  },
);

shopTest("creator MUST: an empty PATCH is a 200 that changes nothing, no date either", async (shop) => {
  const { as, course, part, lesson } = await createdCourse(shop);
  const dates = () =>
    shop.sql`
    select c.updated_at as course, p.updated_at as part, l.updated_at as lesson
    from courses c join course_parts p on p.course_id = c.id join lessons l on l.part_id = p.id`;
  const before = await dates();
  for (
    const path of [`courses/${course.slug}`, `course-parts/${part.slug}`, `lessons/${lesson.slug}`]
  ) {
    assert.equal((await as("PATCH", `/api/courses/${path}/`, {})).status, 200);
  }
  assert.deepEqual(await dates(), before);
});

shopTest("creator MUST: requests that overtake each other all succeed", async (shop) => {
  const { as, lesson, part } = await createdCourse(shop);
  const answers = await Promise.all(
    Array.from(
      { length: 12 },
      (_, n) =>
        n % 3 === 2
          ? as("PATCH", `/api/courses/course-parts/${part.slug}/`, {})
          : as("PATCH", `/api/courses/lessons/${lesson.slug}/`, { title: `Title ${n}` }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status), Array(12).fill(200));
});

shopTest(
  "creator MUST: DELETE of a lesson and a part is a 204; what students had seen of them is gone with them",
  async (shop) => {
    const { as, part, lesson, course } = await createdCourse(shop);
    const { id } = await signUpAs(shop, "student");
    await shop.sql`insert into lesson_progress (student_id, lesson_id) values (${id}, ${lesson.id})`;
    assert.equal((await as("DELETE", `/api/courses/lessons/${lesson.slug}/`)).status, 204);
    assert.equal((await as("DELETE", `/api/courses/lessons/${lesson.slug}/`)).status, 404);
    assert.equal((await as("DELETE", `/api/courses/course-parts/${part.slug}/`)).status, 204);
    assert.deepEqual((await as("GET", `/api/courses/courses/${course.slug}/`)).body.parts, []);
    assert.deepEqual(await shop.sql`select lesson_id from lesson_progress`.then((rows) => [...rows]), []);
  },
);

shopTest(
  "creator BETTER: a stranger's changes to courses, parts and lessons are refused, drafts hidden",
  async (shop) => {
    const { as, course, part, lesson } = await createdCourse(shop);
    const { token } = await signUpAs(shop, "tutor", "other@example.com");
    const attempt = async () => {
      const statuses = new Set<number>();
      for (const path of [`courses/${course.slug}`, `course-parts/${part.slug}`, `lessons/${lesson.slug}`]) {
        for (const method of ["PATCH", "DELETE"]) {
          const body = method === "PATCH" ? { title: "Mine" } : undefined;
          statuses.add((await shop.call(method, `/api/courses/${path}/`, { token, body })).status);
        }
      }
      const added = { course: course.id, part: part.id, title: "Mine" };
      statuses.add((await shop.call("POST", "/api/courses/course-parts/", { token, body: added })).status);
      statuses.add((await shop.call("POST", "/api/courses/lessons/", { token, body: added })).status);
      return [...statuses];
    };
    assert.deepEqual(await attempt(), [404]);
    await as("PATCH", `/api/courses/courses/${course.slug}/`, { is_published: true });
    assert.deepEqual(await attempt(), [403]);
  },
);
