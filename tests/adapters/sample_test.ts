import assert from "node:assert/strict";
import { courses } from "../../adapters/sandbox/sample/catalog.ts";
import { seedSample } from "../../adapters/sandbox/sample/seed.ts";
import { databaseTest } from "../support/test_database.ts";

databaseTest("the sample shop is complete, and a second start adds nothing", async ({ sql }) => {
  const stored: string[] = [];
  const deps = {
    files: { put: (key: string) => Promise.resolve(void stored.push(key)) },
    hashPassword: () => Promise.resolve("hash"),
  };
  assert.equal(await seedSample(sql, deps), true);
  assert.equal(await seedSample(sql, deps), false);
  assert.equal(new Set(stored).size, courses.length);
  const [counts] = await sql`
    select (select count(*)::int from categories) as categories,
      (select count(*)::int from courses where is_published) as published,
      (select count(*)::int from courses where not is_published) as drafts,
      (select count(*)::int from courses where is_published and price_amount = 0) as free,
      (select count(*)::int from universities) as universities,
      (select count(*)::int from lessons) as lessons,
      (select count(*)::int from lessons where is_free_preview) as previews,
      (select count(*)::int from courses c where not exists (
        select from course_parts p join lessons l on l.part_id = p.id where p.course_id = c.id
      )) as hollow,
      (select count(*)::int from courses c where not exists (
        select from course_tutors t where t.course_id = c.id
      )) as orphans,
      (select count(*)::int from reviews) as reviews,
      (select count(*)::int from comments) as comments`;
  assert.deepEqual(counts, {
    categories: 8,
    published: 12,
    drafts: 2,
    free: 1,
    universities: 60,
    lessons: courses.flatMap(({ parts }) => parts).flatMap(({ lessons }) => lessons).length,
    previews: courses.reduce((sum, { previews }) => sum + previews, 0),
    hollow: 0,
    orphans: 0,
    reviews: 7,
    comments: 2,
  });
});
