import assert from "node:assert/strict";
import { ROLE } from "../../../domain/accounts/ports.ts";
import { linkTo } from "../../support/mailbox.ts";
import { type Person, person } from "../../support/purchases.ts";
import { addCourse, PASSWORD, pay, shopTest, signUp, type TestShop } from "../../support/shop.ts";

async function signUpAs(shop: TestShop, role: number, email: string) {
  const person = await signUp(shop, email);
  await shop.sql`update users set role = ${role} where id = ${person.id}`;
  const { body } = await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh: person.refresh } });
  return { ...person, token: body.access as string };
}

const emails = ({ body }: { body: { results: { email: string }[] } }) =>
  body.results.map(({ email }) => email);

/** Erases one's own account, as a token alone does not. */
const eraseOneself = (shop: TestShop, { token }: { token: string }, password = PASSWORD) =>
  shop.call("DELETE", "/api/auth/users/me/", { token, body: { password } });

shopTest("administrators list, search, filter, order and page the accounts", async (shop) => {
  const admin = await signUpAs(shop, 1, "admin@example.com");
  const eve = await signUpAs(shop, 2, "eve_100@example.com");
  await signUp(shop, "ada@example.com");
  await shop.sql`update users set last_name = 'Żak', email_verified_at = now() where id = ${eve.id}`;
  const list = (query: string) => shop.call("GET", `/api/auth/users/?${query}`, { token: admin.token });
  assert.deepEqual(emails(await list("ordering=email")), [
    "ada@example.com",
    "admin@example.com",
    "eve_100@example.com",
  ]);
  assert.deepEqual(emails(await list("")).at(-1), "admin@example.com", "newest first");
  for (const search of ["EVE_1", "żak", "100@"]) {
    assert.deepEqual(
      emails(await list(`search=${encodeURIComponent(search)}`)),
      ["eve_100@example.com"],
      search,
    );
  }
  assert.equal((await list("search=%25%25")).body.count, 0);
  assert.equal((await list("role=2&is_email_verified=true&is_active=true")).body.count, 1);
  assert.equal((await list("is_email_verified=false")).body.count, 2);
  const second = await list("ordering=-role&page=2&page_size=1");
  assert.deepEqual([second.body.count, emails(second)], [3, ["eve_100@example.com"]]);
  assert.match(second.body.next, /ordering=-role.*page=3|page=3.*ordering=-role/);
  const wrong = await list("ordering=password_hash");
  assert.deepEqual([wrong.status, Object.keys(wrong.body.errors)], [400, ["ordering"]]);
});

shopTest("administrators' changes to accounts take effect at once and are in the audit log", async (shop) => {
  const admin = await signUpAs(shop, 1, "admin@example.com");
  const ada = await signUp(shop, "ada@example.com");
  const course = await addCourse(shop.sql);
  await shop
    .sql`insert into grants (student_id, course_id, source) values (${ada.id}, ${course.id}, 'import')`;
  const change = (body: unknown) =>
    shop.call("PATCH", `/api/auth/users/${ada.id}/`, { token: admin.token, body });
  const watch = () => shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token: ada.token });
  assert.equal((await watch()).status, 200);

  const promoted = await change({ role: 2, is_email_verified: true, first_name: "Augusta", role_name: "x" });
  assert.deepEqual([promoted.body.role, promoted.body.is_email_verified, promoted.body.first_name], [
    2,
    true,
    "Augusta",
  ]);
  const refreshed = await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh: ada.refresh } });
  assert.equal(refreshed.status, 401, "another role ends every session");
  const signIn = () =>
    shop.call("POST", "/api/auth/token/", { body: { email: "ada@example.com", password: PASSWORD } });
  const { access: token, refresh } = (await signIn()).body;
  assert.equal(JSON.parse(atob(token.split(".")[1])).role, 2);
  assert.equal((await change({})).status, 200, "nothing changes, nothing is logged");
  assert.equal((await change({ role: 2 })).status, 200);
  assert.equal((await change({ email: "ada@new.example" })).body.pending_email, "ada@new.example");
  assert.ok(await linkTo(shop, "ada@new.example", "confirm-email"));

  const deactivated = await change({ is_active: false });
  assert.equal(deactivated.body.is_active, false);
  assert.equal((await watch()).status, 401, "playback ends with the account");
  assert.equal((await shop.call("GET", "/api/auth/users/me/", { token })).status, 401);
  assert.equal((await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh } })).status, 401);
  const refused = await signIn();
  assert.equal(refused.body.detail, "No active account found with the given credentials");
  await change({ is_active: true });
  assert.equal((await signIn()).status, 200);
  assert.equal((await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh } })).status, 401);

  const log = (query: string) => shop.call("GET", `/api/auth/audit-log/?${query}`, { token: admin.token });
  const { body } = await log(`subject_type=user&subject_id=${ada.id}`);
  assert.deepEqual(body.results.map(({ action }: { action: string }) => action), [
    "user.activate",
    "user.deactivate",
    "user.change_profile",
    "user.verify",
    "user.change_role",
    "user.change_profile",
  ]);
  const role = body.results[4];
  assert.deepEqual([role.actor, role.before, role.after], [admin.id, { role: 4 }, { role: 2 }]);
  assert.ok(role.request_id);
  assert.doesNotMatch(JSON.stringify(body), /Augusta|new\.example/, "it outlives the person");
  const at = role.occurred_at;
  assert.equal((await log(`action=user.change_role&actor=${admin.id}&since=${at}`)).body.count, 1);
  const first = Date.parse(body.results.at(-1).occurred_at);
  assert.equal((await log(`until=${new Date(first - 1).toISOString()}`)).body.count, 0);
  assert.equal((await log("since=yesterday")).status, 400);
  await assert.rejects(async () => await shop.sql`delete from audit_log`, /never changed/);
});

