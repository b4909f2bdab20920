import assert from "node:assert/strict";
import type { Database } from "../../adapters/postgres/queries.ts";
import { addCourse, pay, shopTest, signUp, type TestShop } from "../support/shop.ts";
import { signUpAs } from "../support/tutors.ts";

const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

/** The shop with an administrator, a student and a course; `ask` is the administrator's call. */
async function setUp(shop: TestShop) {
  const course = await addCourse(shop.sql);
  const admin = await signUpAs(shop, "admin");
  const student = await signUp(shop);
  const ask = (method: string, path: string, body?: unknown) =>
    shop.call(method, path, { token: admin.token, body });
  const watches = async () =>
    (await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token: student.token })).status ===
      200;
  return { course, admin, student, ask, watches };
}

async function mailsOf(shop: TestShop): Promise<string[]> {
  await shop.drainJobs();
  const { messages } = await (await fetch(`${shop.sandbox.origin}/mailbox/api/messages`)).json();
  return messages.map(({ subject }: { subject: string }) => subject).reverse();
}

const auditOf = async (sql: Database) =>
  (await sql<{ entry: string }[]>`select action || ' ' || reason as entry from audit_log order by id`)
    .map(({ entry }) => entry);

shopTest(
  "an administrator gives and revokes access; the student can watch in between and is notified",
  async (shop) => {
    const { course, admin, student, ask, watches } = await setUp(shop);
    assert.equal(await watches(), false);
    const given = await ask("POST", "/api/access/grants/", {
      student: "ADA@example.com",
      course: course.slug,
      reason: "Scholarship",
    });
    assert.equal(given.status, 201);
    assert.equal(given.body.source, "administrator");
    assert.equal(given.body.granted_by, admin.id);
    assert.equal(given.body.student.id, student.id);
    assert.equal(given.body.is_active, true);
    assert.equal(await watches(), true);

    const again = await ask("POST", "/api/access/grants/", {
      student: student.id,
      course: course.id,
      reason: "Twice",
    });
    assert.equal(again.status, 409);
    assert.equal(again.body.code, "already_enrolled");

    const revoke = `/api/access/grants/${given.body.id}/revoke/`;
    const revoked = await ask("POST", revoke, { reason: "Left the programme" });
    assert.equal(revoked.status, 200);
    assert.equal(revoked.body.revoked_by, admin.id);
    assert.equal(await watches(), false);
    const repeated = await ask("POST", revoke, { reason: "Another reason" });
    assert.equal(repeated.body.revoked_reason, "Left the programme");
    const enrollments = await shop.sql`select id from enrollments where student_id = ${student.id}`;
    assert.equal(enrollments.length, 1, "the enrollment stays, for it keeps progress");

    assert.deepEqual(await auditOf(shop.sql), ["grant.add Scholarship", "grant.revoke Left the programme"]);
    const mails = await mailsOf(shop);
    assert.ok(mails.includes("Your access to Linear Algebra has ended"));
  },
);

shopTest(
  "access for a period starts and ends by itself, and the student is notified before and after",
  async (shop) => {
    const { course, student, ask, watches } = await setUp(shop);
    const give = (times: object) =>
      ask("POST", "/api/access/grants/", {
        student: student.id,
        course: course.id,
        reason: "Trial",
        ...times,
      });
    assert.equal((await give({ starts_at: soon(3600) })).body.is_active, false);
    assert.equal(await watches(), false);
    const { body: trial } = await give({ ends_at: soon(3600) });
    assert.equal(await watches(), true);

    // A month of access of which a day is left.
    await shop.sql`
    update grants set starts_at = now() - interval '30 days', ends_at = now() + interval '1 day'
    where id = ${trial.id}`;
    await shop.sql`delete from grants where id <> ${trial.id}`;
    await shop.drainJobs();
    await shop.sql`delete from pgboss.job where data->>'kind' = 'announce_access_ends'`;
    assert.ok((await mailsOf(shop)).includes("Your access to Linear Algebra ends soon"));

    await shop.sql`update grants set ends_at = now() - interval '1 second' where id = ${trial.id}`;
    assert.equal(await watches(), false, "no job was needed");
    for (let hour = 0; hour < 2; hour++) {
      await shop.sql`delete from pgboss.job where data->>'kind' = 'announce_access_ends'`;
      await shop.drainJobs();
    }
    const mails = await mailsOf(shop);
    assert.equal(mails.filter((subject) => subject === "Your access to Linear Algebra has ended").length, 1);
    assert.equal(mails.filter((subject) => subject === "Your access to Linear Algebra ends soon").length, 1);
  },
);

