import { PASSWORD } from "../../support/shop.ts";
import { anyone, type Rows, signedIn } from "./table.ts";

export const accountRows: Rows<
  "createToken" | "refreshToken" | "registerStudent" | "getMe" | "updateMe" | "verifyEmail"
> = {
  createToken: {
    ask: () => ({ path: "/api/auth/token/", body: { email: "student@example.com", password: PASSWORD } }),
    answers: anyone(200),
  },
  refreshToken: {
    ask: () => ({ path: "/api/auth/token/refresh/", body: { refresh: "forged" } }),
    answers: anyone(401),
  },
  registerStudent: {
    ask: ({ next }) => ({
      path: "/api/auth/users/",
      body: { email: `new${next()}@example.com`, password: PASSWORD },
    }),
    answers: anyone(201),
  },
  getMe: { ask: () => ({ path: "/api/auth/users/me/" }), answers: signedIn(200) },
  updateMe: {
    ask: () => ({ path: "/api/auth/users/me/", body: { role: 1, is_staff: true } }),
    answers: signedIn(200),
  },
  verifyEmail: {
    ask: () => ({ path: "/api/auth/verify-email/?token=forged" }),
    answers: anyone(400),
  },
};
