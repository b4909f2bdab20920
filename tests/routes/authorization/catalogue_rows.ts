import { optional, type Rows, signedIn } from "./table.ts";

export const catalogueRows: Rows<
  "listCategories" | "listUniversities" | "listCourses" | "getCourse" | "listEnrollments"
> = {
  listCategories: { ask: () => ({ path: "/api/courses/categories/" }), answers: optional(200) },
  listUniversities: { ask: () => ({ path: "/api/core/universities/" }), answers: optional(200) },
  listCourses: { ask: () => ({ path: "/api/courses/courses/" }), answers: optional(200) },
  getCourse: {
    async ask({ sql, people, next }) {
      const slug = `draft-${next()}`;
      await sql`
        with draft as (
          insert into courses (slug, title, price_amount) values (${slug}, 'Draft', 100) returning id
        )
        insert into course_tutors (course_id, user_id) select id, ${people.teacher.id} from draft`;
      return { path: `/api/courses/courses/${slug}/` };
    },
    answers: optional(404, { teacher: 200, administrator: 200 }),
  },
  listEnrollments: { ask: () => ({ path: "/api/courses/enrollments/" }), answers: signedIn(200) },
};
