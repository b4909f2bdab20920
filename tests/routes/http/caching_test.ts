import assert from "node:assert/strict";
import { addCourse, shopTest, signUp } from "../../support/shop.ts";

shopTest(
  "the public catalog answers 304, and nothing that depends on the caller is kept by anybody",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const { token } = await signUp(shop);
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await shop.fetch(`${shop.api}${path}`, { headers });
      return { status: response.status, text: await response.text(), headers: response.headers };
    };
    const catalog = [
      "/api/courses/courses/",
      "/api/courses/courses/?search=algebra",
      `/api/courses/courses/${course.slug}/`,
      `/api/courses/course-parts/?course=${course.slug}`,
      `/api/courses/course-parts/${course.slug}-part/`,
      `/api/courses/lessons/?part=${course.slug}-part`,
      "/api/courses/categories/",
      "/api/core/universities/",
    ];
    for (const path of catalog) {
      const first = await get(path);
      const etag = first.headers.get("etag")!;
      assert.match(etag, /^"[\w-]+"$/, path);
      assert.equal(first.headers.get("cache-control"), "public, no-cache");
      assert.match(first.headers.get("vary")!, /authorization/i, path);
      assert.match(first.headers.get("vary")!, /origin/i, path);
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await get(path, { "if-none-match": known, origin: "http://localhost:3000" });
        assert.deepEqual([again.status, again.text, again.headers.get("etag")], [304, "", etag], path);
        assert.equal(again.headers.get("access-control-allow-origin"), "http://localhost:3000");
      }
      assert.equal((await get(path, { "if-none-match": '"other"' })).status, 200);

      const own = await get(path, { authorization: `Bearer ${token}`, "if-none-match": etag });
      assert.equal(own.status, 200, "a caller is never answered from what all see");
      assert.equal(own.headers.get("cache-control"), "private, no-store");
      assert.equal(own.headers.get("etag"), null);
      assert.match(own.headers.get("vary")!, /authorization/i);
    }
    const list = (await get("/api/courses/courses/")).headers.get("etag")!;
    await shop.sql`update courses set title = 'Another'`;
    assert.equal((await get("/api/courses/courses/", { "if-none-match": list })).status, 200, "it changed");

    const others: [path: string, headers: Record<string, string>, status: number][] = [
      ["/api/courses/courses/none/", {}, 404],
      ["/api/courses/courses/?page=0", {}, 400],
      ["/api/nowhere/", {}, 404],
      [`/api/courses/lessons/${course.preview}/`, {}, 200],
      ["/api/auth/users/me/", { authorization: `Bearer ${token}` }, 200],
      ["/api/auth/users/me/", {}, 401],
      ["/api/courses/enrollments/", { authorization: `Bearer ${token}` }, 200],
      ["/api/payments/payments/", { authorization: `Bearer ${token}` }, 200],
    ];
    for (const [path, headers, status] of others) {
      const answer = await get(path, headers);
      assert.deepEqual(
        [answer.status, answer.headers.get("cache-control")],
        [status, "private, no-store"],
        path,
      );
    }
  },
);
