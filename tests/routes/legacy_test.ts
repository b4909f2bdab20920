// What people do in the shop after it has moved: sign in with their old passwords, watch, buy another course.
import assert from "node:assert/strict";
import { connect } from "../../adapters/postgres/connection.ts";
import { importFrom } from "../support/legacy_import.ts";
import { LegacyShop } from "../support/legacy_shop.ts";
import { pay, shopTest } from "../support/shop.ts";

shopTest(
  "people of the former shop sign in with their old passwords, watch, and buy another course",
  async (shop) => {
    const before = new LegacyShop();
    const tutor = before.account({ role: 2 });
    const [course, other] = [
      before.course({ title: "Waves", slug: "waves" }, { tutors: [tutor] }),
      before.course({ title: "Heat", slug: "heat" }, { tutors: [tutor] }),
    ];
    const lesson = before.lesson(course.part.id, {
      title: "Introduction",
      slug: "7-introduction",
      video_service_id: null,
    });
    const student = before.account({ email: "Ada@Example.com" });
    before.buy(student, [course], { total: "49.00" });
    before.buy(student, [], { total: "10.00" });
    const plain = before.account({ password: "hunter2" });
    const twins = [
      before.account({ email: "Twin@example.com" }),
      before.account({ email: "twin@example.com" }),
    ];
    for (const { id } of twins) before.enroll(id, course.id);
    const former = await before.install();
    const sql = await connect(shop.environment.DATABASE_URL!, { max: 3, deadlines: { answer: Infinity } });
    try {
      await importFrom(former.sql, sql);
    } finally {
      await sql.end({ timeout: 1 });
      await former.drop();
    }
    const signIn = (email: string, password: string) =>
      shop.call("POST", "/api/auth/token/", { body: { email, password } });

    // Nobody gets in with a password in plain text, nor into merged accounts with either password; none is a 500.
    const refused = await Promise.all([
      signIn(plain.email, "hunter2"),
      ...twins.map(({ id }) => signIn("twin@example.com", `secret-${id}`)),
      signIn("ada@example.com", "wrong"),
    ]);
    assert.deepEqual(refused.map(({ status }) => status), Array(4).fill(401));

    const { status, body: { access: token } } = await signIn("ada@example.com", `secret-${student.id}`);
    assert.equal(status, 200);
    const [hash] = await shop.sql`select password_hash from users where id = ${student.id}`;
    assert.match(hash!.password_hash, /^\$argon2id/, "the hash is replaced at sign-in");

    const watched = await shop.call("GET", `/api/courses/lessons/${lesson.slug}/`, { token });
    assert.equal(watched.status, 200);
    const orders = await shop.call("GET", "/api/payments/orders/", { token });
    assert.deepEqual(orders.body.results.map(({ state }: { state: string }) => state), ["paid", "paid"]);

    const refusedLesson = await shop.call("GET", `/api/courses/lessons/${other.lesson.slug}/`, { token });
    assert.equal(refusedLesson.status, 404);
    const bought = await shop.call("POST", "/api/payments/payments/", {
      token,
      body: { course_id: other.id },
    });
    assert.equal(bought.status, 200);
    await pay(bought.body.checkout_url);
    await shop.drainJobs();
    const watchedToo = await shop.call("GET", `/api/courses/lessons/${other.lesson.slug}/`, { token });
    assert.equal(watchedToo.status, 200);
    const [receipts] = await shop
      .sql`select array_agg(receipt_number::int order by paid_at, receipt_number) as numbers from orders where paid_at is not null`;
    assert.deepEqual(receipts!.numbers, [1, 2, 3]);
  },
  { on: ["postgres"] },
);
