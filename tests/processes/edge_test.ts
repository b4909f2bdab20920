import assert from "node:assert/strict";
import { hasVarnish, startVarnish } from "../support/daemons.ts";
import { freePort } from "../support/postgres_cluster.ts";
import { addStudent } from "../support/people.ts";
import { publicReads } from "../support/public_reads.ts";
import { addCourse, PASSWORD, shopTest, type TestShop } from "../support/shop.ts";
import { signUpAs } from "../support/tutors.ts";

const EDGE_PORT = freePort();
const environment = (seconds: number) => ({
  PUBLIC_URL: "https://api.shop.example", // links are the same, whichever way a response comes
  VARNISH_URL: `http://127.0.0.1:${EDGE_PORT}`,
  EDGE_SECONDS: String(seconds),
  DEPLOY_CACHE_URL: "",
  CLOUDFLARE_API_TOKEN: "",
  CLOUDFLARE_ZONE_ID: "",
});

type Read = { status: number; body: string; isHit: boolean };
type Behind = TestShop & {
  /** Asks the edge. */
  read(path: string, token?: string): Promise<Read>;
  /** How many requests the edge has passed on to the API. */
  asked(): number;
  /** How many of them the API has responded to. */
  answered(): number;
  /** Holds responses back on their way to the edge until the returned function is called. */
  hold(): () => void;
};

/**
 * Declares a test of a shop behind Varnish, which keeps responses for so many seconds. `vcl` changes its configuration.
 */
function edgeTest(
  name: string,
  seconds: number,
  run: (shop: Behind, t: Deno.TestContext) => Promise<void>,
  vcl?: (text: string) => string,
): void {
  if (!hasVarnish) return;
  shopTest(name, async (shop, t) => {
    await using parts = new AsyncDisposableStack();
    let [asked, answered] = [0, 0];
    let held: Promise<void> = Promise.resolve();
    const gate = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      asked++;
      const url = new URL(request.url);
      const response = await fetch(`${shop.api}${url.pathname}${url.search}`, {
        method: request.method,
        headers: request.headers,
        redirect: "manual",
      });
      const body = await response.arrayBuffer();
      answered++;
      await held;
      const headers = new Headers(response.headers);
      headers.delete("content-encoding");
      return new Response([204, 304].includes(response.status) ? null : body, {
        status: response.status,
        headers,
      });
    });
    parts.defer(() => gate.shutdown());
    const varnish = await startVarnish(EDGE_PORT, gate.addr.port, vcl);
    parts.defer(() => varnish.stop());
    await run({
      ...shop,
      asked: () => asked,
      answered: () => answered,
      hold() {
        const gate = Promise.withResolvers<void>();
        held = gate.promise;
        return gate.resolve;
      },
      async read(path, token) {
        const response = await fetch(varnish.url + path, { headers: headersFor(token) });
        const body = withoutId(await response.text());
        const isHit = response.headers.get("cache-status") === "varnish; hit";
        return { status: response.status, body, isHit };
      },
    }, t);
  }, { environment: environment(seconds) });
}

const headersFor = (token?: string): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
const withoutId = (body: string) => body.replace(/"request_id":"[^"]*"/, "");
const titleOf = ({ body }: Read): string | undefined => JSON.parse(body).title;
const detailOf = (course: { slug: string }) => `/api/courses/courses/${course.slug}/`;

