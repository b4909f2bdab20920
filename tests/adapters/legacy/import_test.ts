import assert from "node:assert/strict";
import { connect, isConnectionFailure } from "../../../adapters/postgres/connection.ts";
import type { Database } from "../../../adapters/postgres/queries.ts";
import { ImportRefusal } from "../../../domain/legacy/ports.ts";
import { randomShop } from "../../support/legacy_history.ts";
import { contentsOf, failed, importFrom, verify } from "../../support/legacy_import.ts";
import { type LegacyDatabase, LegacyShop } from "../../support/legacy_shop.ts";
import { until } from "../../support/shop.ts";
import { emptyDatabase, engines } from "../../support/test_database.ts";

type Both = { former: LegacyDatabase; sql: Database; target: string };

/** Declares a test with a former shop in one database and an empty shop in another. */
function importTest(
  name: string,
  shop: () => LegacyShop,
  run: (both: Both, t: Deno.TestContext) => Promise<void>,
  { isFresh = false } = {},
) {
  if (!engines.includes("postgres")) return;
  Deno.test(name, async (t) => {
    await using parts = new AsyncDisposableStack();
    const former = await shop().install();
    parts.defer(() => former.drop());
    const { sql, url } = await emptyShop(parts, isFresh);
    await run({ former, sql, target: url }, t);
  });
}

/** `isFresh`: in a database that no other test uses, and whose connections may be cut. */
async function emptyShop(
  parts: AsyncDisposableStack,
  isFresh = false,
): Promise<{ sql: Database; url: string }> {
  const { url, release } = await emptyDatabase("postgres", { isFresh });
  parts.defer(release);
  const sql = await connect(url, { max: 4, deadlines: { answer: Infinity } });
  parts.defer(() => sql.end({ timeout: 1 }));
  return { sql, url };
}

const noted = async (sql: Database) => [...await sql`select imported_at from legacy_import`];

importTest(
  "a dry run shows what an import will do and changes nothing; a second run changes nothing",
  () => randomShop(1),
  async ({ former, sql }) => {
    const empty = await contentsOf(sql);
    const dry = await importFrom(former.sql, sql, { dryRun: true });
    assert.deepEqual(await contentsOf(sql), empty);
    assert.deepEqual(await noted(sql), []);

    const first = await importFrom(former.sql, sql);
    assert.deepEqual(first, dry);
    assert.ok(first.isNew && first.lines.length > 50);
    const full = await contentsOf(sql);
    assert.notDeepEqual(full, empty);

    const second = await importFrom(former.sql, sql);
    assert.deepEqual(second, { ...first, isNew: false });
    assert.deepEqual(await contentsOf(sql), full);

    await former
      .sql`update users_user set first_name = 'Changed' where id = (select min(id) from users_user)`;
    await assert.rejects(
      importFrom(former.sql, sql),
      /has changed since it was imported on 20.*create a new database/,
    );
    assert.deepEqual(await contentsOf(sql), full);
  },
);

if (engines.includes("postgres")) {
  for (const [seed, accounts] of [[2, 60], [3, 250]] as const) {
    Deno.test(`a random shop moves in and agrees with what it was (seed ${seed}, ${accounts} accounts)`, async () => {
      await using parts = new AsyncDisposableStack();
      const former = await randomShop(seed, { accounts }).install();
      parts.defer(() => former.drop());
      const { sql } = await emptyShop(parts);
      const report = await importFrom(former.sql, sql);
      for (const { table, read, written, merged, skipped } of report.counts) {
        assert.equal(written + merged + skipped, read, table);
      }
      const checks = await verify(former.sql, sql);
      assert.deepEqual(checks.flatMap(({ unexplained }) => unexplained), []);
    });
  }
}