shopTest(
  "a tutor's and an administrator's rights end with role, session and account, not with the token",
  async (shop) => {
    const admin = await person(shop, ROLE.admin);
    const course = await addCourse(shop.sql);
    const change = (id: string, body: unknown) =>
      shop.call("PATCH", `/api/auth/users/${id}/`, { token: admin.token, body });
    const endings: [string, (who: Person) => Promise<unknown>, number][] = [
      ["demoted", ({ id }) => change(id, { role: ROLE.student }), 401],
      ["deactivated", ({ id }) => change(id, { is_active: false }), 401],
      ["signed out everywhere", ({ token }) => shop.call("DELETE", "/api/auth/sessions/", { token }), 401],
      ["erased", (who) => eraseOneself(shop, who), 401],
      ["expired", ({ id }) => shop.sql`update sessions set expires_at = now() where user_id = ${id}`, 401],
    ];
    for (const [ending, end, status] of endings) {
      const colleague = await person(shop, ROLE.admin);
      const tutor = await person(shop, ROLE.tutor);
      await shop.sql`insert into course_tutors (course_id, user_id) values (${course.id}, ${tutor.id})`;
      const path = `/api/courses/courses/${course.slug}/`;
      const acts: [who: Person, method: string, path: string, body?: unknown][] = [
        [colleague, "GET", "/api/payments/events/"],
        [colleague, "POST", "/api/courses/categories/", { name: `Of the ${ending}` }],
        [tutor, "PATCH", path, { price: "0" }],
        [tutor, "POST", `${path}updates/`, { title: "News", text: "Click here" }],
      ];
      assert.equal((await shop.call("GET", "/api/payments/events/", { token: colleague.token })).status, 200);
      assert.equal((await shop.call("GET", `${path}checklist/`, { token: tutor.token })).status, 200);
      await end(colleague);
      await end(tutor);
      for (const [{ token }, method, path, body] of acts) {
        const answer = await shop.call(method, path, { token, body });
        assert.equal(answer.status, status, `${ending}: ${method} ${path}`);
        assert.equal(answer.body.code, status === 401 ? "not_authenticated" : "forbidden");
      }
    }
    const newcomer = await signUp(shop);
    await change(newcomer.id, { role: ROLE.admin });
    const events = (token: string) => shop.call("GET", "/api/payments/events/", { token });
    assert.equal((await events(newcomer.token)).status, 401, "what is given comes with the next sign-in");
    const next = await shop.call("POST", "/api/auth/token/", {
      body: { email: "ada@example.com", password: PASSWORD },
    });
    assert.equal((await events(next.body.access)).status, 200);
  },
);

shopTest(
  "the last administrator cannot be removed, and a former one loses all rights at once",
  async (shop) => {
    const admin = await signUpAs(shop, 1, "admin@example.com");
    const other = await signUpAs(shop, 1, "other@example.com");
    const change = (by: string, id: string, body: unknown) =>
      shop.call("PATCH", `/api/auth/users/${id}/`, { token: by, body });
    const answers = await Promise.all([
      change(admin.token, other.id, { role: 4 }),
      change(other.token, admin.id, { is_active: false }),
    ]);
    const statuses = answers.map(({ status }) => status).sort();
    assert.equal(statuses[0], 200);
    assert.ok([401, 404, 409].includes(statuses[1]!), "of two who remove each other one stays");
    const [left] = await shop.sql<
      { id: string }[]
    >`select id from users where role = 1 and deactivated_at is null`;
    const { token } = left!.id === admin.id ? admin : other;
    for (const body of [{ role: 3 }, { is_active: false }]) {
      const refused = await change(token, left!.id, body);
      assert.deepEqual([refused.status, refused.body.code], [409, "last_administrator"]);
    }
    const former = left!.id === admin.id ? other : admin;
    const { status } = await shop.call("GET", "/api/auth/users/", { token: former.token });
    assert.equal(status, 401, "demoted, or deactivated");
    const erased = await eraseOneself(shop, { token });
    assert.equal(erased.body.code, "last_administrator");
  },
);

