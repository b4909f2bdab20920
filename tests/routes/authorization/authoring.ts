import { type Rows, signedIn, type World } from "./table.ts";

type Operation =
  | "createCourse"
  | "updateCourse"
  | "deleteCourse"
  | "getCourseChecklist"
  | "duplicateCourse"
  | "previewCourse"
  | "reorderCourse"
  | "createPart"
  | "updatePart"
  | "deletePart"
  | "createLesson"
  | "updateLesson"
  | "deleteLesson";

/** Adds a part with a lesson to the world's course, for callers to change or delete. */
async function freshPart({ sql, course, next }: World): Promise<{ part: string; lesson: string }> {
  const [part, lesson] = [`part-${next()}`, `lesson-${next()}`];
  await sql`
    with part as (
      insert into course_parts (course_id, slug, position) values (${course.id}, ${part}, 9) returning id
    )
    insert into lessons (part_id, slug, position) select id, ${lesson}, 0 from part`;
  return { part, lesson };
}

/** A course of the teacher's that is on sale. */
async function freshCourse({ sql, people, next }: World): Promise<string> {
  const slug = `fresh-${next()}`;
  await sql`
    with course as (
      insert into courses (slug, title, price_amount, is_published) values (${slug}, 'Fresh', 100, true) returning id
    )
    insert into course_tutors (course_id, user_id) select id, ${people.teacher.id} from course`;
  return slug;
}

const authors = (status: number) => signedIn(403, { teacher: status, administrator: status });

export const authoringRows: Rows<Operation> = {
  createCourse: {
    ask: ({ next }) => ({ path: "/api/courses/courses/", body: { title: `New ${next()}` } }),
    answers: signedIn(403, { tutor: 201, teacher: 201, administrator: 201 }),
  },
  updateCourse: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/`, body: { description: "New." } }),
    answers: authors(200),
  },
  deleteCourse: {
    ask: async (world) => ({ path: `/api/courses/courses/${await freshCourse(world)}/` }),
    answers: authors(204),
  },
  getCourseChecklist: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/checklist/` }),
    answers: authors(200),
  },
  duplicateCourse: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/duplicate/` }),
    answers: authors(201),
  },
  previewCourse: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/preview/` }),
    answers: authors(200),
  },
  reorderCourse: {
    ask: async (world) => ({
      path: `/api/courses/courses/${await freshCourse(world)}/reorder/`,
      body: { parts: [] },
    }),
    answers: authors(200),
  },
  createPart: {
    ask: ({ course }) => ({ path: "/api/courses/course-parts/", body: { course: course.id, title: "Part" } }),
    answers: authors(201),
  },
  updatePart: {
    ask: async (world) => ({
      path: `/api/courses/course-parts/${(await freshPart(world)).part}/`,
      body: { title: "New" },
    }),
    answers: authors(200),
  },
  deletePart: {
    ask: async (world) => ({ path: `/api/courses/course-parts/${(await freshPart(world)).part}/` }),
    answers: authors(204),
  },
  createLesson: {
    ask: async (world) => ({
      path: "/api/courses/lessons/",
      body: { part: (await freshPart(world)).part, title: "Lesson" },
    }),
    answers: authors(201),
  },
  updateLesson: {
    ask: async (world) => ({
      path: `/api/courses/lessons/${(await freshPart(world)).lesson}/`,
      body: { title: "New" },
    }),
    answers: authors(200),
  },
  deleteLesson: {
    ask: async (world) => ({ path: `/api/courses/lessons/${(await freshPart(world)).lesson}/` }),
    answers: authors(204),
  },
};
