import { type Caller, optional, type Rows, signedIn, type World } from "./table.ts";

const administrators = (status: number) => signedIn(403, { administrator: status });

/** Somebody whom nobody needs any more. */
async function somebody({ sql, next }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into users (email, password_hash, role) values (${`somebody${next()}@example.com`}, '', 4) returning id`;
  return `/api/auth/users/${row!.id}/`;
}

async function university({ sql, next }: World): Promise<string> {
  const [row] = await sql<{ id: number }[]>`
    insert into universities (name, country, city) values (${`University ${next()}`}, 'Peru', 'Lima') returning id`;
  return `/api/core/universities/${row!.id}/`;
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

export const peopleRows: Rows<
  | "listUsers"
  | "getUser"
  | "updateUser"
  | "replaceUser"
  | "eraseUser"
  | "exportMe"
  | "listAuditLog"
  | "listTutors"
  | "getTutor"
  | "getMyTutorProfile"
  | "updateMyTutorProfile"
  | "listOnboardingAnswers"
  | "createOnboardingAnswer"
  | "getOnboardingAnswer"
  | "updateOnboardingAnswer"
  | "deleteOnboardingAnswer"
  | "listUniversities"
  | "getUniversity"
  | "createUniversity"
  | "updateUniversity"
  | "deleteUniversity"
> = {
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
  listAuditLog: { ask: () => ({ path: "/api/auth/audit-log/" }), answers: administrators(200) },
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
  listUniversities: { ask: () => ({ path: "/api/core/universities/" }), answers: optional(200) },
  getUniversity: { ask: async (world) => ({ path: await university(world) }), answers: optional(200) },
  createUniversity: {
    ask: ({ next }) => ({
      path: "/api/core/universities/",
      body: { name: `University ${next()}`, country: "Peru", city: "Lima" },
    }),
    answers: administrators(201),
  },
  updateUniversity: {
    ask: async (world) => ({ path: await university(world), body: { city: "Cusco" } }),
    answers: administrators(200),
  },
  deleteUniversity: {
    ask: async (world) => ({ path: await university(world) }),
    answers: administrators(204),
  },
};