shopTest(
  "a course that is sold for a period gives access for that period from the purchase on",
  async (shop) => {
    const { course, student, watches } = await setUp(shop);
    await shop.sql`update courses set access_days = 30 where id = ${course.id}`;
    const { body } = await shop.call("POST", "/api/payments/payments/", {
      token: student.token,
      body: { course_id: course.id },
    });
    await shop.sql`update courses set access_days = 1 where id = ${course.id}`;
    await pay(body.checkout_url);
    assert.equal(await watches(), true);
    const [grant] = await shop.sql<{ days: number }[]>`
    select extract(day from ends_at - starts_at)::int as days from grants`;
    assert.equal(grant!.days, 30, "as it was when it was bought");
    await shop
      .sql`update grants set starts_at = now() - interval '2 days', ends_at = now() - interval '1 day'`;
    assert.equal(await watches(), false);
    const again = await shop.call("POST", "/api/payments/payments/", {
      token: student.token,
      body: { course_id: course.id },
    });
    assert.equal(again.status, 200, "it can be bought again when it has ended");
  },
);

shopTest("a list is checked row by row first, then applied in full or not at all", async (shop) => {
  const { course, admin, ask, student, watches } = await setUp(shop);
  await signUp(shop, "bob@example.com");
  const batch = (more: object) => ask("POST", "/api/access/batches/", { reason: "Autumn class", ...more });
  const csv = "\uFEFFStudent;Course;Ends_at\n" +
    `ada@example.com;${course.slug};\nnobody@example.com;${course.slug};2099-01-01\nBOB@example.com;${course.id};2099-01-01\n` +
    `bob@example.com;${course.slug};\n`;
  const tried = await batch({ action: "grant", csv });
  assert.equal(tried.status, 200);
  assert.deepEqual(
    tried.body.rows.map((row: { row: number; outcome: string }) => `${row.row} ${row.outcome}`),
    ["1 grant", "2 invalid", "3 grant", "4 unchanged"],
  );
  assert.deepEqual(tried.body.counts, { grant: 2, revoke: 0, unchanged: 1, invalid: 1 });
  const refused = await batch({ action: "grant", csv, dry_run: false });
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.body.errors, { "rows.1.student": ["There is no user nobody@example.com."] });
  assert.equal((await shop.sql`select id from grants`).length, 0);
  assert.equal(await watches(), false);

  const mended = csv.replace(/nobody.*\n/, "");
  const applied = await batch({ action: "grant", csv: mended, dry_run: false, notify: false });
  assert.deepEqual(applied.body.counts, { grant: 2, revoke: 0, unchanged: 1, invalid: 0 });
  assert.equal(await watches(), true);
  const repeated = await batch({ action: "grant", csv: mended, dry_run: false });
  assert.equal(repeated.body.counts.unchanged, 3);

  const form = new FormData();
  form.set("action", "revoke");
  form.set("reason", "Autumn class");
  form.set("file", new File([`student,course\nbob@example.com,${course.slug}\n`], "class.csv"));
  const upload = () =>
    shop.fetch(`${shop.api}/api/access/batches/`, {
      method: "POST",
      headers: { authorization: `Bearer ${admin.token}` },
      body: form,
    });
  const uploaded = await (await upload()).json();
  assert.equal(uploaded.dry_run, true);
  assert.equal(uploaded.counts.revoke, 1);
  form.set("file", new File([new Uint8Array([0xff, 0xfe, 0x41])], "class.xlsx"));
  const unreadable = await upload();
  assert.equal(unreadable.status, 400);
  assert.ok((await unreadable.json()).errors.file);

  const rows = [{ student: student.id, course: course.slug }];
  await batch({ action: "revoke", rows, dry_run: false });
  assert.equal(await watches(), false);
  assert.deepEqual(await auditOf(shop.sql), [
    "grant.add Autumn class",
    "grant.add Autumn class",
    "grant.revoke Autumn class",
  ]);
  const subjects = await mailsOf(shop);
  assert.ok(!subjects.some((subject) => subject.startsWith("You now have access")), "notify was false");
});

