import assert from "node:assert/strict";
import { publicReads } from "../../support/public_reads.ts";
import { addCourse, shopTest, signUp } from "../../support/shop.ts";

shopTest(
  "what anybody may read answers 304, and nothing that depends on the caller is kept by anybody",
  async (shop) => {
    const paths = await publicReads(shop);
    const { token } = await signUp(shop);
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await shop.fetch(`${shop.api}${path}`, { headers });
      return { status: response.status, text: await response.text(), headers: response.headers };
    };
    for (const path of [...paths, "/openapi.json"]) {
      const first = await get(path);
      const etag = first.headers.get("etag")!;
      assert.match(etag, /^"[\w-]+"$/, path);
      assert.equal(first.headers.get("cache-control"), "public, no-cache");
      assert.equal(
        first.headers.get("cdn-cache-control"),
        "public, max-age=60, stale-while-revalidate=30, stale-if-error=30",
        path,
      );
      assert.match(first.headers.get("vary")!, /authorization/i, path);
      assert.match(first.headers.get("vary")!, /origin/i, path);
      assert.equal(first.headers.get("x-request-id"), null, "it would be that of another reader");
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await get(path, { "if-none-match": known, origin: "http://localhost:3000" });
        assert.deepEqual([again.status, again.text, again.headers.get("etag")], [304, "", etag], path);
        assert.equal(again.headers.get("access-control-allow-origin"), "http://localhost:3000");
        for (const name of ["cdn-cache-control", "cache-tag", "vary"]) {
          assert.equal(again.headers.get(name), first.headers.get(name), `${name} of a 304`);
        }
      }
      assert.equal((await get(path, { "if-none-match": '"other"' })).status, 200);
      const head = await shop.fetch(shop.api + path, { method: "HEAD" });
      assert.deepEqual([head.status, head.headers.get("cache-tag")], [200, first.headers.get("cache-tag")]);

      for (const authorization of [`Bearer ${token}`, "Bearer nonsense", "Basic YTpi", ""]) {
        const own = await get(path, { authorization });
        const isRefused = path !== "/openapi.json" && /nonsense|Basic/.test(authorization);
        assert.equal(own.status, isRefused ? 401 : 200, `${path} with ${authorization}`);
        assert.equal(own.headers.get("cache-control"), "private, no-store", `${path} with ${authorization}`);
        for (const name of ["cdn-cache-control", "cache-tag"]) assert.equal(own.headers.get(name), null);
      }
    }
    const [course] = await shop.sql<[{ slug: string }]>`select slug from courses where is_published`;
    const list = (await get("/api/courses/courses/")).headers.get("etag")!;
    await shop.sql`update courses set title = 'Another'`;
    assert.equal((await get("/api/courses/courses/", { "if-none-match": list })).status, 200, "it changed");

    const others: [path: string, headers: Record<string, string>, status: number][] = [
      ["/api/courses/courses/none/", {}, 404],
      ["/api/courses/courses/draft/", {}, 404],
      ["/api/courses/courses/?page=0", {}, 400],
      [`/api/courses/courses/${course.slug}/reviews/`, {}, 200],
      [`/api/courses/courses/${course.slug}/offer/`, {}, 200],
      ["/media/nothing", {}, 404],
      ["/health", {}, 200],
      ["/api/nowhere/", {}, 404],
      [`/api/courses/lessons/${course.slug}-welcome/`, {}, 200],
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

shopTest("each response is tagged with what it shows and lists", async (shop) => {
  const [, , detail] = await publicReads(shop);
  const [row] = await shop.sql<[{ course: string; tutor: string; category: number }]>`
    select course_id as course, user_id as tutor, category_id as category
    from course_tutors join courses on courses.id = course_id`;
  const tagsOf = async (path: string) =>
    (await shop.call("GET", path)).headers.get("cache-tag")!.split(",").sort();
  assert.deepEqual(
    await tagsOf(detail!),
    [
      ...["category", `category-${row.category}`, "course", `course-${row.course}`],
      ...["tutor", `tutor-${row.tutor}`],
    ],
  );
  assert.deepEqual(await tagsOf(`/api/courses/course-parts/?course=${row.course}`), [
    "course",
    `course-${row.course}`,
  ]);
  assert.deepEqual(await tagsOf("/api/courses/courses/?search=algebra"), ["courses"]);
  assert.deepEqual(await tagsOf("/api/auth/tutors/"), ["tutors"]);
  assert.deepEqual(await tagsOf("/api/courses/categories/maths/"), ["categories"]);
  assert.deepEqual(await tagsOf("/api/core/universities/"), ["universities"]);
});

shopTest(
  "pictures may be kept by browsers and edges, but for Cloudflare, which ignores Vary",
  async (shop) => {
    for (const path of ["/media/placeholder.png", "/media/images/course_thumbnails/a-w640.jpg"]) {
      const head = (headers: Record<string, string> = {}) =>
        fetch(shop.api + path, { method: "HEAD", redirect: "manual", headers });
      const { headers } = await head();
      assert.match(headers.get("cache-control")!, /^public, max-age=\d+$/);
      assert.match(headers.get("cdn-cache-control")!, /^public, max-age=60,/);
      const isRedirect = headers.has("location");
      assert.equal(/\bAccept\b/.test(headers.get("vary")!), isRedirect);
      assert.equal(headers.get("cloudflare-cdn-cache-control"), isRedirect ? "no-store" : null);
      const own = await head({ authorization: "Bearer x" });
      assert.equal(own.headers.get("cache-control"), "private, no-store");
      assert.equal(own.headers.get("cdn-cache-control"), null);
    }
  },
);

shopTest(
  "without an edge, no cache but the browser's may keep anything",
  async (shop) => {
    await addCourse(shop.sql);
    const { headers } = await shop.call("GET", "/api/courses/courses/");
    assert.equal(headers.get("cache-control"), "public, no-cache");
    assert.equal(headers.get("cdn-cache-control"), null);
    assert.equal(headers.get("cache-tag"), null);
  },
  { environment: { EDGE_SECONDS: "0" } },
);