shopTest(
  "a user downloads their data and erases the account; payment records stay without personal data",
  async (shop) => {
    const course = await addCourse(shop.sql);
    const taught = await addCourse(shop.sql, { title: "Taught" });
    const ada = await signUpAs(shop, 2, "ada@example.com");
    const { token } = ada;
    await shop.sql`insert into course_tutors (course_id, user_id) values (${taught.id}, ${ada.id})`;
    const bought = await shop.call("POST", "/api/payments/payments/", {
      token,
      body: { course_id: course.id },
    });
    await pay(bought.body.checkout_url);
    await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token });
    await shop.call("POST", "/api/auth/onboarding-answers/", {
      token,
      body: { degree: "phd", graduation_year: 2030, interests: "Chess" },
    });

    const { body: exported } = await shop.call("GET", "/api/auth/users/me/export/", { token });
    assert.equal(exported.data.users[0].email, "ada@example.com");
    assert.equal(exported.data.orders[0].total_amount, "4900");
    assert.equal(exported.data.onboarding_answers[0].interests, "Chess");
    assert.equal(exported.data.playback_log[0].address, "127.0.0.1");
    assert.doesNotMatch(JSON.stringify(exported), /argon2/);

    await shop
      .sql`update sessions set created_at = created_at - interval '301 seconds' where user_id = ${ada.id}`;
    const unasked = await shop.call("DELETE", "/api/auth/users/me/", { token });
    assert.deepEqual([unasked.status, unasked.body.code], [403, "password_required"]);
    const wrong = await eraseOneself(shop, { token }, "a-wrong-one");
    assert.deepEqual([wrong.status, Object.keys(wrong.body.errors)], [400, ["password"]]);
    assert.equal((await eraseOneself(shop, { token })).status, 204);

    for (
      const [method, path] of [
        ["GET", "/api/auth/users/me/"],
        ["DELETE", "/api/auth/users/me/"],
        ["GET", `/api/courses/lessons/${course.lesson}/`],
      ] as const
    ) {
      assert.ok((await shop.call(method, path, { token })).status >= 401, path);
    }
    const use = await shop.call("POST", "/api/auth/token/refresh/", { body: { refresh: ada.refresh } });
    assert.equal(use.status, 401);
    const tables = await shop.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`;
    for (const { name } of tables) {
      const rows = await shop.sql`select t.*::text as row from ${shop.sql(name)} t`;
      assert.doesNotMatch(JSON.stringify(rows), /ada@example\.com|Ada Lovelace|Chess/, name);
    }
    const [order] = await shop
      .sql`select state, subtotal_amount::text as subtotal from orders where student_id = ${ada.id}`;
    assert.deepEqual({ ...order }, { state: "paid", subtotal: "4900" });
    assert.equal((await shop.sql`select id from enrollments`).length, 0);
    assert.equal((await shop.sql`select id from grants where revoked_at is null`).length, 0);
    const [, , own] = await shop
      .sql`select archived_at is not null as archived from courses where id = ${taught.id}
    union all select false union all select archived_at is not null from courses where id = ${taught.id}`;
    assert.equal(own!.archived, true, "what nobody else teaches is sold no more");

    const again = await signUp(shop, "ada@example.com");
    assert.ok(again.token, "the address may be used anew");
    assert.notEqual(again.id, ada.id);
    assert.equal((await shop.call("GET", "/api/courses/courses/")).status, 200);
    const payments = await shop.call("GET", "/api/payments/payments/", { token: again.token });
    assert.equal(payments.body.count, 0);
  },
);

shopTest("an administrator erases an account, and the audit log has no personal data", async (shop) => {
  const admin = await signUpAs(shop, 1, "admin@example.com");
  const ada = await signUp(shop, "ada@example.com");
  const erase = () => shop.call("DELETE", `/api/auth/users/${ada.id}/`, { token: admin.token });
  assert.equal((await erase()).status, 204);
  assert.equal((await erase()).status, 404);
  assert.equal((await shop.call("GET", `/api/auth/users/${ada.id}/`, { token: admin.token })).status, 404);
  const change = { token: admin.token, body: { is_active: true } };
  assert.equal((await shop.call("PATCH", `/api/auth/users/${ada.id}/`, change)).status, 404);
  const course = await addCourse(shop.sql);
  const answer = { degree: "phd", graduation_year: 2030, interests: "Chess" };
  for (
    const [path, body] of [
      ["/api/payments/payments/", { course_id: course.id }],
      ["/api/auth/onboarding-answers/", answer],
    ] as const
  ) {
    assert.equal((await shop.call("POST", path, { token: ada.token, body })).status, 401, path);
  }
  const { body } = await shop.call("GET", "/api/auth/audit-log/?action=user.erase", { token: admin.token });
  assert.deepEqual([body.count, body.results[0].subject_id], [1, ada.id]);
  assert.equal((await shop.call("GET", "/api/auth/users/", { token: admin.token })).body.count, 1);
});
