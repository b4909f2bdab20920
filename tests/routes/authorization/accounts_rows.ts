import { PASSWORD } from "../../support/shop.ts";
import { anyone, type Rows, signedIn } from "./table.ts";

export const accountRows: Rows<
  | "createToken"
  | "refreshToken"
  | "registerStudent"
  | "registerTutor"
  | "getMe"
  | "updateMe"
  | "showVerifyEmail"
  | "verifyEmail"
  | "resendVerification"
  | "showConfirmEmail"
  | "confirmEmail"
  | "changePassword"
  | "askForPasswordReset"
  | "resetPassword"
  | "showResetPassword"
  | "submitResetPassword"
  | "listSessions"
  | "endSession"
  | "endAllSessions"
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
  registerTutor: {
    ask: ({ next }) => ({
      path: "/api/auth/tutors/",
      body: { email: `new${next()}@example.com`, password: PASSWORD },
    }),
    answers: anyone(201),
  },
  getMe: { ask: () => ({ path: "/api/auth/users/me/" }), answers: signedIn(200) },
  updateMe: {
    ask: () => ({ path: "/api/auth/users/me/", body: { role: 1, is_staff: true } }),
    answers: signedIn(200),
  },
  showVerifyEmail: { ask: () => ({ path: "/api/auth/verify-email/?token=forged" }), answers: anyone(400) },
  verifyEmail: { ask: () => ({ path: "/api/auth/verify-email/?token=forged" }), answers: anyone(400) },
  resendVerification: {
    ask: () => ({ path: "/api/auth/verify-email/resend/" }),
    answers: signedIn(202),
  },
  showConfirmEmail: { ask: () => ({ path: "/api/auth/confirm-email/?token=forged" }), answers: anyone(400) },
  confirmEmail: { ask: () => ({ path: "/api/auth/confirm-email/?token=forged" }), answers: anyone(400) },
  changePassword: {
    ask: () => ({
      path: "/api/auth/password/change/",
      body: { old_password: PASSWORD, new_password: PASSWORD },
    }),
    answers: signedIn(200),
  },
  askForPasswordReset: {
    ask: ({ next }) => ({
      path: "/api/auth/password/reset/",
      body: { email: `nobody${next()}@example.com` },
    }),
    answers: anyone(202),
  },
  resetPassword: {
    ask: () => ({
      path: "/api/auth/password/reset/confirm/",
      body: { token: "forged", password: PASSWORD },
    }),
    answers: anyone(400),
  },
  showResetPassword: {
    ask: () => ({ path: "/api/auth/reset-password/?token=forged" }),
    answers: anyone(400),
  },
  submitResetPassword: {
    ask() {
      const form = new FormData();
      form.set("password", PASSWORD);
      return { path: "/api/auth/reset-password/?token=forged", form };
    },
    answers: anyone(400),
  },
  listSessions: { ask: () => ({ path: "/api/auth/sessions/" }), answers: signedIn(200) },
  endSession: {
    ask: ({ people }) => ({ path: `/api/auth/sessions/${people.buyer.signInId}/` }),
    answers: signedIn(404, { buyer: 204 }),
  },
  endAllSessions: { ask: () => ({ path: "/api/auth/sessions/" }), answers: signedIn(204) },
};