shopTest("errors in a grant or a list are named", async (shop) => {
  const { course, ask, student } = await setUp(shop);
  const wish = { student: student.id, course: course.slug, reason: "Trial" };
  const faults: [string, object, number, string | null][] = [
    ["grants/", { ...wish, reason: undefined }, 400, "reason"],
    ["grants/", { ...wish, reason: "  " }, 400, "reason"],
    ["grants/", { ...wish, student: "nobody" }, 404, "student"],
    ["grants/", { ...wish, course: "no-such-course" }, 404, "course"],
    ["grants/", { ...wish, ends_at: soon(-60) }, 400, "ends_at"],
    ["grants/", { ...wish, ends_at: "tomorrow" }, 400, "ends_at"],
    [`grants/${crypto.randomUUID()}/revoke/`, { reason: "No" }, 404, null],
    ["grants/not-a-uuid/revoke/", { reason: "No" }, 404, null],
    ["batches/", { action: "grant", reason: "x" }, 400, "rows"],
    ["batches/", { action: "grant", reason: "x", csv: "student,course\n", rows: [wish] }, 400, "rows"],
    ["batches/", { action: "grant", reason: "x", csv: "student,course\n" }, 400, "csv"],
    ["batches/", { action: "grant", reason: "x", csv: 'student,course\n"ada,algebra\n' }, 400, "csv"],
    ["batches/", { action: "grant", reason: "x", csv: "student,course\nada\n" }, 400, "csv"],
    ["batches/", { action: "grant", reason: "x", csv: "who,course\nada,algebra\n" }, 400, "rows.0.student"],
    [
      "batches/",
      { action: "grant", reason: "x", csv: "student,course,ends_at\na,b,31.12.2027\n" },
      400,
      "rows.0.ends_at",
    ],
    [
      "batches/",
      { action: "grant", reason: "x", csv: "student,course\n" + "a,b\n".repeat(1001) },
      400,
      "csv",
    ],
    ["batches/", { action: "destroy", reason: "x", rows: [wish] }, 400, "action"],
  ];
  for (const [path, body, status, field] of faults) {
    const answer = await ask("POST", `/api/access/${path}`, body);
    assert.equal(answer.status, status, JSON.stringify([path, body, answer.body]).slice(0, 400));
    if (field) {
      assert.ok(answer.body.errors[field], JSON.stringify([field, answer.body.errors]).slice(0, 400));
    }
  }
  assert.equal((await shop.sql`select id from grants`).length, 0);
});

shopTest("the ledger is for administrators, and can be filtered", async (shop) => {
  const { course, ask, student } = await setUp(shop);
  const paths: [string, string, unknown?][] = [
    ["GET", "grants/"],
    ["POST", "grants/", { student: student.id, course: course.id, reason: "Please" }],
    ["POST", `grants/${crypto.randomUUID()}/revoke/`, { reason: "No" }],
    ["POST", "batches/", {
      action: "grant",
      reason: "x",
      rows: [{ student: student.id, course: course.id }],
    }],
  ];
  for (const [method, path, body] of paths) {
    const refused = await shop.call(method, `/api/access/${path}`, { token: student.token, body });
    assert.equal(refused.status, 403, path);
    assert.equal((await shop.call(method, `/api/access/${path}`, { body })).status, 401, path);
  }
  const other = await addCourse(shop.sql, { title: "Optics" });
  await ask("POST", "/api/access/grants/", { student: student.id, course: course.id, reason: "A" });
  await ask("POST", "/api/access/grants/", {
    student: student.id,
    course: other.id,
    reason: "B",
    starts_at: soon(3600),
  });
  const reasons = async (query: string) =>
    (await ask("GET", `/api/access/grants/?${query}`)).body.results.map((row: { reason: string }) =>
      row.reason
    );
  assert.deepEqual(await reasons(""), ["B", "A"]);
  assert.deepEqual(await reasons("course=optics"), ["B"]);
  assert.deepEqual(await reasons("is_active=true"), ["A"]);
  assert.deepEqual(await reasons("student=ada@example.com&is_active=false"), ["B"]);
  assert.deepEqual(await reasons("student=nobody"), []);
  assert.deepEqual(await reasons("source=import"), []);
  assert.deepEqual(await reasons("page=2&page_size=1"), ["A"]);
});