/** What might go wrong in an import, as SQL on the shop, and the comparison that must notice it. */
const MISTAKES: [sql: string, comparison: string][] = [
  ["delete from comments where id = (select min(id::text)::uuid from comments)", "rows of courses_comment"],
  ["update comments set content = content || '!'", "comments: author, lesson, text"],
  [
    "update users set email = 'a' || email where id = (select max(id) from users)",
    "accounts: address and name",
  ],
  [
    "update users set role = 1 where id = (select max(id) from users where role = 4)",
    "accounts: role, whether they may sign in",
  ],
  [
    "update users set password_hash = '$argon2id$x' where password_hash like 'pbkdf2%'",
    "passwords that work as before",
  ],
  ["delete from password_invitations", "accounts that get a password by mail"],
  [
    "update courses set price_amount = price_amount + 1",
    "courses: slug, title, price, category, whether on sale",
  ],
  [
    "update courses set is_published = not is_published",
    "courses: slug, title, price, category, whether on sale",
  ],
  [
    "update lessons set position = 1 - position where position < 2",
    "lessons: place, slug, title, video, length, preview",
  ],
  ["delete from grants where source = 'import'", "access: student and course"],
  [
    "insert into grants (student_id, course_id, source) select (select min(id) from users), id, 'import' from courses",
    "access: student and course",
  ],
  [
    "update payments set paid_amount = paid_amount + 1 where id = (select min(id::text)::uuid from payments where session_id is not null)",
    "Stripe sessions: buyer, amount, whether refunded",
  ],
  [
    "update order_lines set course_id = gen_random_uuid() where paid_amount > 0",
    "sales: number and sum per course and month",
  ],
  [
    "update orders set paid_at = paid_at - interval '40 days' where paid_at is not null and receipt_number = 5",
    "receipts: numbered from 1 in the order of payment",
  ],
  [
    "update course_parts p set course_id = c.id, position = 1000 from (select min(id::text)::uuid as id from courses) c where p.id = (select min(q.id::text)::uuid from course_parts q where q.course_id <> c.id)",
    "parts: course, place, slug, title",
  ],
  ["delete from course_tutors", "tutors: earnings and active students"],
  [
    "update order_lines set refunded_amount = 1 where paid_amount > 1 and refunded_amount = 0",
    "tutors: earnings of the last twelve months",
  ],
  [
    "delete from grants where order_line_id is not null and payment_hold is null",
    "invariants of money and access",
  ],
];

importTest(
  "the comparison notices what an import could get wrong",
  () => randomShop(5),
  async ({ former, sql }, t) => {
    await importFrom(former.sql, sql);
    assert.deepEqual(failed(await verify(former.sql, sql)), []);
    for (const [mistake, comparison] of MISTAKES) {
      await t.step(`${comparison}: ${mistake}`, async () => {
        const undone = new Error("undone");
        const trying = sql.begin(async (tx) => {
          await tx.unsafe(mistake);
          const names = failed(await verify(former.sql, tx));
          assert.ok(names.includes(comparison), names.join());
          throw undone;
        });
        await assert.rejects(trying, undone);
      });
    }
  },
);

/** What makes a database something else than the former shop's last version, and what the refusal says. */
const STRANGERS: [change: string, refusal: RegExp][] = [
  [
    "drop table django_migrations, core_university, users_user, users_onboardinganswer, courses_category, courses_course, courses_course_tutors, courses_coursepart, courses_lesson, courses_comment, courses_enrollment, payments_order, payments_order_courses, payments_payment cascade",
    /^This is not the former shop's database/,
  ],
  ["drop table payments_payment", /lacks the table payments_payment/],
  [
    "delete from django_migrations where app = 'payments'",
    /older version: it lacks the migration payments 0003_/,
  ],
  [
    "insert into django_migrations (id, app, name, applied) values (99, 'courses', '0004_course_level', now())",
    /newer version.* courses 0004_course_level/,
  ],
  ["alter table courses_course drop column thumbnail", /lacks the column thumbnail of courses_course/],
  [
    "alter table courses_course alter column price type text",
    /column price of courses_course is of type text/,
  ],
  [
    "insert into courses_category (id, created_at, updated_at, name, slug) values (3000000000, now(), now(), 'A', 'a')",
    /^A row of courses_category cannot be imported: .*out of range.* Nothing was imported/,
  ],
];

if (engines.includes("postgres")) {
  Deno.test("a database that is not the former shop's last version is refused", async (t) => {
    await using parts = new AsyncDisposableStack();
    const { sql } = await emptyShop(parts);
    const before = await contentsOf(sql);
    for (const [change, refusal] of STRANGERS) {
      await t.step(String(refusal), async () => {
        await using parts = new AsyncDisposableStack();
        const former = await new LegacyShop().install(change);
        parts.defer(() => former.drop());
        await refuses(importFrom(former.sql, sql), refusal);
        assert.deepEqual(await contentsOf(sql), before);
      });
    }
  });
}

const IMPOSSIBLE_MOMENTS = ["infinity", "-infinity", "0044-03-15 BC", "12026-01-01"];

if (engines.includes("postgres")) {
  Deno.test("a moment that no calendar shows is refused with its row and column", async () => {
    await using parts = new AsyncDisposableStack();
    const { sql } = await emptyShop(parts);
    const before = await contentsOf(sql);
    const shop = new LegacyShop();
    const { id } = shop.enroll(shop.account().id, shop.course().id);
    const former = await shop.install();
    parts.defer(() => former.drop());
    for (const moment of IMPOSSIBLE_MOMENTS) {
      await former.sql`update courses_enrollment set enrolled_at = ${moment}::text::timestamptz`;
      await refuses(
        importFrom(former.sql, sql),
        new RegExp(
          `^courses_enrollment ${id} has the moment .* in enrolled_at, which is impossible\\. Correct it`,
        ),
      );
      assert.deepEqual(await contentsOf(sql), before);
    }
  });

  Deno.test("text that is not UTF-8 in a database without an encoding is refused", async () => {
    await using parts = new AsyncDisposableStack();
    const { sql } = await emptyShop(parts);
    const shop = new LegacyShop();
    shop.account({ first_name: "Zo?" });
    const former = await shop.install(
      "update users_user set first_name = convert_from('\\x5a6fe9', 'SQL_ASCII')",
      "SQL_ASCII",
    );
    parts.defer(() => former.drop());
    await refuses(
      importFrom(former.sql, sql),
      /^The former shop's database has text that cannot be read as UTF-8: .*: 0xe9.*\. Nothing was imported\. Correct the text/,
    );
    await former.sql`update users_user set first_name = 'Zoé'`;
    await importFrom(former.sql, sql);
    assert.equal((await sql`select first_name from users`)[0]!.first_name, "Zoé");
  });
}

