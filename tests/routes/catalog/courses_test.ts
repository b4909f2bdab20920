import assert from "node:assert/strict";
import { addCourse, shopTest, signUp, until } from "../../support/shop.ts";
import { courseTutor } from "../../support/tutors.ts";

shopTest("a list has pages with links to the next and previous ones", async (shop) => {
  for (let n = 1; n <= 5; n++) await addCourse(shop.sql, { title: `Course ${n}` });
  await addCourse(shop.sql, { title: "Draft", isPublished: false });
  const seen: string[] = [];
  let path: string | null = "/api/courses/courses/?page_size=2";
  let pages = 0;
  while (path) {
    const { body } = await shop.call("GET", path);
    assert.equal(body.count, 5);
    seen.push(...body.results.map((course: { title: string }) => course.title));
    path = body.next?.replace(shop.api, "") ?? null;
    pages++;
  }
  assert.equal(pages, 3);
  assert.equal(new Set(seen).size, 5);
  const beyond = await shop.call("GET", "/api/courses/courses/?page_size=2&page=9");
  assert.deepEqual(beyond.body.results, []);
  assert.match(beyond.body.previous, /page=3/);
});

shopTest("parts and lessons are in order, with durations that can be parsed", async (shop) => {
  const course = await addCourse(shop.sql);
  await shop.sql`
    insert into lessons (part_id, slug, title, position) select id, 'last', 'Last', 9 from course_parts`;
  const { body } = await shop.call("GET", `/api/courses/courses/${course.slug}/`);
  const lessons = body.parts[0].lessons;
  assert.deepEqual(lessons.map((lesson: { order: number }) => lesson.order), [0, 1, 9]);
  assert.deepEqual(lessons.map((lesson: { duration: string }) => lesson.duration), [
    "00:31:14",
    "00:31:14",
    "00:00:00",
  ]);
  assert.ok(!("video_service_id" in lessons[0]), "ids of videos are not for the public");
  const byId = await shop.call("GET", `/api/courses/courses/${course.id}/`);
  assert.equal(byId.body.slug, course.slug);
});

shopTest("a draft is visible to its tutors only", async (shop) => {
  const course = await addCourse(shop.sql, { isPublished: false });
  const tutor = await courseTutor(shop, course.id);
  const other = await signUp(shop, "other@example.com");
  const see = async (token?: string) =>
    (await shop.call("GET", `/api/courses/courses/${course.slug}/`, { token })).status;
  assert.deepEqual([await see(), await see(other.token), await see(tutor.token)], [404, 404, 200]);
  const { body } = await shop.call("GET", `/api/courses/courses/${course.slug}/`, { token: tutor.token });
  assert.equal(body.parts[0].lessons[0].video_service_id, "sample-video");
  assert.equal(body.tutors[0].email, "", "the address of a tutor is not for the public");
});

shopTest(
  "a free preview plays for everyone, other lessons for those who may watch; every attempt is logged",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { token } = await signUp(shop);
    const preview = await shop.call("GET", `/api/courses/lessons/${course.preview}/`);
    assert.ok(preview.body.otp && preview.body.playbackInfo);
    assert.match(preview.body.otp + preview.body.playbackInfo, /^[\w-]+$/);
    assert.equal((await shop.call("GET", `/api/courses/lessons/${course.lesson}/`)).status, 404);
    assert.equal((await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token })).status, 404);
    assert.equal((await shop.call("GET", "/api/courses/lessons/no-such-lesson/")).status, 404);
    const log = await until(async () => {
      const lines = await shop.sql<{ outcome: string }[]>`select outcome from playback_log order by id`;
      return lines.length >= 3 && lines;
    });
    assert.deepEqual(log.map(({ outcome }) => outcome), ["ticket_issued", "refused", "refused"]);
  },
);

shopTest(
  "pictures have stable URLs that redirect to the file store; other files have none",
  async (shop) => {
    const { status, location } = await (async () => {
      const response = await fetch(`${shop.api}/media/images/course_thumbnails/a.png`, {
        redirect: "manual",
      });
      await response.body?.cancel();
      return { status: response.status, location: response.headers.get("location")! };
    })();
    assert.equal(status, 302);
    const picture = await fetch(location);
    assert.match(await picture.text(), /NoSuchKey/, "the signature stands; there is no such file");
    for (
      const path of [
        "/media/private/a.pdf",
        "/media/images/../private/a.pdf",
        "/media/images/%2e%2e/private/a.pdf",
        "/media/images/..%2Fprivate/a.pdf",
        "/media/images/..%5Cprivate/a.pdf",
        "/media/images//a.png",
        "/media/images/a%00.png",
        "/media/images/%E0%A4%A.png",
        "/media/",
      ]
    ) {
      const response = await fetch(`${shop.api}${path}`, { redirect: "manual" });
      assert.equal(response.status, 404, path);
      await response.body?.cancel();
    }
  },
);

shopTest(
  "a picture's URL leads to it whatever letters the former shop's uploader named it in",
  async (shop) => {
    const { id } = await addCourse(shop.sql);
    const names = ["Плакат 1.JPG", "100%_#1?.png", "été (2).webp", "a&b+c.gif"];
    for (const name of names) {
      await shop
        .sql`update courses set thumbnail_key = ${`media/images/course_thumbnails/${name}`} where id = ${id}`;
      const { body } = await shop.call("GET", "/api/courses/courses/");
      const response = await fetch(body.results[0].thumbnail, { redirect: "manual" });
      await response.body?.cancel();
      assert.equal(response.status, 302, name);
      const { pathname } = new URL(response.headers.get("location")!);
      assert.ok(decodeURIComponent(pathname).endsWith(`/media/images/course_thumbnails/${name}`), pathname);
      const picture = await fetch(response.headers.get("location")!);
      assert.match(await picture.text(), /NoSuchKey/, "the signature stands; there is no such file");
    }
  },
);

shopTest("categories and universities are for everyone, with a token or without", async (shop) => {
  await shop.sql`insert into categories (name, slug) values ('Physics', 'physics'), ('Biology', 'biology')`;
  await shop
    .sql`insert into universities (name, country, city) values ('ETH Zurich', 'Switzerland', 'Zurich')`;
  const { token } = await signUp(shop);
  const categories = await shop.call("GET", "/api/courses/categories/", { token });
  assert.deepEqual(categories.body.results.map((row: { name: string }) => row.name), ["Biology", "Physics"]);
  assert.equal(typeof categories.body.results[0].id, "string");
  const universities = await shop.call("GET", "/api/core/universities/");
  assert.equal(universities.body.results[0].city, "Zurich");
});
