import { optional, type Rows } from "./table.ts";

export const lessonRows: Rows<"getLesson"> = {
  getLesson: {
    ask: ({ course }) => ({ path: `/api/courses/lessons/${course.lesson}/` }),
    answers: optional(404, { buyer: 200, teacher: 200, administrator: 200 }),
  },
};
