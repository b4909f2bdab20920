import { type Caller, type Rows, signedIn, type World } from "./table.ts";

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

const path = ({ course }: World) => `/api/courses/courses/${course.slug}`;

/** Makes the world's teacher owner of a course that the tutor, who is a stranger else, teaches along; returns its path. */
async function sharedCourse({ sql, people, next }: World): Promise<string> {
  const slug = `shared-${next()}`;
  await sql`
    with course as (
      insert into courses (slug, title, price_amount, is_published) values (${slug}, 'Shared', 100, true) returning id
    )
    insert into course_tutors (course_id, user_id, position)
    select course.id, t.user_id, t.position
    from course, (values (${people.teacher.id}, 0), (${people.tutor.id}, 1)) as t(user_id, position)`;
  return `/api/courses/courses/${slug}`;
}

async function invitation({ sql, course, people }: World, email: string): Promise<string> {
  await sql`delete from tutor_invitations`;
  const [row] = await sql<{ id: string }[]>`
    insert into tutor_invitations (course_id, email, share_percent, invited_by)
    values (${course.id}, ${email}, 20, ${people.teacher.id}) returning id`;
  return row!.id;
}

export const authoringRows: Rows<
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
  | "deleteLesson"
  | "listCourseTutors"
  | "changeTutorShare"
  | "removeCourseTutor"
  | "listCourseInvitations"
  | "inviteTutor"
  | "withdrawInvitation"
  | "listMyInvitations"
  | "answerInvitation"
> = {
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
  listCourseTutors: { ask: (world) => ({ path: `${path(world)}/tutors/` }), answers: authors(200) },
  changeTutorShare: {
    ask: async (world) => ({
      path: `${await sharedCourse(world)}/tutors/${world.people.tutor.id}/`,
      body: { share_percent: 10 },
    }),
    answers: authors(200), // the co-tutor too is told that it is the owner's
  },
  removeCourseTutor: {
    ask: async (world) => ({ path: `${await sharedCourse(world)}/tutors/${world.people.tutor.id}/` }),
    answers: signedIn(403, { teacher: 204, administrator: 204, tutor: 204, formerCoTutor: 403 }),
  },
  listCourseInvitations: { ask: (world) => ({ path: `${path(world)}/invitations/` }), answers: authors(200) },
  inviteTutor: {
    ask: (world) => ({
      path: `${path(world)}/invitations/`,
      body: { email: `colleague${world.next()}@example.com`, share_percent: 20 },
    }),
    answers: authors(201),
  },
  withdrawInvitation: {
    ask: async (world) => ({
      path: `${path(world)}/invitations/${await invitation(world, "colleague@example.com")}/`,
    }),
    answers: authors(204),
  },
  listMyInvitations: { ask: () => ({ path: "/api/auth/tutors/me/invitations/" }), answers: signedIn(200) },
  answerInvitation: {
    async ask(world, caller: Caller) {
      await world
        .sql`delete from course_tutors where course_id = ${world.course.id} and user_id = ${world.people.tutor.id}`;
      const invited = caller === "tutor" || caller === "teacher" ? "tutor" : "user";
      await world.sql`update users set email_verified_at = now() where email = ${
        world.people[invited].email
      }`;
      const id = await invitation(world, world.people[invited].email);
      return { path: `/api/auth/tutors/me/invitations/${id}/answer/`, body: { answer: "accepted" } };
    },
    // Whoever it is not addressed to learns nothing; whoever it is must be a tutor.
    answers: signedIn(404, { tutor: 200, user: 403, formerCoTutor: 404 }),
  },
};
