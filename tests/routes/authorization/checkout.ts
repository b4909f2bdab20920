import { addCourse } from "../../support/shop.ts";
import { orderOfBuyer, type Rows, signedIn } from "./table.ts";

export const checkoutRows: Rows<
  | "createPayment"
  | "quotePurchase"
  | "getOrderStatus"
  | "cancelOrder"
> = {
  createPayment: {
    async ask({ sql, next }) {
      const { id } = await addCourse(sql, { title: `On sale ${next()}` });
      return { path: "/api/payments/payments/", body: { course_id: id } };
    },
    answers: signedIn(200),
  },
  quotePurchase: {
    async ask({ sql, next }) {
      const { id } = await addCourse(sql, { title: `To be quoted ${next()}` });
      return { path: "/api/payments/quote/", body: { course_id: id } };
    },
    answers: signedIn(200),
  },
  getOrderStatus: {
    ask: async (world) => ({ path: `/api/payments/orders/${await orderOfBuyer(world, "open")}/status/` }),
    answers: signedIn(404, { buyer: 200 }),
  },
  cancelOrder: {
    ask: async (world) => ({ path: `/api/payments/orders/${await orderOfBuyer(world, "open")}/cancel/` }),
    answers: signedIn(404, { buyer: 200 }),
  },
};
