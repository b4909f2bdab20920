import { optional, type Rows, signedIn } from "./table.ts";

export const pricingRows: Rows<
  | "getOffer"
  | "setOffer"
> = {
  getOffer: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/offer/` }),
    answers: optional(200),
  },
  setOffer: {
    ask: ({ course }) => ({
      path: `/api/courses/courses/${course.slug}/offer/`,
      body: { prices: [{ price: "49.00", currency: "usd" }], access_days: null },
    }),
    answers: signedIn(403, { administrator: 200, teacher: 200 }),
  },
};
