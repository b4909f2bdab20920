// One spelling for each kind of value, whichever door it comes through, with the database behind.
import assert from "node:assert/strict";
import { addCourse, PASSWORD, shopTest, signUp } from "../../support/shop.ts";
import { databaseTest } from "../../support/test_database.ts";
import { signUpAs } from "../../support/tutors.ts";

shopTest(
  "an e-mail address is the same in every form: in registration, change, sign-in and invitation",
  async (shop) => {
    const register = (email: string, password = PASSWORD) =>
      shop.call("POST", "/api/auth/users/", { body: { email, password } });
    const signIn = (email: string, password = PASSWORD) =>
      shop.call("POST", "/api/auth/token/", { body: { email, password } });
    const registered = await register("\u200bIvan@ПРИМЕР.рф ");
    assert.deepEqual([registered.status, registered.body.email], [201, "ivan@xn--e1afmkfd.xn--p1ai"]);
    for (const spelling of ["ivan@пример.рф", "IVAN@xn--e1afmkfd.XN--P1AI", " ivan@пример.рф\u00a0"]) {
      assert.equal((await register(spelling)).body.code, "email_taken", spelling);
      assert.equal((await signIn(spelling)).status, 200, spelling);
    }
    const { access: token } = (await signIn("ivan@пример.рф")).body;
    const change = (email: string) =>
      shop.call("PATCH", "/api/auth/users/me/", { token, body: { email, password: PASSWORD } });
    assert.equal(
      (await change("ivan@пример.рф")).body.pending_email,
      null,
      "the unchanged address may be sent along",
    );
    assert.equal((await change("Ivan@münchen.de")).body.pending_email, "ivan@xn--mnchen-3ya.de");
    for (const none of ["jörg@example.com", "a..b@example.com", "a@localhost", "a@b@example.com"]) {
      const answers = [await register(none), await change(none)];
      for (const { status, body } of answers) {
        assert.deepEqual([status, body.errors], [400, { email: ["Enter a valid e-mail address."] }], none);
      }
      assert.equal((await signIn(none)).status, 401, "nobody's");
    }

    const composed = "Café-München-Ångström-7";
    assert.equal((await register("kay@example.com", composed.normalize("NFD"))).status, 201);
    for (const typed of [composed, composed.normalize("NFD")]) {
      assert.equal((await signIn("kay@example.com", typed)).status, 200);
    }
    assert.equal(
      (await register("lee@example.com", "éàü".normalize("NFD") + "xy")).status,
      400,
      "five letters",
    );
  },
);

shopTest("an id is case-insensitive, and repeated in another case it counts once", async (shop) => {
  const course = await addCourse(shop.sql);
  const admin = await signUpAs(shop, "admin");
  const { token } = await signUp(shop);
  const upper = course.id.toUpperCase();
  assert.equal((await shop.call("GET", `/api/courses/courses/${upper}/`)).body.id, course.id);
  const quote = await shop.call("POST", "/api/payments/quote/", {
    token,
    body: { course_ids: [course.id, upper] },
  });
  assert.deepEqual([quote.status, quote.body.lines?.length], [200, 1]);
  const promotion = await shop.call("POST", "/api/payments/promotions/", {
    token: admin.token,
    body: { code: "UPPER", percent: 10, course_ids: [course.id, upper] },
  });
  assert.deepEqual([promotion.status, promotion.body.course_ids], [201, [course.id]]);
  assert.equal(
    (await shop.call("POST", "/api/payments/payments/", { token, body: { course_id: upper } })).status,
    200,
  );
  const list = (csv: string) =>
    shop.call("POST", "/api/access/batches/", {
      token: admin.token,
      body: { action: "grant", reason: "class", dry_run: true, csv },
    });
  const rows = await list(
    `student,course,ends_at\r\n ADA@example.com,${upper},2099-12-31\r\n`.replaceAll(",", ";"),
  );
  assert.deepEqual([rows.status, rows.body.counts?.grant], [200, 1], JSON.stringify(rows.body));
  for (const day of ["2027-02-31", "2027-02-29", "31.12.2027", "2027-13-01"]) {
    const errors = [
      (await list(`student,course,ends_at\nada@example.com,${course.slug},${day}\n`)).body.errors,
      (await shop.call("POST", "/api/access/batches/", {
        token: admin.token,
        body: { action: "grant", reason: "class", rows: [{ student: "a@b.cd", course: "c", ends_at: day }] },
      })).body.errors,
    ];
    for (const error of errors) assert.match(error["rows.0.ends_at"][0], /^Use a UTC timestamp/, day);
  }
});

databaseTest(
  "addresses stored with an internationalised domain are found in the normalised form",
  async ({ sql }) => {
    await sql`insert into users (email, password_hash, pending_email, role) values
    ('ivan@пример.рф', '-', 'ivan@bücher.example', 3), ('ada@münchen.de', '-', null, 3), ('jörg@example.com', '-', null, 3),
    ('eve@faß.de', '-', null, 3), ('eve@xn--fa-hia.de', '-', null, 3)`;
    await sql`insert into mail_suppressions (email, reason) values ('a@他们为什么不说中文.org', 'bounce')`;
    await sql.unsafe(
      await Deno.readTextFile(new URL("../../../migrations/0180_domains_in_ascii.sql", import.meta.url)),
    );
    const users = await sql<{ email: string; pending: string | null }[]>`
    select email, pending_email as pending from users order by email collate "C"`;
    assert.deepEqual(users.map(({ email, pending }) => pending ? `${email} ${pending}` : email), [
      "ada@xn--mnchen-3ya.de",
      "eve@faß.de",
      "eve@xn--fa-hia.de",
      "ivan@xn--e1afmkfd.xn--p1ai ivan@xn--bcher-kva.example",
      "jörg@example.com",
    ]);
    assert.deepEqual([...await sql`select email from mail_suppressions`], [{
      email: "a@xn--ihqwcrb4cv8a8dqg056pqjye.org",
    }]);
  },
);
