import { type Caller, maker, type Rows, signedIn, type World } from "./table.ts";

/** A promotion that the teacher, or the caller while they taught, has created for the world's course. */
async function promotionPath({ sql, people, course, next }: World, caller: Caller): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    with promotion as (
      insert into promotions (code, created_by, percent) values (${`CODE-${next()}`}, ${
    people[maker(caller)].id
  }, 10)
      returning id
    )
    insert into promotion_courses (promotion_id, course_id) select id, ${course.id} from promotion
    returning promotion_id as id`;
  return `/api/payments/promotions/${row!.id}/`;
}

export const promotionsRows: Rows<
  | "listPromotions"
  | "createPromotion"
  | "getPromotion"
  | "updatePromotion"
> = {
  listPromotions: {
    ask: () => ({ path: "/api/payments/promotions/" }),
    answers: signedIn(403, { tutor: 200, administrator: 200, teacher: 200 }),
  },
  createPromotion: {
    ask: ({ course, next }) => ({
      path: "/api/payments/promotions/",
      body: { code: `NEW-${next()}`, percent: 10, course_ids: [course.id] },
    }),
    answers: signedIn(403, { tutor: 400, administrator: 201, teacher: 201 }),
  },
  getPromotion: {
    ask: async (world, caller) => ({ path: await promotionPath(world, caller) }),
    answers: signedIn(403, { tutor: 404, administrator: 200, teacher: 200 }),
  },
  updatePromotion: {
    ask: async (world, caller) => ({ path: await promotionPath(world, caller), body: { is_active: false } }),
    answers: signedIn(403, { tutor: 404, administrator: 200, teacher: 200 }),
  },
};
