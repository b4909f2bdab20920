import assert from "node:assert/strict";
import { operations } from "./operations.ts";
import { addCourse, type TestShop } from "./shop.ts";
import { courseTutor } from "./tutors.ts";

/**
 * Fills a shop with something of everything that anybody may read, and returns a path for each operation whose
 * responses an edge may keep.
 */
export async function publicReads(shop: TestShop): Promise<string[]> {
  const course = await addCourse(shop.sql);
  await addCourse(shop.sql, { title: "Draft", isPublished: false });
  const tutor = await courseTutor(shop, course.id);
  await shop.sql`
    with category as (insert into categories (name, slug) values ('Maths', 'maths') returning id),
      university as (
        insert into universities (name, country, city, logo_key) values ('ETH', 'CH', 'Zurich', 'logos/eth') returning id
      ),
      person as (update users set university_id = university.id, publishes_email = true from university)
    update courses set category_id = category.id from category`;
  const paths = [
    "/api/courses/courses/",
    "/api/courses/courses/?search=algebra&facets=true&highlight=true",
    `/api/courses/courses/${course.slug}/`,
    `/api/courses/course-parts/?course=${course.slug}`,
    `/api/courses/course-parts/${course.slug}-part/`,
    `/api/courses/lessons/?part=${course.slug}-part`,
    "/api/courses/categories/",
    "/api/courses/categories/maths/",
    "/api/core/universities/",
    "/api/core/universities/1/",
    "/api/auth/tutors/",
    `/api/auth/tutors/${tutor.id}/`,
  ];
  for (const { route, cacheTags } of Object.values(operations)) {
    const pattern = new RegExp(`^${route.path.replace(/\{\w+\}/g, "[^/?]+")}(\\?|$)`);
    if (cacheTags !== null) assert.ok(paths.some((path) => pattern.test(path)), `no path for ${route.path}`);
  }
  return paths;
}
