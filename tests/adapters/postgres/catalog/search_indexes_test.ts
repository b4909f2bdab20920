import assert from "node:assert/strict";
import { postgresSearchIndexes } from "../../../../adapters/postgres/catalog/search_indexes.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import { addSearchable } from "../../../support/searchable_courses.ts";
import { databaseTest } from "../../../support/test_database.ts";

const ALL = { changes: 1000, leaseSeconds: 60 };

/** A shop with an index that is told of changes, of which none waits. */
async function withIndex(sql: Database) {
  await addSearchable(sql);
  const indexes = postgresSearchIndexes(sql);
  await indexes.open(await indexes.begin("courses"));
  return indexes;
}

const entriesOf = async (sql: Database) =>
  new Map(
    (await sql<{ id: string; entry: string }[]>`select id, search_entry(c)::text as entry from courses c`)
      .map(({ id, entry }) => [id, entry]),
  );

/** Does something, and returns the courses whose entries changed, and those of them that were not noted. */
async function unnoticed(sql: Database, change: string): Promise<{ changed: number; missed: string[] }> {
  const before = await entriesOf(sql);
  await sql`delete from search_changes`;
  await sql.unsafe(change);
  const after = await entriesOf(sql);
  const noted = (await sql<{ id: string }[]>`select course_id as id from search_changes`).map(({ id }) => id);
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter((id) => (before.get(id) ?? null) !== (after.get(id) ?? null));
  return { changed: changed.length, missed: changed.filter((id) => !noted.includes(id)) };
}

/** A value that differs from that of a column, by its type. */
const OTHER: Record<string, (column: string) => string> = {
  text: (column) => `coalesce(${column}, '') || ' quokka'`,
  integer: (column) => `coalesce(${column}, 0) + 1`,
  smallint: (column) => `${column} + 1`,
  bigint: (column) => `${column} + 100`,
  boolean: (column) => `not ${column}`,
  ARRAY: (column) => `${column} || array['quokka']`,
  "timestamp with time zone": (column) =>
    `case when ${column} is null then now() else ${column} - interval '1 day' end`,
};
const LISTED: Record<string, string> = {
  "courses.level": "'advanced'",
  "courses.language": "case language when 'es' then 'ru' else 'es' end",
  "courses.category_id": "(select max(id) from categories)",
  "lessons.part_id": "(select max(id::text)::uuid from course_parts)",
};

/** What no statement of the shop changes. */
const FIXED = ["course_parts.course_id"];

databaseTest("whatever column changes the entry of a course, the course is noted", async ({ sql }) => {
  await withIndex(sql);
  await sql`delete from courses where slug not in ('calculus', 'linear-algebra', 'calculo')`;
  const columns = await sql<{ table: string; column: string; type: string }[]>`
    select c.table_name as table, c.column_name as column, c.data_type as type
    from information_schema.columns c
    where c.table_schema = 'public' and c.is_generated = 'NEVER' and c.column_name <> 'id'
      and c.table_name in ('courses', 'course_parts', 'lessons', 'categories', 'course_tutors', 'users')
    order by 1, c.ordinal_position`;
  let changes = 0;
  for (const { table, column, type } of columns) {
    const value = LISTED[`${table}.${column}`] ?? OTHER[type]?.(column);
    if (value === undefined || FIXED.includes(`${table}.${column}`)) continue;
    await sql.begin(async (tx) => {
      const { changed, missed } = await unnoticed(
        tx as Database,
        `update ${table} set ${column} = ${value}`,
      ).catch(() => ({ changed: 0, missed: [] }));
      changes += changed;
      assert.deepEqual(
        missed,
        [],
        `${table}.${column}: note the course in migrations/functions/search_entries.sql`,
      );
      throw new Error("undo");
    }).catch((error) => {
      if (error instanceof assert.AssertionError) throw error;
    });
  }
  assert.ok(changes > 30, `${changes} entries changed`);
});

