import { optional, type Rows, signedIn, type World } from "./table.ts";

const administrators = (status: number) => signedIn(403, { administrator: status });

/** A draft that `teacher` teaches, with a part. */
async function draft({ sql, people, next }: World): Promise<{ slug: string; part: string }> {
  const slug = `draft-${next()}`;
  await sql`
    with draft as (
      insert into courses (slug, title, price_amount) values (${slug}, 'Draft', 100) returning id
    ), part as (
      insert into course_parts (course_id, slug, title, position)
      select id, ${slug + "-part"}, 'Part', 0 from draft
    )
    insert into course_tutors (course_id, user_id) select id, ${people.teacher.id} from draft`;
  return { slug, part: `${slug}-part` };
}

async function category({ sql, next }: World): Promise<string> {
  const slug = `category-${next()}`;
  await sql`insert into categories (name, slug) values (${slug}, ${slug})`;
  return `/api/courses/categories/${slug}/`;
}

const draftAnswers = optional(404, { teacher: 200, administrator: 200 });

export const catalogRows: Rows<
  | "listCategories"
  | "getCategory"
  | "createCategory"
  | "updateCategory"
  | "deleteCategory"
  | "listCourses"
  | "getCourse"
  | "listParts"
  | "getPart"
  | "listLessons"
  | "listEnrollments"
  | "getEnrollment"
> = {
  listCategories: { ask: () => ({ path: "/api/courses/categories/" }), answers: optional(200) },
  getCategory: { ask: async (world) => ({ path: await category(world) }), answers: optional(200) },
  createCategory: {
    ask: ({ next }) => ({ path: "/api/courses/categories/", body: { name: `Name ${next()}` } }),
    answers: administrators(201),
  },
  updateCategory: {
    ask: async (world) => ({ path: await category(world), body: { name: `Name ${world.next()}` } }),
    answers: administrators(200),
  },
  deleteCategory: { ask: async (world) => ({ path: await category(world) }), answers: administrators(204) },
  listCourses: { ask: () => ({ path: "/api/courses/courses/" }), answers: optional(200) },
  getCourse: {
    ask: async (world) => ({ path: `/api/courses/courses/${(await draft(world)).slug}/` }),
    answers: draftAnswers,
  },
  listParts: {
    ask: async (world) => ({ path: `/api/courses/course-parts/?course=${(await draft(world)).slug}` }),
    answers: draftAnswers,
  },
  getPart: {
    ask: async (world) => ({ path: `/api/courses/course-parts/${(await draft(world)).part}/` }),
    answers: draftAnswers,
  },
  listLessons: {
    ask: async (world) => ({ path: `/api/courses/lessons/?part=${(await draft(world)).part}` }),
    answers: draftAnswers,
  },
  listEnrollments: { ask: () => ({ path: "/api/courses/enrollments/" }), answers: signedIn(200) },
  getEnrollment: {
    async ask({ sql, people }) {
      const [row] = await sql<{ id: string }[]>`
        select id from enrollments where student_id = ${people.buyer.id}`;
      return { path: `/api/courses/enrollments/${row!.id}/` };
    },
    answers: signedIn(404, { buyer: 200 }),
  },
};
