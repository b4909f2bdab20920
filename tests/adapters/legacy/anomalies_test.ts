// Every known anomaly of the former shop, by name, and what the import makes of it. All are imported at once.
import assert from "node:assert/strict";
import { connect } from "../../../adapters/postgres/connection.ts";
import type { Database } from "../../../adapters/postgres/queries.ts";
import { failed, importFrom, type Report, verify } from "../../support/legacy_import.ts";
import { djangoHash, LAST_DAY, LegacyShop } from "../../support/legacy_shop.ts";
import { emptyDatabase, engines } from "../../support/test_database.ts";

const DAY = 24 * 3600 * 1000;
type Here = {
  sql: Database;
  /** The lines of the report about a row, as `what: why`. */
  lines: (table: string, id: string | number) => string[];
  /** The only row of a statement. */
  row: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: (string | number)[],
  ) => Promise<Row>;
};
type UserRow = Record<string, unknown> & { password_hash: string; created_at: Date };
type OrderRow = Record<string, unknown> & {
  paid_at: Date;
  review_reason: string;
  payment_session: string;
  lines: { course: string; amount: number; why: string | null }[];
};
type Case = (shop: LegacyShop) => (here: Here) => Promise<void>;

const user = async ({ row }: Here, id: string) =>
  await row<UserRow>("select * from users where id = $1", [id]);
const hasAccess = async ({ row }: Here, studentId: string, courseId: string) =>
  (await row(
    `select exists (
      select from grants where student_id = $1 and course_id = $2 and payment_hold is null and suspended_at is null
        and revoked_at is null and starts_at <= now()
    ) as is`,
    [studentId, courseId],
  )).is as boolean;
const order = async ({ row }: Here, id: string) =>
  await row<OrderRow>(
    `select o.*, p.id as payment_id, p.status, p.reason, p.method, p.review_reason, p.amount, p.paid_amount,
      p.refunded_amount, p.session_id as payment_session, p.payment_intent_id,
      (select coalesce(json_agg(json_build_object('course', course_id, 'amount', amount, 'why', no_grant_reason)
        order by position), '[]') from order_lines l where l.order_id = o.id) as lines
    from orders o join payments p on p.order_id = o.id where o.id = $1`,
    [id],
  );

