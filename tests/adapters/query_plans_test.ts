// The plans of the catalogue's reads on a shop large enough for the planner to care; `deno task bench` looks at them with
// 100,000 courses and 1,000,000 enrollments.
import assert from "node:assert/strict";
import { seedMany } from "../../adapters/sandbox/sample/many.ts";
import { sequentialScans } from "../bench/query_plans.ts";
import { databaseTest, oneEngine } from "../support/test_database.ts";

databaseTest(
  "no read of the catalogue reads a whole table of courses, lessons, people or enrollments",
  async ({ sql, url }) => {
    const lines: string[] = [];
    const added = await seedMany(
      sql,
      { courses: 3000, enrollments: 10_000, passwordHash: "-" },
      (line) => void lines.push(line),
    );
    assert.equal(added.courses, 3000);
    assert.ok(added.enrollments > 9000, String(added.enrollments));
    assert.ok(lines.includes("courses 2000 of 3000") && lines.includes("search 3000 of 3000"));
    const [kept] = await sql`
    select (select course_count from catalogue_size) as courses, (select sum(course_count) from categories) as filed,
      (select sum(student_count) from courses) as students,
      (select count(*) from course_summaries where document = '' or lesson_count <> 12) as unready`;
    assert.deepEqual(
      [kept!.courses, Number(kept!.filed), Number(kept!.students), Number(kept!.unready)],
      [3000, 3000, added.enrollments, 0],
    );
    assert.deepEqual(await sequentialScans(url), []);
  },
  oneEngine,
);
