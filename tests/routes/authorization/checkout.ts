import { addCourse } from "../../support/shop.ts";
import { anyone, type Rows, signedIn } from "./table.ts";

export const checkoutRows: Rows<
  "listPayments" | "createPayment" | "stripeWebhook" | "stripeWebhookRoot"
> = {
  listPayments: { ask: () => ({ path: "/api/payments/payments/" }), answers: signedIn(200) },
  createPayment: {
    async ask({ sql, next }) {
      const { id } = await addCourse(sql, { title: `On sale ${next()}` });
      return { path: "/api/payments/payments/", body: { course_id: id } };
    },
    answers: signedIn(200),
  },
  stripeWebhook: {
    ask: () => ({ path: "/api/payments/stripe/webhook/", body: {} }),
    answers: anyone(400),
  },
  stripeWebhookRoot: { ask: () => ({ path: "/webhook/", body: {} }), answers: anyone(400) },
};