databaseTest("rows that come or go are noted", async ({ sql }) => {
  await withIndex(sql);
  await sql`insert into users (email, password_hash, role) values ('nameless@example.com', '-', 2)`;
  const changes: [what: string, change: string][] = [
    ["a course", "insert into courses (slug, title, price_amount, is_published) values ('b', 'B', 1, true)"],
    [
      "a nameless tutor",
      `insert into course_tutors (course_id, user_id)
      select c.id, u.id from courses c, users u where c.slug = 'b' and u.email like 'nameless%'`,
    ],
    [
      "a nameless tutor",
      "delete from course_tutors using users u where u.id = user_id and email like 'nameless%'",
    ],
    [
      "a part",
      `insert into course_parts (course_id, slug, title, position)
      select id, 'p', 'Part', 9 from courses where slug = 'b'`,
    ],
    [
      "a lesson",
      `insert into lessons (part_id, slug, title, position)
      select id, 'l', 'Lesson', 9 from course_parts where slug = 'p'`,
    ],
    ["a lesson", "delete from lessons where slug = 'l'"],
    ["a part", "delete from course_parts where slug = 'p'"],
    ["off sale", "update courses set is_published = false where slug = 'b'"],
    ["on sale", "update courses set is_published = true where slug = 'b'"],
    ["archived", "update courses set archived_at = now() where slug = 'b'"],
    ["a course", "delete from courses where slug = 'calculus'"],
  ];
  for (const [what, change] of changes) {
    const { changed, missed } = await unnoticed(sql, change);
    assert.deepEqual([changed, missed], [1, []], `${what}: ${change}`);
  }
});

databaseTest("nothing is noted while there is no index, of a draft's texts, or in vain", async ({ sql }) => {
  await addSearchable(sql);
  const noted = async () => (await sql`select from search_changes`).length;
  await sql`update courses set title = 'Topology' where slug = 'calculus'`;
  assert.equal(await noted(), 0, "there is no index");
  const indexes = postgresSearchIndexes(sql);
  const index = await indexes.begin("courses");
  await sql`update courses set title = 'Geometry' where slug = 'calculus'`;
  assert.equal(await noted(), 0, "the index is not made yet");
  await indexes.open(index);
  await sql.begin(async (tx) => {
    await tx`update courses set title = 'Never' where slug = 'calculus'`;
    throw new Error("changed my mind");
  }).catch(() => {});
  await sql`update courses set title = title`;
  await sql`update users set bio = 'Hello'`;
  assert.equal(await noted(), 0);
  await sql`update search_indexes set kept_until = now() - interval '1 minute'`;
  await sql`update courses set title = 'Algebra' where slug = 'calculus'`;
  assert.equal(await noted(), 0, "nobody has asked for changes for a week");
  assert.deepEqual((await indexes.claim(ALL)).lapsed, [index]);
});

databaseTest("a claim has each course once, as it is now, and nobody else has it", async ({ sql }) => {
  const indexes = await withIndex(sql);
  for (const title of ["One", "Two", "Three"]) {
    await sql`update courses set title = ${title} where slug = 'calculus'`;
  }
  await sql`delete from courses where slug = 'sql'`;
  const [claim, other] = await Promise.all([indexes.claim(ALL), indexes.claim(ALL)]);
  const [full, empty] = claim.claims.length > 0 ? [claim, other] : [other, claim];
  assert.deepEqual([full.entries.map(({ fields }) => fields?.title), empty.entries], [[{ en: "Three" }], []]);
  assert.equal((await sql`select from search_changes`).length, 1, "three changes are told at once");
  await indexes.postpone(full.claims, 0);
  await sql`update courses set title = 'Four' where slug = 'calculus'`;
  const again = await indexes.claim(ALL);
  assert.ok(again.version > full.version);
  assert.deepEqual(again.entries.map(({ fields }) => fields?.title), [{ en: "Four" }]);
  await indexes.told(again.claims);
  assert.equal((await indexes.claim(ALL)).claims.length, 0);
});

databaseTest(
  "an index is open when every transaction has ended that may not have noted a change",
  async ({ sql }) => {
    await addSearchable(sql);
    const indexes = postgresSearchIndexes(sql);
    const index = await indexes.begin("courses");
    const changed = Promise.withResolvers<void>();
    const goesOn = Promise.withResolvers<void>();
    const older = sql.begin(async (tx) => {
      await tx`update courses set title = 'Topology' where slug = 'calculus'`;
      changed.resolve();
      await goesOn.promise;
    });
    await changed.promise;
    let isOpen = false;
    const opening = indexes.open(index).then(() => isOpen = true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(isOpen, false);
    goesOn.resolve();
    await older;
    await opening;
    const { entries } = await indexes.page({ after: null, limit: 100 });
    assert.ok(entries.some(({ fields }) => JSON.stringify(fields).includes("Topology")));
  },
);

databaseTest("an entry has nothing that the public catalogue does not show", async ({ sql }) => {
  await addSearchable(sql);
  await sql`update users set email = 'secret-' || id || '@example.com', bio = 'secret'`;
  for (const entry of (await entriesOf(sql)).values()) assert.doesNotMatch(entry, /secret|password/);
});
