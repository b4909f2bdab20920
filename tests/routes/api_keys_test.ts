import assert from "node:assert/strict";
import { webCryptoKeySecrets } from "../../adapters/web_crypto/key_secrets.ts";
import { SCOPES } from "../../domain/api_keys/ports.ts";
import { operations } from "../support/operations.ts";
import { addCourse, shopTest, type TestShop } from "../support/shop.ts";
import { addStudent } from "../support/people.ts";
import { courseTutor, signUpAs } from "../support/tutors.ts";

const KEYS = "/api/auth/api-keys/";

/** Creates a key with these scopes for the owner of the token. */
async function createKey(shop: TestShop, token: string, scopes: readonly string[], more: object = {}) {
  const { status, body } = await shop.call("POST", KEYS, {
    token,
    body: { name: "A program", scopes, ...more },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body as { id: string; key: string; start: string };
}

const call = async (shop: TestShop, path: string, token: string) =>
  (await shop.call("GET", path, { token })).status;

shopTest("a key does what its owner may do, within its scopes, and is shown once", async (shop) => {
  const tutor = await signUpAs(shop, "tutor");
  const { id, key, start } = await createKey(shop, tutor.token, ["courses:read", "courses:write"]);
  assert.match(key, /^11t_test_[0-9A-Za-z]{43}[0-9a-f]{6}$/);
  assert.ok(key.startsWith(start) && start.length < 14);
  const made = await shop.call("POST", "/api/courses/courses/", {
    token: key,
    body: { title: "Made by a program", price: "10.00" },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { body: own } = await shop.call("GET", "/api/auth/tutors/me/courses/", { token: key });
  assert.deepEqual(own.results.map(({ title }: { title: string }) => title), ["Made by a program"]);

  const refused = await shop.call("GET", "/api/payments/promotions/", { token: key });
  assert.deepEqual([refused.status, refused.body.code], [403, "insufficient_scope"]);
  assert.match(refused.body.detail, /lacks the scope promotions:read/);
  // A scope gives no right that the owner lacks.
  const orders = await createKey(shop, tutor.token, ["people:read"]);
  assert.equal((await shop.call("GET", "/api/auth/users/", { token: orders.key })).body.code, "forbidden");

  const { body: listed } = await shop.call("GET", KEYS, { token: tutor.token });
  const used = listed.results.find((one: { id: string }) => one.id === id);
  assert.ok(used.last_used_at);
  assert.equal(JSON.stringify(listed).includes(key), false);
  const [row] = await shop.sql<{ text: string }[]>`select k::text as text from api_keys k where id = ${id}`;
  assert.equal(row!.text.includes(key.slice(9)), false, "only its hash is stored");
});

shopTest("an operation without a scope refuses keys, whatever their scopes", async (shop) => {
  const admin = await signUpAs(shop, "admin");
  const { key } = await createKey(shop, admin.token, SCOPES);
  const surprises: string[] = [];
  for (const [id, { route, access, scope }] of Object.entries(operations)) {
    if (access === "open") continue;
    const path = route.path.replace(/\{\w+\}/g, crypto.randomUUID());
    const response = await shop.fetch(`${shop.api}${path}`, {
      method: route.method.toUpperCase(),
      headers: { authorization: `Bearer ${key}` },
    });
    const { code } = await response.json().catch(() => ({}));
    if ((code === "insufficient_scope") !== (scope === null)) {
      surprises.push(`${id}: ${response.status} ${code}`);
    }
  }
  assert.deepEqual(surprises, []);
});

shopTest(
  "a key ends when it is revoked or expires, and with its owner's rights and account",
  async (shop) => {
    const [tutor, admin] = [await signUpAs(shop, "tutor"), await signUpAs(shop, "admin")];
    const { sql } = shop;
    const read = (key: string) => call(shop, "/api/auth/tutors/me/courses/", key);
    const fresh = () => createKey(shop, tutor.token, ["courses:read"]);

    const revoked = await fresh();
    assert.equal(await read(revoked.key), 200);
    assert.equal((await shop.call("DELETE", `${KEYS}${revoked.id}/`, { token: tutor.token })).status, 204);
    assert.equal(await read(revoked.key), 401);
    assert.equal((await shop.call("DELETE", `${KEYS}${revoked.id}/`, { token: tutor.token })).status, 404);

    const expired = await fresh();
    await sql`update api_keys set expires_at = now() - interval '1 second' where id = ${expired.id}`;
    assert.equal(await read(expired.key), 401);
    const late = { name: "Late", scopes: ["courses:read"], expires_at: "2020-01-01T00:00:00Z" };
    assert.equal((await shop.call("POST", KEYS, { token: tutor.token, body: late })).status, 400);

    const kept = await fresh();
    for (const change of ["role = 3", "deactivated_at = now()", "erased_at = now()"]) {
      await sql.unsafe(`update users set ${change} where id = '${tutor.id}'`);
      assert.equal(await read(kept.key), 401, change);
      await sql`update users set role = 2, deactivated_at = null, erased_at = null where id = ${tutor.id}`;
      assert.equal(await read(kept.key), 200);
    }
    assert.equal((await shop.call("DELETE", `${KEYS}${kept.id}/`, { token: admin.token })).status, 204);
    assert.equal(await read(kept.key), 401, "an administrator revokes anybody's");
    assert.equal(await read(`${kept.key.slice(0, -1)}x`), 401);
    assert.equal(await read("11t_live_"), 401);
  },
);

shopTest("a rotated key has a new secret, and the former one works for the given time", async (shop) => {
  const tutor = await signUpAs(shop, "tutor");
  const { id, key: former } = await createKey(shop, tutor.token, ["courses:read"]);
  const read = (key: string) => call(shop, "/api/auth/tutors/me/courses/", key);
  const rotate = async (body: object) =>
    (await shop.call("POST", `${KEYS}${id}/rotate/`, { token: tutor.token, body })).body.key as string;
  const next = await rotate({});
  assert.deepEqual([await read(former), await read(next)], [200, 200]);
  await shop.sql`update api_keys set former_until = now() - interval '1 second'`;
  assert.deepEqual([await read(former), await read(next)], [401, 200]);
  const last = await rotate({ overlap_seconds: 0 });
  assert.deepEqual([await read(next), await read(last)], [401, 200], "at once");
});

shopTest("what a program does with a key is in the audit log as the key's", async (shop) => {
  const [admin, tutor] = [await signUpAs(shop, "admin"), await signUpAs(shop, "tutor")];
  const course = await addCourse(shop.sql);
  const other = await addCourse(shop.sql, { title: "Other" });
  const student = await addStudent(shop, other.id);
  const { id, key } = await createKey(shop, admin.token, ["grants:write"]);
  const grant = { student: "ada@example.com", course: course.slug, reason: "By a program" };
  const given = await shop.call("POST", "/api/access/grants/", { token: key, body: grant });
  assert.equal(given.status, 201, JSON.stringify(given.body));
  assert.ok(student);
  const tutors = await createKey(shop, tutor.token, ["courses:write"]);
  const body = { title: "Made by a program", price: "10.00" };
  await shop.call("POST", "/api/courses/courses/", { token: tutors.key, body });
  const { body: log } = await shop.call("GET", "/api/auth/audit-log/", { token: admin.token });
  const acts = log.results.map((
    { action, actor, api_key }: { action: string; actor: string; api_key: string | null },
  ) => [action, actor, api_key]);
  assert.deepEqual(acts.filter(([, , apiKey]: unknown[]) => apiKey !== null), [
    ["course.create", tutor.id, tutors.id],
    ["grant.add", admin.id, id],
  ]);
});

shopTest("whatever a program may write, the audit log says which key did it", async (shop) => {
  const admin = await signUpAs(shop, "admin");
  const course = await addCourse(shop.sql);
  const tutor = await courseTutor(shop, course.id);
  const tutors = await createKey(shop, tutor.token, ["courses:write"]);
  const admins = await createKey(shop, admin.token, ["webhooks:write"]);
  const act = async (key: string, path: string, body?: object, method = "POST") => {
    const answer = await shop.call(method, path, { token: key, body });
    assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const { videoId } = await act(tutors.key, "/api/courses/vdocipher/upload-credentials/", {
    title: "A video",
  });
  await act(tutors.key, `/api/courses/videos/${videoId}/`, undefined, "DELETE");
  await act(tutors.key, "/api/courses/videos/import/", { url: "https://93.184.215.14/film.mp4" });
  await act(tutors.key, `/api/courses/courses/${course.slug}/updates/`, { title: "News", text: "More soon" });
  const wish = { url: "http://127.0.0.1:9/", events: ["order.paid"] };
  const endpoint = await act(admins.key, "/api/webhooks/endpoints/", wish);
  const delivery = await act(admins.key, `/api/webhooks/endpoints/${endpoint.id}/test/`);
  await act(admins.key, `/api/webhooks/deliveries/${delivery.id}/replay/`);
  const { body: log } = await shop.call("GET", "/api/auth/audit-log/", { token: admin.token });
  const actsOf = (id: string) =>
    log.results.filter((one: { api_key: string | null }) => one.api_key === id)
      .map(({ action }: { action: string }) => action).toReversed();
  assert.deepEqual(actsOf(tutors.id), [
    "video.upload",
    "video.delete",
    "video.import",
    "course.update_students",
  ]);
  assert.deepEqual(actsOf(admins.id), [
    "webhook_endpoint.create",
    "webhook_endpoint.test",
    "webhook_endpoint.replay",
  ]);
});

shopTest("a key has a limit of its own, and a person so many keys", async (shop) => {
  const tutor = await signUpAs(shop, "tutor");
  const wish = { token: tutor.token, body: { name: "A program", scopes: ["courses:read"] } };
  const made = await Promise.all(Array.from({ length: 30 }, () => shop.call("POST", KEYS, wish)));
  const counted = Object.fromEntries(
    Map.groupBy(made, ({ status }) => status).entries().map(([status, all]) => [status, all.length]),
  );
  assert.deepEqual(counted, { 201: 25, 400: 5 });
  const key = made.find(({ status }) => status === 201)!.body.key;
  const read = () => shop.call("GET", "/api/auth/tutors/me/courses/", { token: key });
  assert.deepEqual([(await read()).status, (await read()).status, (await read()).status], [200, 200, 429]);
  assert.equal(
    await call(shop, "/api/auth/tutors/me/courses/", tutor.token),
    200,
    "its owner is not limited",
  );
}, { environment: { RATE_LIMITS: "call_of_key=2/60" } });

Deno.test("a secret has its kind in its prefix, and a checksum that finds typing mistakes", async () => {
  const secrets = webCryptoKeySecrets({ isLive: true });
  const { secret, hash } = await secrets.issue();
  assert.match(secret, /^11t_live_/);
  assert.deepEqual(await secrets.hashOf(secret), hash);
  const at = 20;
  const other = secret[at] === "a" ? "b" : "a";
  assert.equal(await secrets.hashOf(secret.slice(0, at) + other + secret.slice(at + 1)), null);
  assert.equal(await secrets.hashOf(`${secret}0`), null);
});
