import { optional, type Rows, signedIn, type World } from "./table.ts";

/** A comment of the buyer's on the lesson that has to be bought. */
async function freshComment({ sql, course, people }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into comments (lesson_id, author_id, content)
    select id, ${people.buyer.id}, 'Why?' from lessons where slug = ${course.lesson} returning id`;
  return row!.id;
}

/** The buyer's review of the world's course. */
async function freshReview({ sql, course, people }: World): Promise<string> {
  await sql`delete from reviews`;
  const [row] = await sql<{ id: string }[]>`
    insert into reviews (course_id, student_id, rating) values (${course.id}, ${people.buyer.id}, 5) returning id`;
  return row!.id;
}

const watchers = { buyer: 200, teacher: 200, administrator: 200 };

export const learningRows: Rows<
  | "getLessonProgress"
  | "saveLessonProgress"
  | "getCourseProgress"
  | "listComments"
  | "createComment"
  | "getComment"
  | "updateComment"
  | "deleteComment"
  | "listReviews"
  | "createReview"
  | "updateReview"
  | "deleteReview"
  | "moderateReview"
> = {
  getLessonProgress: {
    ask: ({ course }) => ({ path: `/api/courses/lessons/${course.lesson}/progress/` }),
    answers: signedIn(404, watchers),
  },
  saveLessonProgress: {
    ask: ({ course }) => ({
      path: `/api/courses/lessons/${course.lesson}/progress/`,
      body: { position_seconds: 5 },
    }),
    answers: signedIn(404, watchers),
  },
  getCourseProgress: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/progress/` }),
    answers: signedIn(200),
  },
  listComments: {
    ask: ({ course }) => ({ path: `/api/courses/comments/?lesson=${course.lesson}` }),
    answers: optional(404, watchers),
  },
  createComment: {
    ask: ({ course }) => ({
      path: "/api/courses/comments/",
      body: { lesson: course.lesson, content: "Because." },
    }),
    answers: signedIn(404, { buyer: 201, teacher: 201, administrator: 201 }),
  },
  getComment: {
    ask: async (world) => ({ path: `/api/courses/comments/${await freshComment(world)}/` }),
    answers: optional(404, watchers),
  },
  updateComment: {
    ask: async (world) => ({
      path: `/api/courses/comments/${await freshComment(world)}/`,
      body: { content: "Why, then?" },
    }),
    answers: signedIn(404, { buyer: 200, teacher: 403, administrator: 403 }),
  },
  deleteComment: {
    ask: async (world) => ({ path: `/api/courses/comments/${await freshComment(world)}/` }),
    answers: signedIn(404, { buyer: 204, teacher: 204, administrator: 204 }),
  },
  listReviews: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/reviews/` }),
    answers: optional(200),
  },
  createReview: {
    async ask({ sql, course }) {
      await sql`delete from reviews`;
      return { path: `/api/courses/courses/${course.slug}/reviews/`, body: { rating: 5 } };
    },
    answers: signedIn(403, { buyer: 201 }),
  },
  updateReview: {
    ask: async (world) => ({
      path: `/api/courses/reviews/${await freshReview(world)}/`,
      body: { rating: 4 },
    }),
    answers: signedIn(404, { buyer: 200 }),
  },
  deleteReview: {
    ask: async (world) => ({ path: `/api/courses/reviews/${await freshReview(world)}/` }),
    answers: signedIn(404, { buyer: 204 }),
  },
  moderateReview: {
    ask: async (world) => ({
      path: `/api/courses/reviews/${await freshReview(world)}/moderation/`,
      body: { is_hidden: true, reason: "Insults." },
    }),
    answers: signedIn(403, { administrator: 200 }),
  },
};
