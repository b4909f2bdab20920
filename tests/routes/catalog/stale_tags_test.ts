import assert from "node:assert/strict";
import { publicReads } from "../../support/public_reads.ts";
import { addCourse, shopTest, type TestShop } from "../../support/shop.ts";

/** Columns whose changes are left to the lifetime of what an edge keeps, with the reason. */
const LEFT_TO_TIME: Record<string, string> = {
  "courses.student_count": "it changes with every purchase",
  "courses.rating_sum": "it changes with every review",
  "courses.rating_count": "it changes with every review",
  "catalogue_size.course_count": "it is counted when courses come and go, which are noted",
  "course_summaries.document": "it is written when what it is made of changes, which is noted",
  "course_summaries.duration_seconds": "it is summed when lessons change, which are noted",
  "course_summaries.popularity": "it follows the number of students",
};

/** What tells a value of a type from another; null: no other is tried. */
const OTHER: Record<string, (column: string) => string> = {
  text: (column) => `coalesce(${column}, '') || 'x'`,
  integer: (column) => `coalesce(${column}, 0) + 1`,
  smallint: (column) => `${column} + 1`,
  bigint: (column) => `${column} + 100`,
  boolean: (column) => `not ${column}`,
  ARRAY: (column) => `${column} || array['x']`,
  tsvector: () => `''`,
  "timestamp with time zone": (column) => `case when ${column} is null then now() else null end`,
};
/** Tried where the first breaks a rule of the database. */
const SECOND: Record<string, string> = {
  smallint: "1",
  integer: "null",
  "timestamp with time zone": "now() + interval '1 day'",
};
const LISTED: Record<string, string> = { "courses.level": "'advanced'", "courses.language": "'es'" };

type Read = { path: string; body: string; tags: string[] };

async function readAll(shop: TestShop, paths: string[]): Promise<Read[]> {
  return await Promise.all(paths.map(async (path) => {
    const response = await fetch(shop.api + path); // unchecked, for there are many
    const tags = response.headers.get("cache-tag")?.split(",") ?? [];
    return { path, body: `${response.status} ${await response.text()}`, tags };
  }));
}

/** Does something, and returns the paths whose responses changed although none of their tags was noted. */
async function unnoticed(shop: TestShop, before: Read[], change: () => Promise<unknown>) {
  await shop.sql`delete from stale_tags`;
  await change();
  const noted = (await shop.sql<{ tag: string }[]>`select tag from stale_tags`).map(({ tag }) => tag);
  const after = await readAll(shop, before.map(({ path }) => path));
  const changed = before.filter(({ body }, n) => withoutId(body) !== withoutId(after[n]!.body));
  return {
    changed: changed.length,
    missed: changed.filter(({ body, tags }) =>
      body.startsWith("200") && !tags.some((tag) => noted.includes(tag))
    )
      .map(({ path }) => path),
  };
}
const withoutId = (body: string) => body.replace(/"request_id":"[^"]*"/, "");

shopTest(
  "whatever column changes what anybody may read, a tag of each changed response is noted",
  async (shop) => {
    const paths = await publicReads(shop);
    shop.statements.length = 0;
    const before = await readAll(shop, paths);
    const columns = await shop.sql<{ table: string; column: string; type: string }[]>`
    select c.table_name as table, c.column_name as column, c.data_type as type
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
      and not exists (
        select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
        where i.indisprimary and i.indrelid = c.table_name::regclass and a.attname = c.column_name
      )
    order by 1, c.ordinal_position`;
    const reading = shop.statements.join("\n");
    const read = columns.filter(({ table }) => new RegExp(`\\b(from|join) ${table}\\b`).test(reading));
    assert.ok(new Set(read.map(({ table }) => table)).size >= 8, "the tables that are read");

    let changes = 0;
    for (const { table, column, type } of read) {
      const name = `${table}.${column}`;
      const values = [LISTED[name] ?? OTHER[type]?.(column), SECOND[type]].filter((value) =>
        value !== undefined
      );
      await shop.sql.unsafe(`create table saved as select * from ${table}`);
      let isChanged = false;
      const { changed, missed } = await unnoticed(shop, before, async () => {
        for (const value of values) {
          const done = await shop.sql.unsafe(`update ${table} set ${column} = ${value}`).catch(() => null);
          if (done) return isChanged = true;
        }
      });
      if (isChanged) {
        changes += changed;
        if (!(name in LEFT_TO_TIME)) {
          assert.deepEqual(
            missed,
            [],
            `${name}: note a tag in migrations/functions/stale_tags.sql`,
          );
        }
        await restore(shop, table, column);
      }
      await shop.sql`drop table saved`;
    }
    assert.ok(changes > 60, `${changes} responses changed`);
  },
);

