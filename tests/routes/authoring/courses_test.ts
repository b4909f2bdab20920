import assert from "node:assert/strict";
import { client } from "../../../openapi/generated/client/client.gen.ts";
import {
  createCourse,
  createCourseForm,
  updateCourse,
  updateCourseForm,
} from "../../../openapi/generated/client/sdk.gen.ts";
import { addCourse, shopTest } from "../../support/shop.ts";
import { coursePicture, courseTutor, signUpAs } from "../../support/tutors.ts";

shopTest("a tutor changes a course as JSON and as a form, through the generated client", async (shop) => {
  const course = await addCourse(shop.sql, { isPublished: false });
  const { token } = await courseTutor(shop, course.id);
  await shop.sql`insert into categories (name, slug) values ('Mathematics', 'mathematics')`;
  client.setConfig({ baseUrl: shop.api, fetch: shop.fetch });
  const path = { slug: course.slug };
  const changed = await updateCourse({ path, body: { title: "Matrices", price: 24.5 }, auth: token });
  assert.equal(changed.data?.title, "Matrices");
  assert.equal(changed.data?.price, "24.50");
  assert.equal(changed.data?.slug, course.slug);
  const [category] = await shop.sql`select id from categories`;
  const saved = await updateCourseForm({
    path,
    body: { description: "New.", category: String(category!.id), price: "30", is_published: true },
    auth: token,
  });
  assert.equal(saved.data?.price, "30.00");
  assert.equal(saved.data?.category?.name, "Mathematics");
  assert.equal(saved.data?.is_published, true);
  assert.equal(saved.data?.title, "Matrices");
});

shopTest("a course is created from a form with all fields, and can be on sale at once", async (shop) => {
  const { token } = await signUpAs(shop, "tutor");
  await shop.sql`insert into categories (name, slug) values ('Mathematics', 'mathematics')`;
  const [category] = await shop.sql`select id from categories`;
  client.setConfig({ baseUrl: shop.api, fetch: shop.fetch });
  const about = {
    level: "beginner" as const,
    language: "es" as const,
    objectives: ["Add", "Subtract"],
    requirements: [],
  };
  const created = await createCourseForm({
    body: {
      title: "Sumar",
      category: String(category!.id),
      price: "9.90",
      is_published: true,
      thumbnail: new Blob([await coursePicture()]),
      ...about,
    },
    auth: token,
  });
  assert.equal(created.response!.status, 201);
  const { level, language, objectives, requirements, price, is_published, thumbnail } = created.data!;
  assert.deepEqual({ level, language, objectives, requirements }, about);
  assert.deepEqual([price, is_published], ["9.90", true]);
  assert.match(thumbnail, /course_thumbnails/);
  const refused = await createCourse({ body: { title: "X", category: "999" }, auth: token });
  assert.deepEqual(Object.keys(refused.error!.errors!), ["category"]);
}, { on: ["pglite"] });

shopTest("a course's picture is uploaded by form, and then served", async (shop) => {
  const course = await addCourse(shop.sql, { isPublished: false });
  const { token } = await courseTutor(shop, course.id);
  client.setConfig({ baseUrl: shop.api, fetch: shop.fetch });
  const save = (thumbnail: Blob) =>
    updateCourseForm({ path: { slug: course.slug }, body: { thumbnail }, auth: token });
  const changed = await save(new Blob([await coursePicture()]));
  const served = await fetch(changed.data!.thumbnail!);
  assert.equal(served.status, 200);
  assert.match(served.headers.get("content-type")!, /^image\//);
  await served.arrayBuffer();
  const refused = await save(new Blob(["no picture"]));
  assert.deepEqual(Object.keys(refused.error!.errors!), ["thumbnail"]);
}, { on: ["pglite"] });

shopTest("a course is changed by its tutors and administrators only", async (shop) => {
  const course = await addCourse(shop.sql);
  const draft = await addCourse(shop.sql, { title: "Draft", isPublished: false });
  const stranger = await signUpAs(shop, "tutor", "stranger@example.com");
  const student = await signUpAs(shop, "student", "student@example.com");
  const admin = await signUpAs(shop, "admin", "admin@example.com");
  const patch = (slug: string, token?: string) =>
    shop.call("PATCH", `/api/courses/courses/${slug}/`, { token, body: { title: "Mine now" } });
  assert.equal((await patch(course.slug)).status, 401);
  for (const { token } of [stranger, student]) {
    assert.equal((await patch(course.slug, token)).status, 403);
    assert.equal((await patch(draft.slug, token)).status, 404);
  }
  assert.equal((await patch(draft.slug, admin.token)).status, 200);
  const [entry] = await shop.sql`select action, actor_id, subject_id, after from audit_log`;
  assert.deepEqual(entry, {
    action: "course.change",
    actor_id: admin.id,
    subject_id: draft.id,
    after: { title: "Mine now" },
  });
}, { on: ["postgres"] });

shopTest("an invalid price, category or title is refused by name", async (shop) => {
  const course = await addCourse(shop.sql, { isPublished: false });
  const { token } = await courseTutor(shop, course.id);
  const cases: [string, unknown][] = [
    ["price", "-1"],
    ["price", "1.999"],
    ["price", "1e3"],
    ["price", "1000000"],
    ["price", ""],
    ["category", "99"],
    ["category", "x"],
    ["category", 2 ** 40],
    ["title", " "],
  ];
  for (const [field, value] of cases) {
    const { status, body } = await shop.call("PATCH", `/api/courses/courses/${course.id}/`, {
      token,
      body: { [field]: value },
    });
    assert.equal(status, 400, `${field} ${value}`);
    assert.deepEqual(Object.keys(body.errors), [field]);
  }
}, { on: ["pglite"] });