shopTest("the decision is explained with every grant that was considered", async (shop) => {
  const { course, ask, student, watches } = await setUp(shop);
  const explain = async (token?: string, query = `student=${student.id}&course=${course.slug}`) =>
    token
      ? await shop.call("GET", `/api/access/explain/?${query}`, { token })
      : await ask("GET", `/api/access/explain/?${query}`);
  const none = await explain();
  assert.equal(none.body.has_access, false);
  assert.equal(none.body.because, "There is no grant. Only the free previews can be watched.");

  const bought = await shop.call("POST", "/api/payments/payments/", {
    token: student.token,
    body: { course_id: course.id },
  });
  await pay(bought.body.checkout_url);
  const { body: gift } = await ask("POST", "/api/access/grants/", {
    student: student.id,
    course: course.id,
    reason: "Gift",
    starts_at: soon(3600),
  });
  const both = await explain(student.token, `course=${course.id}`);
  assert.equal(both.body.has_access, true);
  assert.equal(await watches(), true);
  assert.deepEqual(
    both.body.considered.map((entry: { counts: boolean; grant: { source: string } }) =>
      `${entry.grant.source} ${entry.counts}`
    ),
    ["administrator false", "order_line true"],
  );
  assert.match(both.body.considered[0].why, /^starts on/);
  assert.equal(both.body.considered[1].grant.order_id, bought.body.order_id);
  assert.ok(both.body.enrolled_at);

  await ask("POST", "/api/access/batches/", {
    action: "revoke",
    reason: "Cheating",
    rows: [{ student: student.id, course: course.id }],
    dry_run: false,
  });
  const after = await explain();
  assert.equal(after.body.has_access, false);
  assert.match(after.body.because, /^None of the grants counts/);
  assert.ok(after.body.considered.every((entry: { why: string }) => entry.why.endsWith(": Cheating")));
  assert.ok(after.body.considered.some((entry: { grant: { id: string } }) => entry.grant.id === gift.id));

  await shop.sql`update users set deactivated_at = now() where id = ${student.id}`;
  const deactivated = await explain();
  assert.deepEqual([deactivated.body.has_access, deactivated.body.because], [
    false,
    "The account is deactivated.",
  ]);
  await shop.sql`update users set deactivated_at = null where id = ${student.id}`;

  const bob = await signUp(shop, "bob@example.com");
  assert.equal((await explain(bob.token)).status, 404, "of somebody else");
  assert.equal((await explain(undefined, "student=nobody&course=" + course.slug)).status, 404);
  assert.equal((await explain(undefined, "student=" + student.id)).status, 400);
  await shop.sql`insert into course_tutors (course_id, user_id) values (${course.id}, ${bob.id})`;
  await shop.sql`update users set role = 2 where id = ${bob.id}`;
  const tutor = await explain(bob.token, `course=${course.slug}`);
  assert.equal(tutor.body.because, "Teaches the course.");
  const admin = await ask("GET", `/api/access/explain/?course=${course.slug}`);
  assert.equal(admin.body.because, "Administrators watch everything.");
});

shopTest("a course that costs nothing is a free enrolment in the ledger", async (shop) => {
  const { student, ask } = await setUp(shop);
  const free = await addCourse(shop.sql, { title: "Study Skills", priceCents: 0 });
  await shop.call("POST", "/api/payments/payments/", { token: student.token, body: { course_id: free.id } });
  const { body } = await ask("GET", "/api/access/grants/?source=free_enrolment");
  assert.equal(body.count, 1);
  assert.ok(body.results[0].order_id);
});

shopTest("two administrators who concurrently grant the same add one grant", async (shop) => {
  const { course, ask, student } = await setUp(shop);
  const wish = { student: student.id, course: course.id, reason: "Scholarship" };
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask("POST", "/api/access/grants/", wish)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409]);
  assert.equal((await shop.sql`select id from grants`).length, 1);
});