/** Puts a column back as it was. */
async function restore(shop: TestShop, table: string, column: string): Promise<void> {
  const keys = await shop.sql<{ key: string }[]>`
    select a.attname as key from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indisprimary and i.indrelid = ${table}::regclass`;
  const same = keys.map(({ key }) => `t.${key} = s.${key}`).join(" and ");
  await shop.sql.unsafe(`update ${table} t set ${column} = s.${column} from saved s where ${same}`);
}

shopTest("rows that come or go are noted by a tag of each changed response", async (shop) => {
  const paths = await publicReads(shop);
  const [{ id: university }] = await shop.sql<[{ id: number }]>`
    insert into universities (name, country, city) values ('MIT', 'US', 'Boston') returning id`;
  const changes: [what: string, sql: string][] = [
    [
      "a course",
      "insert into courses (slug, title, price_amount, is_published) values ('b', 'Algebra B', 1, true)",
    ],
    ["a course", "delete from courses where slug = 'b'"],
    [
      "a part",
      "insert into course_parts (course_id, slug, title, position) select id, 'p', 'P', 9 from courses where is_published",
    ],
    [
      "a lesson",
      "insert into lessons (part_id, slug, title, position) select id, 'l', 'L', 9 from course_parts where slug like '%algebra%'",
    ],
    ["a lesson", "delete from lessons where slug = 'l'"],
    ["a part", "delete from course_parts where slug = 'p'"],
    ["a part with its lessons", "delete from course_parts where position = 0"],
    [
      "a tutor",
      "insert into users (email, password_hash, role, email_verified_at) values ('b@example.com', '-', 2, now())",
    ],
    [
      "a co-tutor",
      "insert into course_tutors (course_id, user_id) select c.id, u.id from courses c, users u where c.is_published and u.email = 'b@example.com'",
    ],
    [
      "a co-tutor",
      "delete from course_tutors using users u where u.id = user_id and u.email = 'b@example.com'",
    ],
    ["a tutor", "delete from users where email = 'b@example.com'"],
    ["a category", "insert into categories (name, slug) values ('Physics', 'physics')"],
    ["a category", "delete from categories where slug = 'physics'"],
    ["a university", `delete from universities where id = ${university}`],
    ["a university", "insert into universities (name, country, city) values ('KIT', 'DE', 'Karlsruhe')"],
    ["the tutor's university", "delete from universities where name like 'ETH%'"],
    ["the course", "delete from courses where is_published"],
  ];
  for (const [what, text] of changes) {
    const { changed, missed } = await unnoticed(
      shop,
      await readAll(shop, paths),
      () => shop.sql.unsafe(text),
    );
    assert.ok(changed > 0, `${what}: nothing changed by ${text}`);
    assert.deepEqual(missed, [], `${what}: ${text}`);
  }
});

shopTest(
  "nothing is noted when drafts and students change, nor when somebody buys or reviews",
  async (shop) => {
    await addCourse(shop.sql);
    const draft = await addCourse(shop.sql, { title: "Draft", isPublished: false });
    await shop.sql`insert into users (email, password_hash, role) values ('ada@example.com', '-', 3)`;
    await shop.sql`delete from stale_tags`;
    await shop.sql`update courses set title = 'Another' where id = ${draft.id}`;
    await shop.sql`update lessons set title = 'Another' where slug like 'draft%'`;
    await shop.sql`update users set first_name = 'Ada'`;
    await shop.sql`insert into enrollments (student_id, course_id) select u.id, c.id from users u, courses c`;
    await shop
      .sql`insert into reviews (course_id, student_id, rating) select c.id, u.id, 5 from users u, courses c`;
    assert.deepEqual([...await shop.sql`select tag from stale_tags`], []);
  },
);
