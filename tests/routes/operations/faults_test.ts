// What developers are told of: errors that nobody foresaw, each once.
import assert from "node:assert/strict";
import { purchase } from "../../support/purchases.ts";
import { shopTest, signUp, type TestShop, until } from "../../support/shop.ts";

/** Lets the shop meet an error that nobody foresaw wherever it reads universities. */
const breakUniversities = (shop: TestShop) => shop.sql`alter table universities rename to lost`;

/** Resolves with the reports once there are so many, and a moment later are no more. */
async function reported(shop: TestShop, count: number) {
  await until(() => Promise.resolve(shop.sandbox.errors.length >= count));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(shop.sandbox.errors.length, count);
  return shop.sandbox.errors;
}

/** Asks for something that may be a 500, which the contract lacks. */
async function ask(shop: TestShop, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(shop.api + path, { headers });
  return {
    status: response.status,
    requestId: response.headers.get("x-request-id"),
    text: await response.text(),
  };
}

shopTest("a request that fails is reported once, with its ids", async (shop) => {
  const { id, token } = await signUp(shop);
  await breakUniversities(shop);
  const path = "/api/core/universities/?search=something-private";
  const failed = await ask(shop, path, { authorization: `Bearer ${token}` });
  assert.equal(failed.status, 500);
  const [{ tags, user, environment, exception }] = await reported(shop, 1) as [typeof shop.sandbox.errors[0]];
  assert.deepEqual(tags, { request_id: failed.requestId, operation: "listUniversities" });
  assert.ok(user === undefined || user.id === id); // the operation is open to anybody
  assert.equal(environment, "test");
  assert.match(exception?.values?.at(-1)?.value ?? "", /relation "universities" does not exist/);
  assert.doesNotMatch(JSON.stringify(shop.sandbox.errors), /private|ada@|Bearer/);
  await Promise.all([ask(shop, path), ask(shop, path), ask(shop, path)]);
  await reported(shop, 1); // the same, within a minute
  const page = await fetch(`${shop.sandbox.origin}/sandbox/sentry`);
  assert.match(await page.text(), /listUniversities/);
}, { isFresh: true });

shopTest("refusals, vendors that are away and an unreachable database are not reported", async (shop) => {
  const { token } = await signUp(shop);
  assert.equal((await shop.call("GET", "/api/courses/courses/none/")).status, 404);
  assert.equal((await shop.call("POST", "/api/auth/token/", { body: {} })).status, 400);
  assert.equal((await shop.call("GET", "/api/auth/users/", { token })).status, 403);
  shop.sandbox.faults.set("files", "down");
  await shop.drainJobs(); // the sweep of files fails, and will be tried again
  assert.ok(shop.logged.some((line) => line.includes("job failed")));
  await reported(shop, 0);
});

shopTest(
  "a job is reported when it is given up, however often it was tried, and a broken invariant once a day",
  async (shop) => {
    await purchase(shop);
    await shop.sql`
    insert into pgboss.job (name, data, output)
    values ('dead_jobs', '{"kind":"delete_file"}',
      '{"message":"Error: no luck with ada@example.com","stack":"Error: no luck with ada@example.com\\n    at removeFile (file:///shop/domain/media/remove_files.ts:7:9)"}')`;
    await shop.sql`delete from grants`;
    for (let run = 0; run < 2; run++) {
      await shop.sql`insert into pgboss.job (name, data) values ('jobs', '{"kind":"watch_payments"}')`;
      await shop.drainJobs();
    }
    const errors = await reported(shop, 2);
    const texts = errors.map(({ exception }) => exception?.values?.at(-1)?.value).sort();
    assert.deepEqual(texts, [
      "Invariant 1 is broken: a paid order line has exactly one grant, or a recorded reason why not",
      "The job was given up: Error: no luck with ***",
    ]);
    const dead = errors.find(({ tags }) => tags?.job === "delete_file");
    assert.equal(dead?.exception?.values?.[0]?.stacktrace?.frames?.at(-1)?.function, "removeFile");
  },
);

for (const fault of ["silent", "busy", "nonsense", "refused"] as const) {
  shopTest(
    `with a Sentry that is ${fault}, errors, a sign-in and a purchase take no longer`,
    async (shop) => {
      shop.sandbox.faults.set("errors", fault);
      await breakUniversities(shop);
      const begun = performance.now();
      const { status } = await ask(shop, "/api/core/universities/");
      assert.equal(status, 500);
      assert.ok(performance.now() - begun < 1000);
      await purchase(shop);
      assert.equal(shop.sandbox.errors.length, 0);
    },
    { isFresh: true },
  );
}
