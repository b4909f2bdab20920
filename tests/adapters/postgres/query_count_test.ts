import assert from "node:assert/strict";
import { postgresAuthoring } from "../../../adapters/postgres/authoring/authoring.ts";
import { connect } from "../../../adapters/postgres/connection.ts";
import { postgresComments } from "../../../adapters/postgres/learning/comments.ts";
import { postgresOutlines } from "../../../adapters/postgres/authoring/outlines.ts";
import { postgresProgress } from "../../../adapters/postgres/learning/progress.ts";
import { postgresReviews } from "../../../adapters/postgres/learning/reviews.ts";
import { postgresStatistics } from "../../../adapters/postgres/statistics/statistics.ts";
import { addCourse } from "../../support/shop.ts";
import { databaseTest } from "../../support/test_database.ts";

databaseTest(
  "reads of tutors and students take a fixed number of queries, however many rows there are",
  async ({ url }) => {
    const queries: string[] = [];
    const sql = await connect(url, { max: 1, onStatement: (text) => void queries.push(text) });
    try {
      const courses: { id: string }[] = [];
      for (const title of ["One", "Two", "Three"]) courses.push(await addCourse(sql, { title }));
      const [tutor] = await sql<{ id: string }[]>`
      insert into users (email, password_hash, role) values ('tutor@example.com', '', 2) returning id`;
      for (const { id } of courses) {
        await sql`insert into course_tutors (course_id, user_id) values (${id}, ${tutor!.id})`;
      }
      const [lesson] = await sql<{ id: string }[]>`select id from lessons limit 1`;
      const [course] = courses;
      const page = { limit: 100, offset: 0 };
      const statistics = postgresStatistics(sql);
      const reads: Record<string, [number, () => Promise<unknown>]> = {
        "tutor statistics": [1, () => statistics.ofTutor(tutor!.id)],
        "tutor courses": [1, () => statistics.coursesOf(tutor!.id, page)],
        "course statistics": [1, () => statistics.ofCourse(course!.id)],
        "own course": [1, () => postgresAuthoring(sql).course(course!.id, tutor!.id)],
        "own lesson": [1, () => postgresOutlines(sql).lesson(lesson!.id, tutor!.id)],
        "checklist": [1, () => postgresAuthoring(sql).readiness(course!.id)],
        "course progress": [1, () => postgresProgress(sql).ofCourse(tutor!.id, course!.id)],
        "comments": [2, () => postgresComments(sql).threads(lesson!.id, page, false)],
        "reviews": [2, () => postgresReviews(sql).ofCourse(course!.id, null, page, false)],
      };
      for (const [name, [count, read]] of Object.entries(reads)) {
        queries.length = 0;
        await read();
        assert.equal(queries.length, count, name);
      }
    } finally {
      await sql.end({ timeout: 1 });
    }
  },
);
