import { type Rows, signedIn } from "./table.ts";

const tutors = signedIn(403, { tutor: 200, teacher: 200, administrator: 200 });

export const statisticsRows: Rows<
  | "getQuickStatistics"
  | "listTutorCourses"
  | "getCourseStatistics"
> = {
  getQuickStatistics: { ask: () => ({ path: "/api/auth/tutors/me/quick_statistics/" }), answers: tutors },
  listTutorCourses: { ask: () => ({ path: "/api/auth/tutors/me/courses/" }), answers: tutors },
  getCourseStatistics: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/statistics/` }),
    answers: signedIn(403, { teacher: 200, administrator: 200 }),
  },
};