edgeTest("what an edge keeps", 60, async (shop, t) => {
  await t.step("of a thousand requests of readers, an edge passes on one per page", async () => {
    const paths = await publicReads(shop);
    for (let round = 0; round < 50; round++) {
      const reads = await Promise.all(
        Array.from({ length: 20 }, (_, n) => shop.read(paths[(round + n) % paths.length]!)),
      );
      assert.ok(reads.every(({ status }) => status === 200));
    }
    assert.equal(shop.asked(), paths.length);
  });

  await t.step("a response that was under way during a purge is gone after the second one", async () => {
    const course = await addCourse(shop.sql, { title: "Slow" });
    await shop.drainJobs();
    await shop.sql`delete from stale_tags`;
    const answered = shop.answered();
    const release = shop.hold();
    const slow = shop.read(detailOf(course));
    while (shop.answered() === answered) await new Promise((resolve) => setTimeout(resolve, 5));
    await shop.sql`update courses set title = 'Changed' where id = ${course.id}`;
    await shop.drainJobs();
    release();
    assert.equal(titleOf(await slow), "Slow");
    const kept = await shop.read(detailOf(course));
    assert.deepEqual(
      [kept.isHit, titleOf(kept)],
      [true, "Slow"],
      "it was kept after the first purge",
    );
    await shop.sql`update stale_tags set due_at = now()`; // ten seconds later
    await shop.drainJobs();
    assert.equal(titleOf(await shop.read(detailOf(course))), "Changed");
  });

  await t.step("nobody but the API may purge", async () => {
    const course = await addCourse(shop.sql, { title: "Guarded" });
    await shop.read(detailOf(course));
    const purge = async (headers: Record<string, string>) => {
      const response = await fetch(`http://127.0.0.1:${EDGE_PORT}`, { method: "PURGE", headers });
      await response.body?.cancel();
      return response.status;
    };
    const tag = { "cache-tag": "course" };
    assert.equal(await purge({ ...tag, "x-forwarded-for": "192.0.2.1" }), 403, "a reader, through a proxy");
    assert.equal(await purge({ "cache-tag": "course || req.url ~ ." }), 400, "no expression of Varnish");
    assert.equal(await purge({}), 400);
    assert.ok((await shop.read(detailOf(course))).isHit);
    assert.equal(await purge(tag), 200);
    assert.ok(!(await shop.read(detailOf(course))).isHit);
  });

  await t.step("a purge costs the API one request per page, however many readers wait", async () => {
    const course = await addCourse(shop.sql, { title: "Popular" });
    await shop.read(detailOf(course));
    await shop.drainJobs();
    const before = shop.asked();
    const release = shop.hold();
    const reads = Array.from({ length: 50 }, () => shop.read(detailOf(course)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    release();
    assert.ok((await Promise.all(reads)).every(({ status }) => status === 200));
    assert.equal(shop.asked() - before, 1);
  });
});

/** Has callers of all kinds read at random, and holds each response against that of the API itself. */
async function readInAnyMix(shop: Behind): Promise<void> {
  const paths = await publicReads(shop);
  const [course] = await shop.sql<
    [{ id: string; slug: string }]
  >`select id, slug from courses where is_published`;
  const [tutor] = await shop.sql<[{ email: string }]>`select email from users where role = 2`;
  const { body: { access } } = await shop.call("POST", "/api/auth/token/", {
    body: { email: tutor.email, password: PASSWORD },
  });
  const callers: Record<string, string | undefined> = {
    nobody: undefined,
    student: (await addStudent(shop, course.id)).token,
    tutor: access,
    admin: (await signUpAs(shop, "admin")).token,
    "a bad token": "nonsense",
  };
  paths.push(
    "/api/auth/users/me/",
    "/api/courses/enrollments/",
    "/api/courses/courses/draft/",
    `/api/courses/courses/${course.slug}/reviews/`,
    `/api/courses/courses/${course.slug}/offer/`,
    "/api/nowhere/",
  );
  const direct = new Map<string, Promise<string>>();
  const expected = (path: string, token?: string) => {
    const key = `${token} ${path}`;
    if (!direct.has(key)) {
      direct.set(
        key,
        (async () => {
          const response = await fetch(shop.api + path, { headers: headersFor(token) });
          return `${response.status} ${withoutId(await response.text())}`;
        })(),
      );
    }
    return direct.get(key)!;
  };
  const pick = <Item>(items: Item[]) => items[Math.floor(Math.random() * items.length)]!;
  let hits = 0;
  const answers = new Set<string>();
  for (let round = 0; round < 16; round++) {
    await Promise.all(Array.from({ length: 20 }, async () => {
      const [who, token] = pick(Object.entries(callers));
      const path = pick(paths);
      const { status, body, isHit } = await shop.read(path, token);
      assert.equal(`${status} ${body}`, await expected(path, token), `${who} reads ${path}`);
      if (isHit) assert.equal(who, "nobody", `${who} got what is kept`);
      hits += isHit ? 1 : 0;
      answers.add(body);
    }));
    if (round % 8 === 7) { // whoever comes first after a purge
      await shop.sql`update courses set updated_at = updated_at`;
      await shop.sql`insert into stale_tags (tag) values ('courses'), (${`course-${course.id}`})`;
      await shop.drainJobs();
    }
  }
  assert.ok(hits > 10, `${hits} of 320`);
  assert.ok(answers.size > 20, "callers see different things");
}

edgeTest("nobody gets another caller's response, in any mix of callers", 60, readInAnyMix);

edgeTest(
  "nor from an edge that keeps responses to requests with a token if it may",
  60,
  readInAnyMix,
  (vcl) => vcl.replace("return (pass);", "return (hash);"),
);

edgeTest(
  "what changes is purged from the edge, and nothing else; a quote is never kept",
  60,
  async (shop) => {
    const paths = await publicReads(shop);
    const [course] = await shop.sql<
      [{ id: string; slug: string }]
    >`select id, slug from courses where is_published`;
    const other = await addCourse(shop.sql, { title: "Topology" });
    const { token } = await signUpAs(shop, "admin");
    const detail = detailOf(course);
    const change = async (method: string, path: string, body: unknown) =>
      assert.ok((await shop.call(method, path, { token, body })).status < 300, `${method} ${path}`);
    const price = (text: string) =>
      change("PUT", `${detail}offer/`, { prices: [{ price: text, currency: "usd" }], access_days: null });
    const [{ tutor }] = await shop.sql<[{ tutor: string }]>`select user_id as tutor from course_tutors`;
    const changes: [what: string, change: () => Promise<void>, seen: (read: Read) => boolean][] = [
      ["a price", () => price("77.00"), ({ body }) => body.includes('"price":"77.00"')],
      [
        "unpublishing",
        () => change("PATCH", detail, { is_published: false }),
        ({ status }) => status === 404,
      ],
      ["publishing", () => change("PATCH", detail, { is_published: true }), ({ status }) => status === 200],
      [
        "a category's name",
        () => change("PATCH", "/api/courses/categories/maths/", { name: "Mathematics" }),
        ({ body }) => body.includes('"Mathematics"'),
      ],
      [
        "a tutor's name",
        () => change("PATCH", `/api/auth/users/${tutor}/`, { last_name: "Byron" }),
        ({ body }) => body.includes('"Byron"'),
      ],
      [
        "an erased tutor",
        () => change("DELETE", `/api/auth/users/${tutor}/`, undefined),
        ({ body }) => !body.includes("Byron"),
      ],
    ];
    for (const [what, make, seen] of changes) {
      for (const path of [...paths, detailOf(other)]) await shop.read(path);
      await shop.sql`delete from stale_tags`;
      const before = await shop.read(detail);
      await make();
      const meanwhile = await shop.read(detail);
      if (before.status === 200) {
        assert.deepEqual(
          [meanwhile.isHit, meanwhile.body],
          [true, before.body],
          `${what}: the edge does not know yet`,
        );
      } else assert.ok(seen(meanwhile), `${what}: a refusal is not kept`);
      if (what === "a price") {
        const { body } = await shop.call("POST", "/api/payments/quote/", {
          token,
          body: { course_ids: [course.id] },
        });
        assert.match(JSON.stringify(body), /77\.00/, "the quote is today's");
      }
      await shop.drainJobs();
      const after = await shop.read(detail);
      assert.ok(seen(after), `${what}: ${after.status} ${after.body}`);
      const [list] = await Promise.all([shop.read("/api/courses/courses/")]);
      assert.equal(list.isHit, false, `${what}: lists are purged too`);
      assert.ok((await shop.read(detailOf(other))).isHit, `${what}: another course is kept`);
    }
  },
);

edgeTest(
  "what is not purged is gone after one and a half times EDGE_SECONDS, also if an edge lies",
  2,
  async (shop) => {
    const course = await addCourse(shop.sql);
    await shop.read(detailOf(course));
    const kept = Date.now();
    await shop.sql`update courses set title = 'Changed' where id = ${course.id}`;
    const meanwhile = titleOf(await shop.read(detailOf(course)));
    if (Date.now() - kept < 2000) assert.equal(meanwhile, "Linear Algebra");
    await new Promise((resolve) => setTimeout(resolve, 3050 - (Date.now() - kept)));
    assert.equal(titleOf(await shop.read(detailOf(course))), "Changed", "the first to ask gets it");
  },
);
