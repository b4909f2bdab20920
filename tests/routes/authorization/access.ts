import { addCourse } from "../../support/shop.ts";
import { type Rows, signedIn, type World } from "./table.ts";

const administratorsOnly = (status: number) => signedIn(403, { administrator: status });

/** A student and a course of its own, so that nobody gets to watch the world's. */
async function wish({ sql, people, next }: World) {
  const { id } = await addCourse(sql, { title: `To be given ${next()}` });
  return { student: people.student.id, course: id };
}

export const accessRows: Rows<
  | "listGrants"
  | "grantAccess"
  | "revokeGrant"
  | "changeAccess"
  | "explainAccess"
> = {
  listGrants: { ask: () => ({ path: "/api/access/grants/" }), answers: administratorsOnly(200) },
  grantAccess: {
    ask: async (world) => ({
      path: "/api/access/grants/",
      body: { ...(await wish(world)), reason: "Trial" },
    }),
    answers: administratorsOnly(201),
  },
  revokeGrant: {
    async ask(world) {
      const { student, course } = await wish(world);
      const [grant] = await world.sql<{ id: string }[]>`
        insert into grants (student_id, course_id, source) values (${student}, ${course}, 'import') returning id`;
      return { path: `/api/access/grants/${grant!.id}/revoke/`, body: { reason: "Trial is over" } };
    },
    answers: administratorsOnly(200),
  },
  changeAccess: {
    ask: async (world) => ({
      path: "/api/access/batches/",
      body: { action: "grant", reason: "Class of 2026", rows: [await wish(world)] },
    }),
    answers: administratorsOnly(200),
  },
  explainAccess: {
    ask: ({ course, people }) => ({
      path: `/api/access/explain/?student=${people.buyer.id}&course=${course.slug}`,
    }),
    answers: signedIn(404, { administrator: 200, buyer: 200 }),
  },
};
