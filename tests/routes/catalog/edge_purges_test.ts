import assert from "node:assert/strict";
import { readConfig } from "../../../adapters/config/read_config.ts";
import { r2Files } from "../../../adapters/r2/files.ts";
import { addCourse, PASSWORD, shopTest, type TestShop } from "../../support/shop.ts";
import { coursePicture, courseTutor, signUpAs } from "../../support/tutors.ts";

/** A shop with a course on sale, its tutor and an administrator, of which everything is purged. */
async function quietShop(shop: TestShop) {
  const course = await addCourse(shop.sql);
  const tutor = await courseTutor(shop, course.id);
  const admin = await signUpAs(shop, "admin");
  const [{ id: category }] = await shop.sql<[{ id: number }]>`
    insert into categories (name, slug) values ('Maths', 'maths') returning id`;
  await shop.sql`update courses set category_id = ${category}`;
  await shop.drainJobs();
  await purgeAgain(shop);
  shop.sandbox.purges.length = 0;
  return { course, tutor, admin, category };
}

/** Makes everything that waits to be purged due, and purges it. */
async function purgeAgain(shop: TestShop): Promise<void> {
  await shop.sql`update stale_tags set due_at = now()`;
  await shop.drainJobs();
}

/** What each cache was asked to purge since the last time, in order. */
function purged(shop: TestShop): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { cache, items } of shop.sandbox.purges) (found[cache] ??= []).push(...items);
  shop.sandbox.purges.length = 0;
  for (const items of Object.values(found)) items.sort();
  return found;
}

const both = (...tags: string[]) => ({ "Deno Deploy": tags.toSorted(), "Cloudflare": tags.toSorted() });
const waiting = async (shop: TestShop) =>
  (await shop.sql<{ tag: string }[]>`select tag from stale_tags order by tag`).map(({ tag }) => tag);

shopTest(
  "each change of the catalogue is purged from both caches, and again ten seconds later",
  async (shop) => {
    const { course, tutor, admin, category } = await quietShop(shop);
    const courses = `/api/courses/courses/${course.slug}/`;
    const page = `course-${course.id}`;
    const changes: [what: string, change: () => Promise<{ status: number }>, tags: string[]][] = [
      ["a title", () => shop.call("PATCH", courses, { token: tutor.token, body: { title: "Better" } }), [
        "courses",
        page,
      ]],
      ["a price", () =>
        shop.call("PUT", `${courses}offer/`, {
          token: tutor.token,
          body: { prices: [{ price: "59.00", currency: "usd" }], access_days: null },
        }), ["courses", page]],
      [
        "unpublished",
        () => shop.call("PATCH", courses, { token: tutor.token, body: { is_published: false } }),
        ["categories", "courses", page, "tutors"],
      ],
      [
        "published",
        () => shop.call("PATCH", courses, { token: tutor.token, body: { is_published: true } }),
        ["categories", "courses", "tutors"],
      ],
      ["a lesson", () =>
        shop.call("PATCH", `/api/courses/lessons/${course.lesson}/`, {
          token: tutor.token,
          body: { title: "Vectors and norms" },
        }), ["courses", page]],
      [
        "a tutor's name",
        () => shop.call("PATCH", "/api/auth/users/me/", { token: tutor.token, body: { last_name: "Byron" } }),
        [
          "courses",
          `tutor-${tutor.id}`,
          "tutors",
        ],
      ],
      ["a category's name", () =>
        shop.call("PATCH", "/api/courses/categories/maths/", {
          token: admin.token,
          body: { name: "Mathematics" },
        }), ["categories", `category-${category}`, "courses"]],
      ["a university", () =>
        shop.call("POST", "/api/core/universities/", {
          token: admin.token,
          body: { name: "ETH", country: "CH", city: "Zurich" },
        }), ["tutors", "universities"]],
    ];
    for (const [what, change, tags] of changes) {
      const { status } = await change();
      assert.ok(status < 300, `${what}: ${status}`);
      await shop.drainJobs();
      assert.deepEqual(purged(shop), both(...tags), what);
      assert.deepEqual(
        [...new Set(await waiting(shop))],
        tags.toSorted(),
        `${what} is kept for the second time`,
      );
      const [{ seconds }] = await shop.sql<[{ seconds: number }]>`
      select extract(epoch from max(due_at) - now())::float8 as seconds from stale_tags`;
      assert.ok(seconds > 5 && seconds <= 10, `${seconds} s`);
      await purgeAgain(shop);
      assert.deepEqual(purged(shop), both(...tags), `${what}, again`);
      assert.deepEqual(await waiting(shop), [], what);
    }
  },
);

shopTest("of many courses that change at once, all pages are purged in one request", async (shop) => {
  await quietShop(shop);
  await shop.sql`
    insert into courses (slug, title, price_amount, is_published)
    select 'many-' || n, 'One of many', 100, true from generate_series(1, 101) n`;
  await shop.drainJobs();
  assert.deepEqual(purged(shop), both("courses", "tutors"), "a new course has no page to purge");
  await shop.sql`
    insert into course_parts (course_id, slug, title, position) select id, slug, 'Part', 0 from courses
    where slug like 'many%'`;
  await shop.drainJobs();
  assert.deepEqual(purged(shop), both("course", "courses"));
});

shopTest("what is not committed, or of a draft, is not purged", async (shop) => {
  const { course } = await quietShop(shop);
  await shop.sql.begin(async (tx) => {
    await tx`update courses set title = 'Never' where id = ${course.id}`;
    throw new Error("changed my mind");
  }).catch(() => {});
  await addCourse(shop.sql, { title: "Draft", isPublished: false });
  await shop.drainJobs();
  assert.deepEqual(purged(shop), {});
});