/** Requires a refusal for the operator, with the message. */
async function refuses(importing: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(importing, (error) => {
    assert.ok(error instanceof ImportRefusal, String(error));
    assert.match(error.message, message);
    return true;
  });
}

/** What a shop may have of its own, and what the refusal says. */
const OWN_ROWS: [change: string, undo: string, refusal: RegExp][] = [
  [
    `insert into orders (student_id, student_email, state, subtotal_amount, total_amount, currency, session_expires_at, receipt_number, paid_at)
    values ('ada', 'ada@example.com', 'paid', 100, 100, 'usd', now(), 1, now())`,
    "delete from orders; delete from order_changes",
    /^This shop has sales of its own \(1\).*Create a new database/,
  ],
  [
    "insert into categories (name, slug) values ('Own', 'own')",
    "delete from categories",
    /^This shop has categories of its own/,
  ],
  [
    "insert into users (email, password_hash, role) values ('ada@example.com', 'x', 1)",
    "delete from users",
    /^The former shop has accounts with an address or id of accounts of this shop \(1\)/,
  ],
];

importTest("a shop with rows of its own is refused, and told what to do", () => {
  const shop = new LegacyShop();
  shop.account({ email: "Ada@example.com" });
  return shop;
}, async ({ former, sql }) => {
  for (const [change, undo, refusal] of OWN_ROWS) {
    await sql.unsafe(change);
    const before = await contentsOf(sql);
    await refuses(importFrom(former.sql, sql), refusal);
    await refuses(importFrom(former.sql, sql, { dryRun: true }), refusal);
    assert.deepEqual(await contentsOf(sql), before);
    await sql.unsafe(undo);
  }
});

importTest("an administrator who was made before the import stays", () => {
  const shop = new LegacyShop();
  shop.account();
  return shop;
}, async ({ former, sql }) => {
  await sql`insert into users (id, email, password_hash, role) values ('own', 'own@example.org', 'x', 1)`;
  await importFrom(former.sql, sql);
  assert.equal((await sql`select from users`).length, 2);
  assert.deepEqual(failed(await verify(former.sql, sql)), []);
});

importTest(
  "a connection that breaks leaves nothing behind, and the next run completes",
  () => randomShop(6),
  async ({ former, sql, target }) => {
    const empty = await contentsOf(sql);
    const cuts: [database: string, table: string, refusal: RegExp | typeof isConnectionFailure][] = [
      [former.url, "payments_payment", /former shop's database cannot be read any further/],
      [target, "legacy_counts", isConnectionFailure],
    ];
    for (const [database, table, refusal] of cuts) {
      const other = await connect(database, { max: 1 });
      // The import waits for the table, and is cut off there.
      await other.begin(async (tx) => {
        await tx.unsafe(`lock table ${table} in access exclusive mode`);
        const importing = assert.rejects(importFrom(former.sql, sql), refusal);
        await until(async () =>
          (await tx`
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`).length > 0
        );
        await importing;
      });
      await other.end({ timeout: 1 });
      assert.deepEqual(await contentsOf(sql), empty);
      assert.deepEqual(await noted(sql), [{ imported_at: null }]);
    }
    await importFrom(former.sql, sql);
    assert.deepEqual(failed(await verify(former.sql, sql)), []);
  },
  { isFresh: true },
);

importTest("two imports at once: one is refused", () => randomShop(7), async ({ former, sql }) => {
  const results = await Promise.allSettled([importFrom(former.sql, sql), importFrom(former.sql, sql)]);
  const refusals = results.flatMap((result) => result.status === "rejected" ? [String(result.reason)] : []);
  assert.equal(refusals.length, 1);
  assert.match(refusals[0]!, /Another import/);
  assert.deepEqual(failed(await verify(former.sql, sql)), []);
});

importTest("a shop without any rows moves in", () => new LegacyShop(), async ({ former, sql }) => {
  const { counts, lines } = await importFrom(former.sql, sql);
  assert.deepEqual(lines, []);
  assert.ok(counts.every(({ read, written }) => read === 0 && written === 0));
  assert.deepEqual(failed(await verify(former.sql, sql)), []);
});
