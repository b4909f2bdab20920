import { PASSWORD } from "../../support/shop.ts";
import { anyone, type Caller, optional, type Rows, signedIn, type World } from "./table.ts";

const administrators = (status: number) => signedIn(403, { administrator: status });

/** Somebody whom nobody needs any more. */
async function somebody({ sql, next }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into users (email, password_hash, role) values (${`somebody${next()}@example.com`}, '', 4) returning id`;
  return `/api/auth/users/${row!.id}/`;
}

/** The onboarding answers of `buyer`. */
async function answers({ sql, people }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into onboarding_answers (user_id, degree, graduation_year) values (${people.buyer.id}, 'phd', 2030)
    on conflict (user_id) do update set degree = 'phd' returning id`;
  return `/api/auth/onboarding-answers/${row!.id}/`;
}

const teaching = signedIn(403, { tutor: 200, teacher: 200, administrator: 200 });

/** What a person may send along, and what only an administrator's word decides. */
const change = { first_name: "Ada", role: 1, is_active: true };

export const accountsRows: Rows<
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
  | "listUsers"
  | "getUser"
  | "updateUser"
  | "replaceUser"
  | "eraseUser"
  | "exportMe"
  | "listTutors"
  | "getTutor"
  | "getMyTutorProfile"
  | "updateMyTutorProfile"
  | "listOnboardingAnswers"
  | "createOnboardingAnswer"
  | "getOnboardingAnswer"
  | "updateOnboardingAnswer"
  | "deleteOnboardingAnswer"
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
  listUsers: { ask: () => ({ path: "/api/auth/users/" }), answers: administrators(200) },
  getUser: {
    ask: ({ people }) => ({ path: `/api/auth/users/${people.buyer.id}/` }),
    answers: signedIn(404, { buyer: 200, administrator: 200 }),
  },
  updateUser: {
    ask: async (world: World, caller: Caller) =>
      caller === "buyer"
        ? { path: `/api/auth/users/${world.people.buyer.id}/`, body: change }
        : { path: await somebody(world), body: change },
    answers: signedIn(404, { buyer: 200, administrator: 200 }),
  },
  replaceUser: {
    ask: async (world: World, caller: Caller) =>
      caller === "buyer"
        ? { path: `/api/auth/users/${world.people.buyer.id}/`, body: change }
        : { path: await somebody(world), body: change },
    answers: signedIn(404, { buyer: 200, administrator: 200 }),
  },
  eraseUser: {
    ask: async (world) => ({ path: await somebody(world) }),
    answers: signedIn(404, { administrator: 204 }),
  },
  exportMe: { ask: () => ({ path: "/api/auth/users/me/export/" }), answers: signedIn(200) },
  listTutors: { ask: () => ({ path: "/api/auth/tutors/" }), answers: optional(200) },
  getTutor: {
    ask: ({ people }) => ({ path: `/api/auth/tutors/${people.teacher.id}/` }),
    answers: optional(200),
  },
  getMyTutorProfile: { ask: () => ({ path: "/api/auth/tutors/me/" }), answers: teaching },
  updateMyTutorProfile: {
    ask: () => ({ path: "/api/auth/tutors/me/", body: { bio: "I teach." } }),
    answers: teaching,
  },
  listOnboardingAnswers: {
    ask: () => ({ path: "/api/auth/onboarding-answers/" }),
    answers: signedIn(200),
  },
  createOnboardingAnswer: {
    ask: () => ({
      path: "/api/auth/onboarding-answers/",
      body: { degree: "bachelors", graduation_year: 2030, interests: "" },
    }),
    answers: signedIn(201),
  },
  getOnboardingAnswer: {
    ask: async (world) => ({ path: await answers(world) }),
    answers: signedIn(404, { buyer: 200 }),
  },
  updateOnboardingAnswer: {
    ask: async (world) => ({ path: await answers(world), body: { interests: "Physics" } }),
    answers: signedIn(404, { buyer: 200 }),
  },
  deleteOnboardingAnswer: {
    ask: async (world) => ({ path: await answers(world) }),
    answers: signedIn(404, { buyer: 204 }),
  },
};