shopTest(
  "an erased tutor is purged with their picture, from the content delivery network too",
  async (shop) => {
    const { tutor } = await quietShop(shop);
    const form = new FormData();
    form.set("avatar", new File([await coursePicture()], "me.png", { type: "image/png" }));
    const { token } = tutor;
    const changed = await shop.fetch(`${shop.api}/api/auth/users/me/`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    assert.equal(changed.status, 200, await changed.text());
    const [{ key }] = await shop.sql<[{ key: string }]>`
      select avatar_key as key from users where id = ${tutor.id}`;
    await purgeAgain(shop);
    purged(shop);
    const erased = await shop.call("DELETE", "/api/auth/users/me/", { token, body: { password: PASSWORD } });
    assert.equal(erased.status, 204);
    await shop.drainJobs();
    const { "Deno Deploy": deploy, Cloudflare: cloudflare } = purged(shop);
    assert.ok(deploy!.includes(`tutor-${tutor.id}`) && deploy!.includes("tutors"));
    const files = cloudflare!.filter((item) => item.startsWith("https:"));
    assert.ok(files.includes(`https://cdn.example.com/${key}`));
    assert.ok(files.some((file) => file.endsWith(".webp")), "its smaller versions");
  },
  { environment: { MEDIA_CDN_URL: "https://cdn.example.com" } },
);

shopTest(
  "a picture of which only the purge failed is purged later, when the sweep removed it too",
  async (shop) => {
    const key = (name: string) => `media/images/avatars/${name}-w96.jpg`;
    const [first, second] = [key(crypto.randomUUID()), key(crypto.randomUUID())];
    const files = r2Files(readConfig(shop.environment).r2);
    for (const picture of [first, second]) {
      await files.put(picture, new Uint8Array([1]), { contentType: "image/jpeg", readers: "everybody" });
    }
    shop.sandbox.ageFiles(25);
    shop.sandbox.faults.set("edge", "down");
    await shop.sql`delete from pgboss.job`;
    await shop.drainJobs(); // the daily sweep, whose purge fails
    assert.deepEqual([await files.describe(first), await files.describe(second)], [null, null]);
    assert.deepEqual(purged(shop), {});
    shop.sandbox.faults.set("edge", null);
    await shop.sql`update pgboss.job set start_after = now() where state = 'retry'`;
    await shop.drainJobs();
    const { Cloudflare: purgedFiles } = purged(shop);
    for (const picture of [first, second]) {
      assert.ok(purgedFiles!.includes(`https://cdn.example.com/${picture}`), purgedFiles!.join());
    }
  },
  { environment: { MEDIA_CDN_URL: "https://cdn.example.com" } },
);

shopTest(
  "a cache that cannot be purged is purged later, of everything that changed meanwhile",
  async (shop) => {
    const { course } = await quietShop(shop);
    const rename = (title: string) => shop.sql`update courses set title = ${title} where id = ${course.id}`;
    for (const [fault, status] of [["down", "500"], ["busy", "429"], ["refused", "401"]] as const) {
      shop.sandbox.faults.set("edge", fault);
      shop.logged.length = 0;
      await rename(`${fault} once`);
      await shop.drainJobs();
      await rename(`${fault} twice`);
      await shop.drainJobs();
      assert.deepEqual(purged(shop), {});
      const warnings = shop.logged.filter((line) => line.includes("edge not purged"));
      assert.equal(warnings.filter((line) => line.includes(status)).length, 2, warnings.join());
      const [{ seconds }] = await shop.sql<[{ seconds: number }]>`
      select extract(epoch from max(due_at) - now())::float8 as seconds from stale_tags`;
      if (fault === "busy") assert.ok(seconds > 25 && seconds <= 30, `as long as it said: ${seconds} s`);
      else assert.ok(seconds <= 2, `${seconds} s`);
      shop.sandbox.faults.set("edge", null);
      await purgeAgain(shop);
      assert.deepEqual(purged(shop), both("courses", `course-${course.id}`), "in one request each");
      await purgeAgain(shop);
      purged(shop);
    }
  },
);

shopTest("a cache that talks nonsense is purged later, until no cache has it any longer", async (shop) => {
  await quietShop(shop);
  shop.sandbox.faults.set("edge", "nonsense"); // Deno Deploy's documented answer is any 2xx
  await shop.sql`update courses set title = 'Once'`;
  await shop.drainJobs();
  assert.match(shop.logged.find((line) => line.includes("edge not purged"))!, /Cloudflare did not purge/);
  assert.equal((await waiting(shop)).length, 2);
  await shop.sql`update stale_tags set noted_at = now() - interval '2 hours', due_at = now()`;
  await shop.drainJobs();
  assert.deepEqual(await waiting(shop), []);
});

shopTest(
  "two processes share what is to be purged, and one that dies leaves it to the other",
  async (shop) => {
    const { course } = await quietShop(shop);
    for (let n = 0; n < 20; n++) {
      await shop
        .sql`update courses set title = ${`Title ${n}`} where id = ${course.id}`;
    }
    await shop.sql`update stale_tags set due_at = now() + interval '1 minute' where id % 4 < 2`; // claimed by one that died
    await shop.drainJobs();
    assert.deepEqual(purged(shop), both("courses", `course-${course.id}`));
    await shop.sql`update stale_tags set due_at = now() where not is_again`;
    await Promise.all([shop.drainJobs(), shop.drainJobs()]);
    assert.ok((await shop.sql`select from stale_tags where not is_again`).length === 0);
  },
);
