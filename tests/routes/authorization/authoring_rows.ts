import { type Rows, signedIn } from "./table.ts";

export const authoringRows: Rows<"updateCourse"> = {
  updateCourse: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/`, body: { description: "New." } }),
    answers: signedIn(403, { teacher: 200, administrator: 200 }),
  },
};
