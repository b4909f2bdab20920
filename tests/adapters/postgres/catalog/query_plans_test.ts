// Whether an index serves each of the catalog's reads; `deno task bench` looks at the plans that PostgreSQL chooses
// itself with 100,000 courses and 1,000,000 enrollments.
import assert from "node:assert/strict";
import { seedMany } from "../../../../adapters/sandbox/sample/many.ts";
import { sequentialScans } from "../../../bench/query_plans.ts";
import { databaseTest } from "../../../support/test_database.ts";

databaseTest(
  "no read of the catalog, of tutors or of students scans a table that grows with the shop",
  async ({ sql, url }) => {
    const lines: string[] = [];
    const added = await seedMany(
      sql,
      { courses: 500, enrollments: 2000, passwordHash: "-" },
      (line) => void lines.push(line),
    );
    assert.equal(added.courses, 500);
    assert.ok(added.enrollments > 1500, String(added.enrollments));
    assert.ok(lines.includes("courses 500 of 500") && lines.includes("search 500 of 500"));
    const [kept] = await sql`
    select (select course_count from catalogue_size) as courses, (select sum(course_count) from categories) as filed,
      (select sum(student_count) from courses) as students,
      (select count(*) from course_summaries where document = '' or lesson_count <> 12) as unready`;
    assert.deepEqual(
      [kept!.courses, Number(kept!.filed), Number(kept!.students), Number(kept!.unready)],
      [500, 500, added.enrollments, 0],
    );
    assert.deepEqual(await sequentialScans(url, { onlyUnavoidable: true }), []);
  },
  { isFresh: true }, // so that no statistics are of other rows
);
