import assert from "node:assert/strict";
import { postgresAuthoring } from "../../../../adapters/postgres/authoring/authoring.ts";
import { COPIED_TABLES, UNCOPIED_TABLES } from "../../../../adapters/postgres/authoring/copy_course.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import { addCourse } from "../../../support/shop.ts";
import { databaseTest } from "../../../support/test_database.ts";

type Column = { name: string; type: string; value: string | null };

/** Values that the original's columns may have; every other column gets one by its type. */
const GIVEN: Record<string, Record<string, string>> = {
  courses: { level: "advanced", language: "es", price_currency: "eur" },
  course_prices: { currency: "gbp" },
  earning_shares: { percent: "100", offset_percent: "0" },
};
const BY_TYPE: Record<string, string> = {
  text: "own",
  smallint: "7",
  integer: "7",
  bigint: "7",
  boolean: "true",
  "text[]": '{"own"}',
  jsonb: '{"own": 1}',
  "numeric(3,2)": "1.5",
  "timestamp with time zone": "2001-02-03T04:05:06Z",
};
/** Columns that name rows, or that end what is copied. */
const KEPT = /^(id|user_id|course_id|part_id|category_id|copied_from|valid_until)$/;

/** Every column of a table that is copied, with its value in one row. */
async function columnsOf(sql: Database, table: string, where: string): Promise<Column[]> {
  const columns = await sql<Column[]>`
    select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
  const [row] = await sql.unsafe<{ row: Record<string, unknown> }[]>(
    `select to_jsonb(t) as row from ${table} t where ${where}`,
  );
  assert.ok(row, `${table} has no row where ${where}`);
  return columns.map(({ name, type }) => ({ name, type, value: JSON.stringify(row.row[name]) }));
}

databaseTest(
  "a duplicate has every column of the original, except listed ones with a reason",
  async ({ sql }) => {
    const { id } = await addCourse(sql);
    const [tutor] = await sql<{ id: string }[]>`
    insert into users (email, password_hash, role) values ('t@example.com', '', 2) returning id`;
    await sql`insert into course_tutors (course_id, user_id) values (${id}, ${tutor!.id})`;
    await sql`insert into earning_shares (course_id, user_id, percent, offset_percent) values (${id}, ${
      tutor!.id
    }, 100, 0)`;
    await sql`insert into course_prices (course_id, currency, amount) values (${id}, 'gbp', 1)`;
    await sql`insert into categories (name, slug) values ('K', 'k')`;
    await sql`update courses set category_id = (select id from categories) where id = ${id}`;
    await sql`delete from lessons where part_id in (select id from course_parts where course_id = ${id}) and position > 0`;

    const rowOf = (table: string, courseId: string) =>
      table === "courses"
        ? `id = '${courseId}'`
        : table === "lessons"
        ? `part_id in (select id from course_parts where course_id = '${courseId}')`
        : `course_id = '${courseId}'`;
    for (const [table, reasons] of Object.entries(COPIED_TABLES)) {
      const all = await columnsOf(sql, table, rowOf(table, id));
      for (const { name, type } of all) {
        if (KEPT.test(name) || name in reasons) continue;
        const value = GIVEN[table]?.[name] ?? BY_TYPE[type];
        assert.ok(value, `this test has no value for ${table}.${name} of type ${type}`);
        await sql.unsafe(`update ${table} set ${name} = '${value}' where ${rowOf(table, id)}`);
      }
      const stale = Object.keys(reasons).filter((name) => !all.some((column) => column.name === name));
      assert.deepEqual(stale, [], `${table} has no such columns`);
    }

    const copy = await sql.begin((tx) =>
      postgresAuthoring(tx).copyCourse(id, { slugs: ["copy"], title: "Copy" })
    );
    const lost: string[] = [];
    for (const [table, reasons] of Object.entries(COPIED_TABLES)) {
      const original = await columnsOf(sql, table, rowOf(table, id));
      const copied = await columnsOf(sql, table, rowOf(table, copy.id));
      for (const [at, { name, value }] of original.entries()) {
        if (!(name in reasons) && copied[at]!.value !== value) {
          lost.push(`${table}.${name}: ${value} became ${copied[at]!.value}`);
        }
      }
    }
    assert.deepEqual(lost, [], "copy them, or say in adapters/postgres/authoring/copy_course.ts why not");
  },
);

databaseTest("every table about a course is copied with it, or listed with a reason", async ({ sql }) => {
  const rows = await sql<{ table: string }[]>`
    select distinct c.table_name as table from information_schema.columns c
    join information_schema.tables t on t.table_name = c.table_name and t.table_schema = c.table_schema
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.column_name in ('course_id', 'part_id', 'lesson_id')`;
  const tables = rows.map(({ table }) => table);
  const known = [...Object.keys(COPIED_TABLES), ...Object.keys(UNCOPIED_TABLES)];
  const missing = tables.filter((table) => !known.includes(table));
  assert.deepEqual(missing, [], "name them in adapters/postgres/authoring/copy_course.ts");
  const stale = known.filter((table) => table !== "courses" && !tables.includes(table));
  assert.deepEqual(stale, [], "these tables are not about a course");
});
