import assert from "node:assert/strict";
import { client } from "../../../openapi/generated/client/client.gen.ts";
import { createToken, getCourse, getMe, listCourses } from "../../../openapi/generated/client/sdk.gen.ts";
import { addCourse, shopTest, signUp } from "../../support/shop.ts";

shopTest(
  "the generated client signs in, lists, shows, and tells problems apart by their code",
  async (shop) => {
    const course = await addCourse(shop.sql);
    await signUp(shop);
    client.setConfig({ baseUrl: shop.api });
    const { data: tokens } = await createToken({
      body: { email: "ada@example.com", password: "correct-horse" },
    });
    const me = await getMe({ auth: tokens!.access });
    assert.equal(me.data?.email, "ada@example.com");
    const courses = await listCourses({ query: { page_size: 5 } });
    assert.equal(courses.data?.results[0]?.slug, course.slug);
    const missing = await getCourse({ path: { slug: "no-such-course" } });
    assert.equal(missing.error?.code, "not_found");
  },
  { on: ["pglite"] },
);
