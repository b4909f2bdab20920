import assert from "node:assert/strict";
import { addCourse, shopTest, signUp } from "../support/shop.ts";
import { courseTutor } from "../support/tutors.ts";

shopTest(
  "the number of statements of tutors' and students' reads does not depend on the rows, including the caller's",
  async (shop) => {
    const { sql } = shop;
    const course = await addCourse(sql);
    const tutor = await courseTutor(shop, course.id);
    const ada = await signUp(shop);
    // Everybody has bought everything that is taught, has begun it, talked about it and reviewed it.
    const fill = async () => {
      await sql`
        insert into course_tutors (course_id, user_id) select id, ${tutor.id} from courses on conflict do nothing`;
      await sql`
        insert into enrollments (student_id, course_id)
        select u.id, c.id from users u, courses c where u.role = 4 on conflict do nothing`;
      await sql`
        insert into grants (student_id, course_id, source) select student_id, course_id, 'import' from enrollments`;
      await sql`
        insert into reviews (course_id, student_id, rating) select course_id, student_id, 4 from enrollments
        on conflict do nothing`;
      await sql`
        insert into lesson_progress (student_id, lesson_id, position_seconds) select u.id, l.id, 10
        from users u, lessons l where u.role = 4 on conflict do nothing`;
      await sql`
        with question as (
          insert into comments (lesson_id, author_id, content)
          select l.id, u.id, 'Why?' from users u, lessons l where u.role = 4 returning *
        )
        insert into comments (lesson_id, author_id, parent_id, content)
        select lesson_id, ${tutor.id}, id, 'Because.' from question`;
    };
    await fill();

    const reads: [path: string, statements: number, token?: string][] = [
      ["/api/auth/tutors/me/courses/", 2, tutor.token],
      ["/api/auth/tutors/me/quick_statistics/", 2, tutor.token],
      [`/api/courses/courses/${course.slug}/statistics/`, 3, tutor.token],
      [`/api/courses/courses/${course.slug}/checklist/`, 3, tutor.token],
      [`/api/courses/courses/${course.slug}/tutors/`, 3, tutor.token],
      // One for the session, which must stand.
      [`/api/courses/comments/?lesson=${course.lesson}`, 4, ada.token],
      ["/api/courses/comments/", 3, ada.token],
      [`/api/courses/courses/${course.slug}/reviews/`, 3, ada.token],
      [`/api/courses/lessons/${course.lesson}/progress/`, 2, ada.token],
      [`/api/courses/courses/${course.slug}/progress/`, 2, ada.token],
      ["/api/courses/courses/", 1, ada.token],
      [`/api/courses/courses/${course.slug}/`, 1, ada.token],
      ["/api/courses/courses/", 2, tutor.token],
      [`/api/courses/courses/${course.slug}/`, 2, tutor.token],
      ["/api/courses/courses/?search=algebra&facets=true&highlight=true", 2, ada.token],
      ["/api/courses/enrollments/", 1, ada.token],
    ];
    const costs = async () => {
      const found: [string, number][] = [];
      for (const [path, _, token] of reads) {
        shop.statements.length = 0;
        const { status } = await shop.call("GET", path, { token });
        assert.equal(status, 200, path);
        found.push([path, shop.statements.length]);
      }
      return found;
    };
    const expected = reads.map(([path, statements]) => [path, statements]);
    assert.deepEqual(await costs(), expected);
    for (let n = 0; n < 10; n++) await addCourse(sql, { title: `More algebra ${n}` });
    await sql`
      insert into users (id, email, password_hash, first_name, last_name, role)
      select 's' || n, 's' || n || '@example.com', '', 'S', 'T', 4 from generate_series(1, 10) n`;
    await sql`
      insert into lessons (part_id, slug, title, position)
      select p.id, p.slug || n, 'More', n from course_parts p, generate_series(1, 10) n`;
    await fill();
    assert.deepEqual(await costs(), expected);
  },
);