const PEOPLE: Record<string, Case> = {
  "an ordinary account keeps its id, password and dates"(shop) {
    const { id } = shop.account({ email: " Ordinary@Example.com", first_name: " Ada " });
    return async (here) => {
      const ada = await user(here, id);
      assert.equal(ada.email, "ordinary@example.com");
      assert.deepEqual([ada.first_name, ada.role, ada.email_verified_at], ["Ada", 4, null]);
      assert.equal(ada.password_hash, djangoHash(`secret-${id}`));
      assert.equal(ada.created_at.getTime(), LAST_DAY - 90 * DAY);
      assert.deepEqual(here.lines("users_user", id), []);
    };
  },
  "an id with leading zeros stays as it is"(shop) {
    const { id } = shop.account({ id: "000000000123" });
    return async (here) => assert.equal((await user(here, id)).id, "000000000123");
  },
  "an address in mixed case is found in lower case, and a Unicode domain in ASCII"(shop) {
    const { id } = shop.account({ email: "Mixed@bücher.example.com" });
    return async (here) => assert.equal((await user(here, id)).email, "mixed@xn--bcher-kva.example.com");
  },
  "addresses that could not be entered here stay, and are reported"(shop) {
    const quoted = shop.account({ email: '"a b"@example.com' });
    const local = shop.account({ email: "x@localhost" });
    return async (here) => {
      for (const { id, email } of [quoted, local]) {
        assert.equal((await user(here, id)).email, email);
        assert.match(here.lines("users_user", id).join(), /^changed: its e-mail address stays/);
      }
    };
  },
  "of accounts whose addresses differ in case, the empty one is skipped, and the other keeps its password"(
    shop,
  ) {
    const empty = shop.account({ email: "Empty@example.com", madeAt: LAST_DAY - 100 * DAY });
    const student = shop.account({ email: "empty@Example.com" });
    const course = shop.course();
    shop.enroll(student.id, course.id);
    return async (here) => {
      assert.equal(await user(here, empty.id), undefined);
      assert.equal((await user(here, student.id)).password_hash, djangoHash(`secret-${student.id}`));
      assert.match(here.lines("users_user", empty.id).join(), /^skipped: .*nothing in it$/);
      const kept = await here.row("select user_id from legacy_accounts where former_id = $1", [empty.id]);
      assert.equal(kept.user_id, student.id);
    };
  },
  "of accounts with one address and nothing in any of them, the oldest stays with its password"(shop) {
    const old = shop.account({ email: "Both@example.com", madeAt: LAST_DAY - 100 * DAY });
    const young = shop.account({ email: "both@example.com" });
    return async (here) => {
      assert.equal((await user(here, old.id)).password_hash, djangoHash(`secret-${old.id}`));
      assert.equal(await user(here, young.id), undefined);
    };
  },
  "accounts with one address that all have something become the oldest with a course, and lose their passwords"(
    shop,
  ) {
    const oldest = shop.account({ email: "TWIN@example.com", madeAt: LAST_DAY - 100 * DAY });
    const kept = shop.account({ email: "Twin@example.com", madeAt: LAST_DAY - 99 * DAY });
    const last = shop.account({ email: "twin@example.com", role: 2 });
    const [shared, taught] = [shop.course(), shop.course()];
    const comment = shop.comment(oldest.id, shared.lesson.id, "Thank you!");
    const first = shop.buy(kept, [shared], { when: LAST_DAY - 20 * DAY });
    const second = shop.buy(last, [shared], { when: LAST_DAY - 10 * DAY });
    const wish = shop.click(last, [taught], { when: LAST_DAY - DAY });
    shop.tutor(taught.id, kept.id);
    shop.tutor(taught.id, last.id);
    shop.answer(last.id, { degree: "phd" });
    return async (here) => {
      const twin = await user(here, kept.id);
      assert.equal(twin.role, 2);
      assert.match(twin.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
      assert.deepEqual(
        [...await here.sql`select reason, invited_at from password_invitations where user_id = ${kept.id}`],
        [{ reason: "merged", invited_at: null }],
      );
      for (const { id } of [oldest, last]) {
        assert.equal(await user(here, id), undefined);
        assert.match(here.lines("users_user", id).join(), /^merged: /);
      }
      assert.equal(
        (await here.row("select author_id from comments where id = $1", [comment.id])).author_id,
        kept.id,
      );
      assert.equal(
        (await here.row("select degree from onboarding_answers where user_id = $1", [kept.id])).degree,
        "phd",
      );
      assert.deepEqual(
        [...await here.sql`select user_id from course_tutors where course_id = ${taught.id}`],
        [{ user_id: kept.id }],
      );
      assert.deepEqual(
        [...await here.sql`select enrolled_at from enrollments where student_id = ${kept.id}`].length,
        1,
      );
      assert.ok(await hasAccess(here, kept.id, shared.id));
      // Both purchases stay; the second one is a duplicate, which is flagged.
      assert.equal((await order(here, first.orderId)).student_id, kept.id);
      assert.match((await order(here, second.orderId)).review_reason, /is paid by another order too$/);
      const hold = await here.row(
        "select g.payment_hold from grants g join order_lines l on l.id = g.order_line_id where l.order_id = $1",
        [second.orderId],
      );
      assert.equal(hold.payment_hold, "duplicate");
      assert.equal((await order(here, wish.orderId)).student_id, kept.id);
    };
  },
  "an administrator whose address a stranger took as well stays one, with a password by mail"(shop) {
    const owner = shop.account({ email: "owner@example.com", is_superuser: true, is_staff: true });
    const stranger = shop.account({ email: "Owner@example.com" });
    const { lesson } = shop.course();
    shop.comment(stranger.id, lesson.id, "Mine!");
    return async (here) => {
      const rows = await here
        .sql`select id, role, password_hash from users where email = 'owner@example.com'`;
      assert.deepEqual(rows.map(({ id, role }) => [id, role]), [[owner.id, 1]]);
      assert.match(rows[0]!.password_hash, /^\$argon2id/);
    };
  },
  "passwords in plain text, unusable, malformed or costly ones never leave the former shop"(shop) {
    const hash = djangoHash("x");
    const passwords = [
      "hunter2-in-plain-text",
      "",
      "!unusable",
      "pbkdf2_sha256$looks$like$one",
      hash.replace("$1000$", "$99999999$"),
      hash.replace("$1000$", "$0$"),
      hash.slice(0, -1),
      ` ${hash}`,
      "bcrypt_sha256$$2b$12$abc",
    ];
    const people = passwords.map((password) => shop.account({ password }));
    return async (here) => {
      for (const { id } of people) {
        assert.match((await user(here, id)).password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
        assert.deepEqual(here.lines("users_user", id), [
          "changed: has no usable password, and gets one by mail",
        ]);
        const invited = await here.row("select reason from password_invitations where user_id = $1", [id]);
        assert.equal(invited.reason, "no_password");
      }
      const [everything] = await here.sql<{ is: boolean }[]>`
        select exists (select from users u where u::text like '%hunter2%') or exists (
          select from legacy_report r where r::text like '%hunter2%'
        ) as is`;
      assert.equal(everything!.is, false);
    };
  },
  "the hash of an empty password stays, because nobody can enter one"(shop) {
    const { id } = shop.account({ password: djangoHash("") });
    return async (here) => assert.equal((await user(here, id)).password_hash, djangoHash(""));
  },
  "only superusers are administrators"(shop) {
    const people = {
      superuser: shop.account({ is_superuser: true, is_staff: true, role: 4 }),
      byRole: shop.account({ role: 1 }),
      staff: shop.account({ is_staff: true, role: 3 }),
      retired: shop.account({ is_superuser: true, is_active: false }),
      odd: shop.account({ role: 77 }),
    };
    return async (here) => {
      const roles = await Promise.all(
        Object.values(people).map(async ({ id }) => (await user(here, id)).role),
      );
      assert.deepEqual(roles, [1, 4, 3, 4, 4]);
      assert.match(
        here.lines("users_user", people.byRole.id).join(),
        /^person: had the role of an administrator/,
      );
      assert.match(
        here.lines("users_user", people.staff.id).join(),
        /^person: had rights in the admin pages/,
      );
      assert.match(
        here.lines("users_user", people.retired.id).join(),
        /person: was a superuser, but deactivated/,
      );
      assert.match(here.lines("users_user", people.odd.id).join(), /^changed: had an unknown role/);
    };
  },
  "whoever teaches a course becomes a tutor, and a tutor without a course stays one"(shop) {
    const [plain, student, admin] = [
      shop.account(),
      shop.account({ role: 3 }),
      shop.account({ role: 1 }),
    ];
    const idle = shop.account({ role: 2 });
    shop.course({}, { tutors: [plain, student, admin] });
    return async (here) => {
      for (const { id } of [plain, student, admin, idle]) assert.equal((await user(here, id)).role, 2);
      assert.match(here.lines("users_user", plain.id).join(), /^changed: teaches a course/);
      assert.deepEqual(here.lines("users_user", idle.id), []);
    };
  },
  "a verified address stays verified, and a deactivated account stays so, without access"(shop) {
    const { id } = shop.account({ is_active: false, is_email_verified: true });
    const course = shop.course();
    shop.enroll(id, course.id);
    return async (here) => {
      const gone = await user(here, id);
      assert.ok(gone.deactivated_at instanceof Date && gone.email_verified_at instanceof Date);
      assert.equal(await hasAccess(here, id, course.id), false);
    };
  },
  "of several answers of one person, the latest usable one is kept"(shop) {
    const { id } = shop.account();
    shop.answer(id, { degree: "bachelors" }, LAST_DAY - 30 * DAY);
    const [before, latest] = [
      shop.answer(id, { degree: "Master" }, LAST_DAY - 20 * DAY),
      shop.answer(id, { degree: "High school" }, LAST_DAY - 10 * DAY),
    ];
    return async (here) => {
      const answer = await here.row(
        "select degree, interests, age from onboarding_answers where user_id = $1",
        [id],
      );
      assert.deepEqual({ ...answer }, { degree: "masters", interests: "", age: null });
      assert.deepEqual(here.lines("users_onboardinganswer", before.id), []);
      assert.match(here.lines("users_onboardinganswer", latest.id).join(), /^skipped: its degree/);
    };
  },
  "answers of nobody, without a degree or with an impossible year are skipped"(shop) {
    const answers = [
      shop.answer(null),
      shop.answer(shop.account().id, { degree: null }),
      shop.answer(shop.account().id, { degree: "" }),
      ...[null, 0, -1, 99999].map((graduation_year) => shop.answer(shop.account().id, { graduation_year })),
    ];
    return (here) => {
      for (const { id } of answers) {
        assert.match(here.lines("users_onboardinganswer", id).join(), /^skipped: /);
      }
      return Promise.resolve();
    };
  },
  "universities of one name become the first, with what the others know; answers follow"(shop) {
    const first = shop.university({
      name: "Example",
      country: null,
      city: null,
      website: "ftp://example.com",
    });
    const second = shop.university({
      name: "Example ",
      city: "Berlin",
      website: "https://example.com",
      logo: "Герб.png",
    });
    const { id } = shop.account();
    shop.answer(id, { university_id: second.id });
    return async (here) => {
      const { university_id } = await here.row("select * from onboarding_answers where user_id = $1", [id]);
      assert.equal(university_id, first.id);
      const { city, country, website, logo_key } = await here.row(
        "select * from universities where id = $1",
        [
          first.id,
        ],
      );
      assert.deepEqual([city, country, website, logo_key], ["Berlin", "Spain", "https://example.com", null]);
      assert.match(here.lines("core_university", second.id).join(), /merged: has the name of another one/);
      const picture = await here.row("select key from legacy_pictures where subject_id = $1", [
        String(first.id),
      ]);
      assert.equal(picture.key, "media/Герб.png");
    };
  },
};

const CATALOG: Record<string, Case> = {
  "categories of one name become the one with a slug; those without a course are skipped"(shop) {
    const bare = shop.category({ name: "Physics", slug: null });
    const kept = shop.category({ name: "Physics", slug: "physics" });
    const junk = shop.category({ name: "asdf" });
    const nameless = shop.category({ name: "???", slug: "" });
    const course = shop.course({ category_id: bare.id });
    shop.course({ category_id: nameless.id });
    return async (here) => {
      assert.equal(
        (await here.row("select category_id as id from courses where id = $1", [course.id])).id,
        kept.id,
      );
      const rows = await here.sql`select id, slug, course_count from categories where id in ${
        here.sql([kept.id, nameless.id])
      } order by id`;
      assert.deepEqual([...rows], [
        { id: kept.id, slug: "physics", course_count: 1 },
        { id: nameless.id, slug: `category-${nameless.id}`, course_count: 1 },
      ]);
      assert.match(here.lines("courses_category", bare.id).join(), /merged/);
      assert.match(here.lines("courses_category", junk.id).join(), /^skipped: no course is in it/);
    };
  },
  "a category whose name nobody can see is called by its number"(shop) {
    const ids = ["\t", "\u200B\u3000", ""].map((name) => shop.category({ name }).id);
    for (const id of ids) shop.course({ category_id: id });
    return async (here) => {
      const rows = await here.sql`select id, name from categories where id in ${here.sql(ids)} order by id`;
      assert.deepEqual([...rows], ids.map((id) => ({ id, name: `Category ${id}` })));
    };
  },
  "a course, part or lesson without a visible title is reported"(shop) {
    const course = shop.course({ title: "\u202E " });
    const part = shop.part(course.id, { title: "" });
    const lesson = shop.lesson(part.id, { title: "\t" });
    return (here) => {
      const rows = [["courses_course", course], ["courses_coursepart", part], ["courses_lesson", lesson]];
      for (const [table, { id }] of rows as [string, { id: string }][]) {
        assert.match(here.lines(table, id).join(), /person: has no title/);
      }
      return Promise.resolve();
    };
  },
  "a course keeps id, slug and exact price, and is found"(shop) {
    const tutor = shop.account({ role: 2, first_name: "Grace" });
    const course = shop.course({ title: "Entropie", slug: "before-it-was-renamed", price: "19.99" }, {
      tutors: [tutor],
    });
    return async (here) => {
      const { slug, price_amount, price_currency, is_published } = await here.row(
        "select * from courses where id = $1",
        [course.id],
      );
      assert.deepEqual([slug, price_amount, price_currency, is_published], [
        "before-it-was-renamed",
        1999n,
        "usd",
        true,
      ]);
      const found = await here.row(
        "select course_id, lesson_count, duration_seconds from course_summaries where document @@ to_tsquery('simple', 'entropie')",
      );
      assert.deepEqual({ ...found }, { course_id: course.id, lesson_count: 1, duration_seconds: 600 });
    };
  },
  "a course, part or lesson without a slug gets a free one"(shop) {
    const [first, second] = [
      shop.course({ title: "Twice", slug: null }),
      shop.course({ title: "Twice", slug: "twice" }),
    ];
    const signs = shop.course({ title: "!!!", slug: "" });
    const part = shop.part(first.id, { title: "???", slug: "" });
    const lesson = shop.lesson(part.id, { title: "…", slug: null });
    const former = shop.lesson(part.id, { title: "Introduction", slug: "7-introduction" });
    return async (here) => {
      const slugs = await here.sql<{ slug: string }[]>`
        select slug from courses where id in ${here.sql([first.id, second.id, signs.id])} order by slug`;
      assert.deepEqual(slugs.map(({ slug }) => slug), ["course", "twice", "twice-2"]);
      assert.equal((await here.row("select slug from course_parts where id = $1", [part.id])).slug, "twice");
      assert.equal((await here.row("select slug from lessons where id = $1", [lesson.id])).slug, "lesson");
      assert.equal(
        (await here.row("select slug from lessons where id = $1", [former.id])).slug,
        "7-introduction",
      );
    };
  },
  "prices that nobody could pay are drafts; the largest and nothing are sold"(shop) {
    const prices = ["-1.00", "0.01", "0.49", "0.50", "0.00", "99999999.99", "NaN"];
    const courses = prices.map((price) => shop.course({ price }));
    return async (here) => {
      const found = [];
      for (const { id } of courses) {
        const { price_amount, is_published } = await here.row("select * from courses where id = $1", [id]);
        found.push([price_amount, is_published]);
      }
      assert.deepEqual(found, [
        [0n, false],
        [1n, false],
        [49n, false],
        [50n, true],
        [0n, true],
        [9999999999n, true],
        [0n, false],
      ]);
      assert.match(here.lines("courses_course", courses[0]!.id).join(), /person: its price was negative/);
      assert.match(here.lines("courses_course", courses[1]!.id).join(), /person: its price is below 0.50/);
    };
  },
  "a course that was not marked as published is on sale if somebody has it or paid for it, else a draft"(
    shop,
  ) {
    const [watched, paid, wished] = [1, 2, 3].map(() => shop.course({ is_published: false }));
    shop.enroll(shop.account().id, watched!.id);
    shop.buy(shop.account(), [paid!], { enrolls: false });
    shop.click(shop.account(), [wished!]);
    return async (here) => {
      const flags = [];
      for (const { id } of [watched!, paid!, wished!]) {
        flags.push((await here.row("select is_published from courses where id = $1", [id])).is_published);
      }
      assert.deepEqual(flags, [true, true, false]);
    };
  },
  "a draft without tutor, part, student and order is skipped; one with any of them is not"(shop) {
    const empty = shop.course({ is_published: false }, { isBare: true });
    const taught = shop.course({ is_published: false }, {
      isBare: true,
      tutors: [shop.account({ role: 2 })],
    });
    const published = shop.course({}, { isBare: true });
    return async (here) => {
      assert.equal(await here.row("select id from courses where id = $1", [empty.id]), undefined);
      assert.match(here.lines("courses_course", empty.id).join(), /skipped: a draft without/);
      for (const { id } of [taught, published]) {
        assert.ok(await here.row("select id from courses where id = $1", [id]));
      }
    };
  },
  "only thumbnails that can be served as they are stay until pictures move"(shop) {
    const names = [
      "cover.jpg",
      "Обложка.png",
      "slide-w2.png",
      "Scan-w640.PNG",
      "a_b.JPEG",
      "../../secret.png",
    ];
    const courses = names.map((name) => shop.course({ thumbnail: `images/course_thumbnails/${name}` }));
    const none = [shop.course({ thumbnail: null }), shop.course({ thumbnail: "" })];
    return async (here) => {
      const keys = [];
      for (const { id } of [...courses, ...none]) {
        keys.push((await here.row("select thumbnail_key as key from courses where id = $1", [id])).key);
      }
      const kept = (name: string) => `media/images/course_thumbnails/${name}`;
      assert.deepEqual(keys, [kept("cover.jpg"), null, null, null, kept("a_b.JPEG"), null, null, null]);
      const moving = await here.sql`select key from legacy_pictures where subject_id in ${
        here.sql([...courses, ...none].map(({ id }) => id))
      }`;
      assert.equal(moving.length, names.length);
    };
  },
  "a course in Cyrillic is Russian"(shop) {
    const course = shop.course({ title: "Математика", slug: "matematika" });
    return async (here) =>
      assert.equal(
        (await here.row("select language from courses where id = $1", [course.id])).language,
        "ru",
      );
  },
  "a course without tutors, or with several, is reported; the first one owns it"(shop) {
    const [first, second] = [shop.account({ role: 2 }), shop.account({ role: 2 })];
    const alone = shop.course();
    const shared = shop.course({}, { tutors: [first, second] });
    return async (here) => {
      assert.match(here.lines("courses_course", alone.id).join(), /person: has no tutor/);
      assert.match(here.lines("courses_course", shared.id).join(), /person: has several tutors/);
      const tutors = await here.sql`
        select user_id, position from course_tutors where course_id = ${shared.id} order by position`;
      assert.deepEqual([...tutors], [{ user_id: first.id, position: 0 }, {
        user_id: second.id,
        position: 1,
      }]);
    };
  },
  "parts and lessons of one order are counted anew, in the order of their making"(shop) {
    const course = shop.course({}, { isBare: true });
    const [late, zero, also] = [
      shop.part(course.id, { order: 2147483647 }),
      shop.part(course.id),
      shop.part(course.id),
    ];
    const lessons = [
      shop.lesson(zero.id, { order: 1 }),
      shop.lesson(zero.id, { order: 1 }),
      shop.lesson(zero.id),
    ];
    return async (here) => {
      const parts = await here
        .sql`select id from course_parts where course_id = ${course.id} order by position`;
      assert.deepEqual(parts.map(({ id }) => id), [zero.id, also.id, late.id]);
      const found = await here
        .sql`select id, position from lessons where part_id = ${zero.id} order by position`;
      assert.deepEqual(found.map(({ id, position }) => [id, position]), [
        [lessons[2]!.id, 0],
        [lessons[0]!.id, 1],
        [lessons[1]!.id, 2],
      ]);
    };
  },
  "odd lengths of lessons are dropped, and fractions cut off"(shop) {
    const { part } = shop.course();
    const lengths = [
      "00:12:30.5",
      "00:00:00",
      "00:00:00.4",
      "-00:00:00.5",
      "-1 day",
      "100000 days",
      "24:00:00",
      null,
    ];
    const lessons = lengths.map((duration) => shop.lesson(part.id, { duration }));
    return async (here) => {
      const seconds = [];
      for (const { id } of lessons) {
        seconds.push((await here.row("select duration_seconds as s from lessons where id = $1", [id])).s);
      }
      assert.deepEqual(seconds, [750, null, null, null, null, null, 86400, null]);
      assert.match(here.lines("courses_lesson", lessons[5]!.id).join(), /changed: .*above a day/);
    };
  },
  "only ids of the video service stay videos; a shared one belongs to its first lesson"(shop) {
    const tutor = shop.account({ role: 2 });
    const { part, id: courseId } = shop.course({}, { tutors: [tutor] });
    const other = shop.course();
    const video = "0123456789abcdef0123456789abcdef";
    const lessons = [video, ` ${video}`, "https://example.com/video.mp4", "", null, video.toUpperCase()].map((
      video_service_id,
    ) => shop.lesson(part.id, { video_service_id }));
    shop.lesson(other.part.id, { video_service_id: video });
    return async (here) => {
      const ids = [];
      for (const { id } of lessons) {
        ids.push((await here.row("select video_id as v from lessons where id = $1", [id])).v);
      }
      assert.deepEqual(ids, [video, video, null, null, null, null]);
      const { origin, status, uploader_id, course_id } = await here.row(
        "select * from videos where id = $1",
        [video],
      );
      assert.deepEqual([origin, status, uploader_id, course_id], ["legacy", "ready", tutor.id, courseId]);
      assert.match(here.lines("courses_lesson", lessons[2]!.id).join(), /person: its video was dropped/);
    };
  },
  "comments without author, lesson or text are skipped with the reason; long ones and strangers' stay"(shop) {
    const { lesson } = shop.course();
    const { id } = shop.account();
    const skipped = [
      shop.comment(null, lesson.id, "a"),
      shop.comment(id, null, "a"),
      shop.comment(id, lesson.id, null),
      shop.comment(id, lesson.id, " \n\u200b"),
    ];
    const kept = shop.comment(id, lesson.id, "long ".repeat(4000));
    return async (here) => {
      assert.deepEqual(skipped.map((row) => here.lines("courses_comment", row.id)), [
        ["skipped: its author was deleted"],
        ["skipped: its lesson was deleted"],
        ["skipped: it has no text"],
        ["skipped: it has no text"],
      ]);
      assert.equal(
        (await here.row("select length(content) as n from comments where id = $1", [kept.id])).n,
        20_000,
      );
    };
  },
};

const MONEY: Record<string, Case> = {
  "a purchase is paid when Stripe said so, with its session, intent and grant"(shop) {
    const [buyer, course] = [shop.account(), shop.course()];
    const { orderId, paymentId, sessionId, paidAt } = shop.buy(buyer, [course], { total: "45.50" });
    return async (here) => {
      const paid = await order(here, orderId);
      assert.deepEqual(
        [
          paid.state,
          paid.student_id,
          paid.student_email,
          paid.subtotal_amount,
          paid.currency,
          paid.session_id,
        ],
        ["paid", buyer.id, buyer.email, 4550n, "usd", null],
      );
      assert.equal(paid.paid_at.getTime(), paidAt);
      assert.deepEqual([paid.payment_id, paid.status, paid.method, paid.paid_amount, paid.payment_session], [
        paymentId,
        2,
        "stripe",
        4550n,
        sessionId,
      ]);
      assert.deepEqual(paid.lines, [{ course: course.id, amount: 4550, why: null }]);
      const session = await here.row("select * from payment_sessions where session_id = $1", [sessionId]);
      assert.deepEqual([session.order_id, session.outcome, session.total_amount, session.attempt], [
        orderId,
        "paid",
        4550n,
        1,
      ]);
      const grants = await here.sql`select source, created_at from grants where student_id = ${buyer.id}`;
      assert.deepEqual(grants.map(({ source, created_at }) => [source, created_at.getTime()]), [[
        "order_line",
        paidAt,
      ]]);
    };
  },
  "a payment that was edited later was paid when its student was enrolled"(shop) {
    const { orderId, paidAt } = shop.buy(shop.account(), [shop.course()], { payment: { paidAt: LAST_DAY } });
    return async (here) => assert.equal((await order(here, orderId)).paid_at.getTime(), paidAt + 5);
  },
  "a payment intent of Stripe is kept without blanks around it; whatever else is there is dropped, and reported"(
    shop,
  ) {
    const course = shop.course();
    const buy = (intent: string | null) =>
      shop.buy(shop.account(), [course], { payment: { stripe_payment_intent: intent } });
    const blank = buy(" pi_blank\n");
    const others = ["", "", " ", "cs_1", "pi_", null].map(buy);
    return async (here) => {
      assert.equal((await order(here, blank.orderId)).payment_intent_id, "pi_blank");
      assert.deepEqual(here.lines("payments_payment", blank.paymentId), []);
      for (const { orderId, paymentId } of others) {
        const { state, payment_intent_id } = await order(here, orderId);
        assert.deepEqual([state, payment_intent_id], ["paid", null]);
        assert.match(
          here.lines("payments_payment", paymentId).join(),
          /^person: its payment intent is that of another payment, or missing$/,
        );
      }
    };
  },
  "a purchase of nothing is free"(shop) {
    const [buyer, course] = [shop.account(), shop.course({ price: "0.00" })];
    const { orderId } = shop.buy(buyer, [course], { total: "0.00" });
    return async (here) => {
      const free = await order(here, orderId);
      assert.deepEqual([free.state, free.method, free.payment_intent_id], ["paid", "free", null]);
      const grant = await here.row("select source from grants where student_id = $1", [buyer.id]);
      assert.equal(grant.source, "free_enrolment");
    };
  },
  "orders that were never paid are skipped, but for those that could be paid yet"(shop) {
    const course = shop.course();
    const old = shop.click(shop.account(), [course], { when: LAST_DAY - 6 * DAY });
    const young = shop.click(shop.account(), [course], { when: LAST_DAY - 4 * DAY });
    const alone = shop.click(shop.account(), [course], { when: LAST_DAY - DAY, payment: null });
    const nothing = shop.click(shop.account(), [course], { when: LAST_DAY - DAY, total: "0.00" });
    const negative = shop.click(shop.account(), [course], { when: LAST_DAY - DAY, total: "-1.00" });
    const orphan = shop.click(shop.account(), [course], { when: LAST_DAY - DAY, order: null });
    shop.click(shop.account(), [course], { when: LAST_DAY });
    return async (here) => {
      for (const { orderId } of [old, nothing, negative]) {
        assert.equal(await order(here, orderId), undefined);
        assert.match(here.lines("payments_order", orderId).join(), /^skipped: /);
      }
      assert.match(here.lines("payments_payment", orphan.paymentId).join(), /^skipped: .*order is gone/);
      const { state, status, reason, payment_id, session_id } = await order(here, young.orderId);
      assert.deepEqual([state, status, reason, payment_id, session_id], [
        "expired",
        -1,
        4,
        young.paymentId,
        null,
      ]);
      assert.equal((await order(here, alone.orderId)).state, "expired");
    };
  },
  "two clicks within two seconds keep their own payments"(shop) {
    const [buyer, course] = [shop.account(), shop.course()];
    const clicks = [0, 400, 900].map((after) =>
      shop.click(buyer, [course], { when: LAST_DAY - DAY + after })
    );
    return async (here) => {
      for (const { orderId, paymentId } of clicks) {
        assert.equal((await order(here, orderId)).payment_id, paymentId);
      }
    };
  },
  "a paid order that was deleted is kept as an order of its own, without a grant; the student keeps the course"(
    shop,
  ) {
    const [buyer, course] = [shop.account(), shop.course()];
    const { paymentId } = shop.buy(buyer, [course], { order: null });
    return async (here) => {
      const kept = await order(here, paymentId);
      assert.deepEqual([kept.state, kept.student_id, kept.lines.length], ["paid", buyer.id, 1]);
      assert.equal(kept.lines[0]!.why, "the course was gone when the books were imported");
      const grants = await here
        .sql`select course_id, source, reason from grants where student_id = ${buyer.id}`;
      assert.deepEqual([...grants], [{
        course_id: course.id,
        source: "import",
        reason: "Enrolled in the former shop",
      }]);
    };
  },
  "a payment of a deleted user is kept in nobody's name"(shop) {
    const { paymentId } = shop.buy({ id: "gone" }, [], { order: null, payment: { user_id: null } });
    return async (here) => {
      const kept = await order(here, paymentId);
      assert.deepEqual([kept.state, kept.student_id, kept.student_email], [
        "paid",
        `deleted:${paymentId}`,
        "",
      ]);
    };
  },
  "money that Stripe took although buyer or order was gone is flagged"(shop) {
    const [buyer, course] = [shop.account(), shop.course()];
    const failed = { status: -1, reason: 1 };
    const clicks = [
      shop.click(buyer, [course], { order: null, payment: failed }),
      shop.click(buyer, [course], { order: null, payment: { ...failed, user_id: null } }),
    ];
    return async (here) => {
      for (const { paymentId } of clicks) {
        const { state, status, reason, review_reason } = await order(here, paymentId);
        assert.deepEqual([state, status, reason], ["failed", -1, 1]);
        assert.match(review_reason, /^imported: Stripe was paid/);
        assert.match(here.lines("payments_payment", paymentId).join(), /^person: Stripe was paid/);
      }
    };
  },
  "amounts and currencies that anybody could change do not count; the order's do"(shop) {
    const course = shop.course();
    const sales = [["amount", "0.01"], ["amount", "-5.00"], ["currency", "UZS"]].map(([column, value]) =>
      shop.buy(shop.account(), [course], { payment: { [column!]: value! } })
    );
    return async (here) => {
      for (const { orderId, paymentId } of sales) {
        const { amount, currency } = await order(here, orderId);
        assert.deepEqual([amount, currency], [4900n, "usd"]);
        assert.match(
          here.lines("payments_payment", paymentId).join(),
          /changed: its amount or currency differs/,
        );
      }
    };
  },
  "a payment that was marked as completed without a session gives nothing, and is flagged"(shop) {
    const [buyer, course] = [shop.account(), shop.course()];
    const { orderId, paymentId } = shop.click(buyer, [course], { payment: { status: 2 } });
    return async (here) => {
      const { state, status, reason, review_reason } = await order(here, orderId);
      assert.deepEqual([state, status, reason], ["expired", -1, 10]);
      assert.equal(review_reason, "imported: marked as completed without a Stripe session");
      assert.equal(await hasAccess(here, buyer.id, course.id), false);
      assert.match(here.lines("payments_payment", paymentId).join(), /person: was marked as completed/);
    };
  },
  "a payment that was marked as refunded without a session is no refund, and is flagged"(shop) {
    const [buyer, course] = [shop.account(), shop.course()];
    const { orderId, paymentId } = shop.buy(buyer, [course], {
      payment: { status: -2, transaction_id: null },
    });
    return async (here) => {
      assert.equal((await order(here, orderId)).state, "expired");
      assert.ok(await hasAccess(here, buyer.id, course.id));
      assert.match(
        here.lines("payments_payment", paymentId).join(),
        /person: was marked as refunded without a Stripe session/,
      );
    };
  },
  "payments by hand are the reason for access, not sales"(shop) {
    const course = shop.course();
    const hand = { method: "BANK", transaction_id: "receipt 5", stripe_payment_intent: null };
    const [withOrder, without, nobody] = [shop.account(), shop.account(), shop.account()];
    const sale = shop.buy(withOrder, [course], { when: LAST_DAY - 40 * DAY, payment: hand });
    shop.buy(without, [course], {
      when: LAST_DAY - 40 * DAY,
      order: null,
      payment: { ...hand, method: "CASH", currency: "UZS", transaction_id: null },
    });
    const lost = shop.buy(nobody, [course], {
      order: null,
      enrolls: false,
      payment: { ...hand, transaction_id: null },
    });
    return async (here) => {
      assert.equal(await order(here, sale.orderId), undefined);
      const reasons = [];
      for (const { id } of [withOrder, without, nobody]) {
        reasons.push((await here.row("select reason from grants where student_id = $1", [id]))?.reason);
      }
      assert.deepEqual(reasons, [
        "Paid by bank transfer, 49.00 USD, 2026-01-11",
        "Paid in cash, 49.00 UZS, 2026-01-11",
        undefined,
      ]);
      assert.match(
        here.lines("payments_payment", lost.paymentId).join(),
        /person: was paid by hand, but no enrollment/,
      );
    };
  },
  "a refunded purchase is refunded; who was still enrolled keeps the course"(shop) {
    const course = shop.course();
    const [kept, lost] = [shop.account(), shop.account()];
    const refund = { status: -2, reason: 5 };
    const sales = [
      shop.buy(kept, [course], { payment: refund }),
      shop.buy(lost, [course], { payment: { ...refund, reason: null }, enrolls: false }),
    ];
    return async (here) => {
      for (const { orderId, paymentId } of sales) {
        const { state, status, reason, refunded_amount } = await order(here, orderId);
        assert.deepEqual([state, status, reason, refunded_amount], ["refunded", -2, 5, 4900n]);
        const found = await here.row("select * from refunds where stripe_refund_id = $1", [
          `legacy:${paymentId}`,
        ]);
        assert.deepEqual([found.amount, found.status, found.origin], [4900n, "succeeded", "stripe"]);
        assert.match(here.lines("payments_payment", paymentId).join(), /person: is marked as refunded/);
      }
      assert.equal(await hasAccess(here, kept.id, course.id), true);
      assert.equal(await hasAccess(here, lost.id, course.id), false);
    };
  },
  "a refund of nothing is a purchase of nothing"(shop) {
    const { orderId } = shop.buy(shop.account(), [shop.course()], { total: "0.00", payment: { status: -2 } });
    return async (here) => assert.equal((await order(here, orderId)).state, "paid");
  },
  "a payment that failed is a failed order, with its reason"(shop) {
    const course = shop.course();
    const reasons = [2, 3, 4, 10, 1, 99];
    const clicks = reasons.map((reason) =>
      shop.click(shop.account(), [course], { payment: { status: -1, reason } })
    );
    return async (here) => {
      const found = [];
      for (const { orderId } of clicks) {
        const { state, status, reason } = await order(here, orderId);
        found.push([state, status, reason]);
      }
      assert.deepEqual(found, [2, 3, 4, 10, 1, 10].map((reason) => ["failed", -1, reason]));
    };
  },
  "a course that was paid twice has two paid orders and one grant in force"(shop) {
    const [buyer, course] = [shop.account(), shop.course()];
    const [first, second] = [40, 30].map((days) =>
      shop.buy(buyer, [course], { when: LAST_DAY - days * DAY })
    );
    return async (here) => {
      assert.equal((await order(here, first!.orderId)).review_reason, null);
      assert.match((await order(here, second!.orderId)).review_reason, /is paid by another order too/);
      const holds = await here.sql`
        select payment_hold from grants where student_id = ${buyer.id} order by created_at`;
      assert.deepEqual(holds.map(({ payment_hold }) => payment_hold), [null, "duplicate"]);
      assert.match(
        here.lines("payments_payment", second!.paymentId).join(),
        /person: paid for a course that was paid/,
      );
    };
  },
  "of two payments of an order the one with a session counts"(shop) {
    const sale = shop.buy(shop.account(), [shop.course()]);
    const extra = shop.click({ id: shop.account().id }, [], {
      order: null,
      payment: { method: "BANK", status: 2, order_id: sale.orderId, user_id: null },
    });
    const second = shop.click({ id: shop.account().id }, [], {
      order: null,
      payment: { status: 2, order_id: sale.orderId, transaction_id: "cs_live_second", user_id: null },
      when: LAST_DAY - DAY,
    });
    return async (here) => {
      assert.equal((await order(here, sale.orderId)).payment_id, sale.paymentId);
      assert.match(here.lines("payments_payment", extra.paymentId).join(), /skipped: was entered by hand/);
      const own = await order(here, second.paymentId);
      assert.deepEqual([own.state, own.lines.length], ["paid", 1]);
      assert.match(own.review_reason, /is paid by another order too/);
    };
  },
  "a payment in another name than its order's is the order's buyer's"(shop) {
    const [buyer, other, course] = [shop.account(), shop.account(), shop.course()];
    const { orderId, paymentId } = shop.buy(buyer, [course], { payment: { user_id: other.id } });
    return async (here) => {
      assert.equal((await order(here, orderId)).student_id, buyer.id);
      assert.match(here.lines("payments_payment", paymentId).join(), /changed: belongs to another account/);
    };
  },
  "an order of several courses is split by their prices, to the cent"(shop) {
    const courses = ["10.00", "20.00", "0.00"].map((price) => shop.course({ price }));
    const free = ["0.00", "0.00"].map((price) => shop.course({ price }));
    const [sale, odd] = [
      shop.buy(shop.account(), courses, { total: "20.01" }),
      shop.buy(shop.account(), free, { total: "0.05" }),
    ];
    return async (here) => {
      const amounts = async (id: string) => (await order(here, id)).lines.map(({ amount }) => amount);
      assert.deepEqual(await amounts(sale.orderId), [667, 1334, 0]);
      assert.deepEqual((await amounts(odd.orderId)).toSorted(), [2, 3]);
    };
  },
  "an order whose course was deleted has a line for it, and no grant"(shop) {
    const buyer = shop.account();
    const paid = shop.buy(buyer, []);
    const pending = shop.click(buyer, [], { when: LAST_DAY - DAY });
    return async (here) => {
      const { state, lines } = await order(here, paid.orderId);
      assert.equal(state, "paid");
      assert.deepEqual(lines.map(({ amount, why }) => [amount, why]), [
        [4900, "the course was gone when the books were imported"],
      ]);
      assert.equal((await order(here, pending.orderId)).lines.length, 1);
      assert.equal((await here.sql`select from grants where student_id = ${buyer.id}`).length, 0);
    };
  },
  "who paid and was not enrolled has the course, and is reported"(shop) {
    const [buyer, course] = [shop.account(), shop.course()];
    const { paymentId } = shop.buy(buyer, [course], { enrolls: false });
    return async (here) => {
      assert.ok(await hasAccess(here, buyer.id, course.id));
      assert.ok(await here.row("select id from enrollments where student_id = $1", [buyer.id]));
      assert.match(
        here.lines("payments_payment", paymentId).join(),
        /person: was paid, but its student was not enrolled/,
      );
    };
  },
  "who paid for several courses and was not enrolled is reported once for each"(shop) {
    const courses = [shop.course(), shop.course()];
    const { paymentId } = shop.buy(shop.account(), courses, { enrolls: false });
    return async (here) => {
      const lines = await here.sql`
        select other_id as id from legacy_report where row_id = ${paymentId} and why ~ 'not enrolled' order by 1`;
      assert.deepEqual(lines.map(({ id }) => id), courses.map(({ id }) => id).toSorted());
    };
  },
  "who was enrolled and bought nothing keeps the course since then, also a draft"(shop) {
    const course = shop.course({ is_published: false, price: "-1.00" });
    const { id } = shop.account();
    const enrollment = shop.enroll(id, course.id);
    return async (here) => {
      assert.ok(await hasAccess(here, id, course.id));
      assert.equal(
        (await here.row("select id from enrollments where student_id = $1", [id])).id,
        enrollment.id,
      );
      const { starts_at, created_at } = await here.row<{ starts_at: Date; created_at: Date }>(
        "select * from grants where student_id = $1",
        [id],
      );
      assert.deepEqual([starts_at.getTime(), created_at.getTime()], Array(2).fill(LAST_DAY - 30 * DAY));
    };
  },
  "a payment with a session that is not marked as completed is a failed order, for a person to look at"(
    shop,
  ) {
    const [buyer, course] = [shop.account(), shop.course()];
    const sales = [1, -1].map((status) =>
      shop.buy(buyer, [course], { payment: { status, reason: status < 0 ? 3 : null } })
    );
    return async (here) => {
      for (const { orderId, paymentId } of sales) {
        const { state, review_reason, payment_session } = await order(here, orderId);
        assert.deepEqual([state, review_reason], [
          "failed",
          "imported: has a Stripe session, but is not marked as completed",
        ]);
        assert.match(payment_session, /^cs_live_/);
        assert.match(here.lines("payments_payment", paymentId).join(), /person: has a Stripe session/);
      }
      assert.ok(await hasAccess(here, buyer.id, course.id));
    };
  },
  "a payment of an unknown status is skipped, for a person to look at"(shop) {
    const { paymentId } = shop.click(shop.account(), [shop.course()], { payment: { status: 7 } });
    return (here) => {
      assert.deepEqual(here.lines("payments_payment", paymentId), [
        "skipped: has an unknown status",
        "person: has an unknown status",
      ]);
      return Promise.resolve();
    };
  },
};

if (engines.includes("postgres")) {
  Deno.test("each anomaly of the former shop has its outcome", async (t) => {
    const shop = new LegacyShop();
    const cases = { ...PEOPLE, ...CATALOG, ...MONEY };
    const checks = Object.entries(cases).map(([name, build]) => ({ name, check: build(shop) }));
    await using parts = new AsyncDisposableStack();
    const former = await shop.install();
    parts.defer(() => former.drop());
    const target = await emptyDatabase("postgres");
    parts.defer(target.release);
    const sql = await connect(target.url, { max: 4, deadlines: { answer: Infinity } });
    parts.defer(() => sql.end({ timeout: 1 }));
    const report = await importFrom(former.sql, sql);
    const here: Here = {
      sql,
      lines: (table, id) => linesOf(report, table, String(id)),
      row: async <Row extends object>(text: string, values: (string | number)[] = []) =>
        (await sql.unsafe<Row[]>(text, values))[0]!,
    };
    for (const { name, check } of checks) await t.step(name, () => check(here));

    await t.step("every row that was read is written or has a line", () => {
      for (const { table, read, written, merged, skipped } of report.counts) {
        assert.equal(written + merged + skipped, read, table);
      }
    });
    await t.step("receipts are numbered without gaps, in the order of payment", async () => {
      const [numbers] = await sql<{ count: number; last: bigint; inOrder: boolean }[]>`
        select count(*)::integer as count, (select last from receipt_numbers) as last,
          bool_and(number = place) as "inOrder"
        from (
          select receipt_number as number, row_number() over (order by paid_at, id) as place from orders
          where paid_at is not null
        ) o`;
      assert.deepEqual([numbers!.last, numbers!.inOrder], [BigInt(numbers!.count), true]);
    });
    await t.step("new categories and universities are numbered after the imported ones", async () => {
      for (const table of ["categories", "universities"]) {
        const [{ id, highest }] = await sql.unsafe<[{ id: number; highest: number }]>(
          `with before as (select max(id) as highest from ${table}), added as (
            insert into ${table} (name, ${table === "categories" ? "slug" : "country, city"})
            values ('New', ${table === "categories" ? "'new'" : "'', ''"}) returning id
          ) select id, highest from added, before`,
        );
        assert.equal(id, highest + 1);
        await sql.unsafe(`delete from ${table} where id = ${id}`);
      }
    });
    await t.step("the comparison agrees", async () => {
      assert.deepEqual(failed(await verify(former.sql, sql)), []);
    });
  });
}

const linesOf = ({ lines }: Report, table: string, id: string) =>
  lines.filter((line) => line.table === table && line.id === id).map(({ what, why }) => `${what}: ${why}`);
