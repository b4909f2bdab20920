// What a request writes is what is read afterwards: every property of every body of the contract is sent, and has to come
// back. A new property is sent without a change here, and named while it does not come back.
import assert from "node:assert/strict";
import { PASSWORD } from "../../support/passwords.ts";
import { addStudent } from "../../support/people.ts";
import { addCourse, type Answer, shopTest, type TestShop } from "../../support/shop.ts";
import { addVideos, courseTutor, signUpAs } from "../../support/tutors.ts";
import { bodiesOfOperations, sampleOf } from "../../support/contract_values.ts";

type Person = "admin" | "tutor" | "student";
type Body = Answer["body"];
type Row = {
  operation: string;
  /** The method and path. */
  send: string;
  /** Who asks; nobody where it is left out. */
  as?: Person;
  /** What its properties are sent as, where the contract does not tell enough; undefined is not sent. */
  values?: Record<string, unknown>;
  /** Where to read what was written, from what was answered; the answer itself where it is left out. */
  read?: (answer: Body) => string;
  /** Where a property is found that is not shown under its own name, or not as it was sent. */
  shown?: Record<string, (body: Body) => unknown>;
};

const NAMES = "names what the request is about";
const PICTURE = "a picture comes as a form: profiles_test.ts, store_picture_test.ts";
const MEASURED = "is measured, and exported: analytics_test.ts";
const PROOF = "proves who asks, and is never shown";

/** Properties that are not read back as they were sent, and why. Those of operations that are in no row are all named. */
const NOT_READ_BACK: Record<string, Record<string, string>> = {
  createToken: { email: PROOF, password: PROOF },
  confirmSmsNumber: { code: PROOF },
  refreshToken: { refresh: PROOF },
  registerStudent: { password: "never shown; signing in shows it", analytics: MEASURED },
  registerTutor: { password: "never shown; signing in shows it", analytics: MEASURED },
  updateMe: { password: PROOF, avatar: PICTURE },
  updateUser: { password: PROOF },
  updateWebhookEndpoint: { is_enabled: "disabled_at shows it" },
  rotateWebhookSecret: { overlap_seconds: "the former secret signs for so long" },
  rotateApiKey: { overlap_seconds: "the former key works for so long" },
  replaceUser: { password: PROOF },
  eraseUser: { password: PROOF },
  changePassword: { old_password: PROOF, new_password: "never shown; signing in shows it" },
  askForPasswordReset: { email: NAMES },
  resetPassword: { token: PROOF, password: "never shown; signing in shows it" },
  submitResetPassword: { password: "never shown; signing in shows it" },
  createUniversity: { logo: PICTURE },
  updateUniversity: { logo: PICTURE },
  createCourse: { thumbnail: PICTURE },
  updateCourse: { thumbnail: PICTURE },
  answerInvitation: { answer: "ends the invitation: co_tutors_test.ts" },
  reorderCourse: { parts: "an order: course_life_test.ts" },
  createPart: { course: NAMES },
  attachFile: { file: "a file: attachments_test.ts" },
  createAttachmentUpload: {
    name: "shown once the file has come: attachments_test.ts",
    content_type: "shown once the file has come: attachments_test.ts",
    size: "shown once the file has come: attachments_test.ts",
  },
  startPlayback: { take_over: "ends other streams: playback_test.ts" },
  sendHeartbeat: {
    position_seconds: "becomes progress: playback_test.ts",
    state: "ends the stream: playback_test.ts",
  },
  createUploadCredentials: {
    title: "told to the video service: videos_test.ts",
    folderId: "the former frontend sends it, and it says nothing",
    course: NAMES,
  },
  importVideo: { url: "told to the video service: videos_test.ts" },
  videoWebhook: {
    event: "of the video service: videos_test.ts",
    payload: "of the video service: videos_test.ts",
  },
  createPayment: {
    course_id: NAMES,
    course_ids: NAMES,
    currency: "of the order: promotions_test.ts",
    promotion_code: NAMES,
    analytics: MEASURED,
  },
  quotePurchase: {
    analytics: "stores nothing",
    course_id: "stores nothing",
    course_ids: "stores nothing",
    currency: "stores nothing",
    promotion_code: "stores nothing",
  },
  moderateReview: { reason: "is in the audit log: learning_test.ts" },
  closeReview: { note: "is in the audit log: webhook_rows_test.ts" },
  createRefund: { line_ids: NAMES, reason: "of a refund: orders_test.ts" },
  refundOneself: { line_ids: NAMES, reason: "of a refund: self_refunds_test.ts" },
  submitEvidence: { evidence: "told to Stripe: disputes_test.ts" },
  changeAccess: {
    action: "many grants at once: access_test.ts",
    reason: "many grants at once: access_test.ts",
    dry_run: "changes nothing: access_test.ts",
    notify: "sends mails: access_test.ts",
    rows: "many grants at once: access_test.ts",
    csv: "many grants at once: access_test.ts",
    file: "many grants at once: access_test.ts",
  },
};

/** Everything that rows refer to. */
type World = {
  tokens: Record<Person, string>;
  ids: Record<Person | "other", string>;
  course: { id: string; slug: string; lesson: string };
  categories: number[];
  universities: number[];
};

async function makeWorld(shop: TestShop): Promise<World> {
  const { sql } = shop;
  const course = await addCourse(sql);
  const admin = await signUpAs(shop, "admin");
  const tutor = await courseTutor(shop, course.id);
  const other = await signUpAs(shop, "tutor", "other@example.com");
  const student = await addStudent(shop, course.id, "student@example.com");
  await sql`insert into course_tutors (course_id, user_id, position) values (${course.id}, ${other.id}, 1)`;
  await addVideos(shop, tutor.id, ["video-1", "video-2"]);
  const categories = await sql<{ id: number }[]>`
    insert into categories (name, slug) values ('One', 'one'), ('Two', 'two') returning id`;
  const universities = await sql<{ id: number }[]>`
    insert into universities (name, country, city) values ('One', 'X', 'X'), ('Two', 'X', 'X') returning id`;
  return {
    tokens: { admin: admin.token, tutor: tutor.token, student: student.token },
    ids: { admin: admin.id, tutor: tutor.id, student: student.id, other: other.id },
    course,
    categories: categories.map(({ id }) => id),
    universities: universities.map(({ id }) => id),
  };
}

/** The rows, each with what it needs of the world and of the rows before it. */
function rowsIn(world: World): ((made: Record<string, Body>) => Row)[] {
  const { course, ids, categories, universities } = world;
  const courses = "/api/courses/courses/";
  const own = `${courses}${course.slug}/`;
  const itself = (path: string) => ({ send: `PATCH ${path}`, read: () => path });
  const courseFields = (turn: number) => ({
    values: { category: categories[turn - 1], price: `1${turn}.50` },
    shown: { category: (body: Body) => body.category.id, price: (body: Body) => body.price },
  });
  const lessonFields = (turn: number) => ({
    values: { video_service_id: `video-${turn}`, duration: 30 + turn },
    shown: { duration: (body: Body) => Number(body.duration.slice(-2)) },
  });
  const profile = { values: { email: undefined }, read: () => "/api/auth/users/me/" };
  const answerFields = (turn: number) => ({
    values: { university: universities[turn - 1], graduation_year: 2030 + turn, age: 20 + turn },
  });
  return [
    () => ({
      operation: "registerStudent",
      send: "POST /api/auth/users/",
      values: { email: "new1@example.com", password: PASSWORD },
    }),
    () => ({
      operation: "registerTutor",
      send: "POST /api/auth/tutors/",
      values: { email: "new2@example.com", password: PASSWORD },
    }),
    () => ({ operation: "updateMe", as: "student", ...itself("/api/auth/users/me/"), ...profile }),
    () => ({
      operation: "updateMe",
      as: "student",
      ...itself("/api/auth/users/me/"),
      values: { email: "next@example.com", password: PASSWORD },
      shown: { email: (body) => body.pending_email },
    }),
    () => ({
      operation: "updateUser",
      as: "admin",
      ...itself(`/api/auth/users/${ids.other}/`),
      values: { email: "by-admin@example.com", password: PASSWORD, role: 2, is_active: true },
      shown: { email: (body) => body.pending_email },
    }),
    () => ({
      operation: "replaceUser",
      as: "admin",
      ...itself(`/api/auth/users/${ids.other}/`),
      send: `PUT /api/auth/users/${ids.other}/`,
      values: { email: "put@example.com", password: PASSWORD, role: 2, is_active: true },
      shown: { email: (body) => body.pending_email },
    }),
    () => ({
      operation: "updateMyTutorProfile",
      as: "tutor",
      ...itself("/api/auth/tutors/me/"),
      values: { university: universities[0] },
      shown: { university: () => universities[0] },
    }),
    () => ({
      operation: "createOnboardingAnswer",
      as: "student",
      send: "POST /api/auth/onboarding-answers/",
      read: ({ id }) => `/api/auth/onboarding-answers/${id}/`,
      ...answerFields(1),
    }),
    ({ createOnboardingAnswer: { id } }) => ({
      operation: "updateOnboardingAnswer",
      as: "student",
      ...itself(`/api/auth/onboarding-answers/${id}/`),
      ...answerFields(2),
    }),
    () => ({
      operation: "createCategory",
      as: "admin",
      send: "POST /api/courses/categories/",
      values: { name: "New", slug: "new" },
      read: ({ id }) => `/api/courses/categories/${id}/`,
    }),
    ({ createCategory: { id } }) => ({
      operation: "updateCategory",
      as: "admin",
      ...itself(`/api/courses/categories/${id}/`),
      values: { name: "Newer", slug: "newer" },
    }),
    () => ({
      operation: "createUniversity",
      as: "admin",
      send: "POST /api/core/universities/",
      values: { website: "https://one.example" },
      read: ({ id }) => `/api/core/universities/${id}/`,
    }),
    ({ createUniversity: { id } }) => ({
      operation: "updateUniversity",
      as: "admin",
      ...itself(`/api/core/universities/${id}/`),
      values: { website: "https://two.example" },
    }),
    () => ({
      operation: "createCourse",
      as: "tutor",
      send: `POST ${courses}`,
      ...courseFields(1),
      read: ({ slug }) => `${courses}${slug}/`,
    }),
    ({ createCourse: { slug } }) => ({
      operation: "updateCourse",
      as: "tutor",
      ...itself(`${courses}${slug}/`),
      ...courseFields(2),
    }),
    () => ({
      operation: "createPart",
      as: "tutor",
      send: "POST /api/courses/course-parts/",
      values: { course: course.slug },
      read: ({ slug }) => `/api/courses/course-parts/${slug}/`,
    }),
    ({ createPart: { slug } }) => ({
      operation: "updatePart",
      as: "tutor",
      ...itself(`/api/courses/course-parts/${slug}/`),
    }),
    ({ createPart: { id } }) => ({
      operation: "createLesson",
      as: "tutor",
      send: "POST /api/courses/lessons/",
      ...lessonFields(1),
      values: { ...lessonFields(1).values, part: id },
    }),
    ({ createLesson: { slug }, createPart: { id } }) => ({
      operation: "updateLesson",
      as: "tutor",
      send: `PATCH /api/courses/lessons/${slug}/`,
      ...lessonFields(2),
      values: { ...lessonFields(2).values, part: id },
    }),
    () => ({
      operation: "createReview",
      as: "student",
      send: `POST ${own}reviews/`,
      read: () => `${own}reviews/`,
    }),
    ({ createReview: { results } }) => ({
      operation: "updateReview",
      as: "student",
      send: `PATCH /api/courses/reviews/${results[0].id}/`,
      read: () => `${own}reviews/`,
    }),
    ({ createReview: { results } }) => ({
      operation: "moderateReview",
      as: "admin",
      send: `POST /api/courses/reviews/${results[0].id}/moderation/`,
      read: () => `${own}reviews/`,
    }),
    () => ({
      operation: "createComment",
      as: "tutor",
      send: "POST /api/courses/comments/",
      values: { lesson: course.lesson, parent: undefined },
      read: ({ id }) => `/api/courses/comments/${id}/`,
      shown: { lesson: () => course.lesson },
    }),
    ({ createComment: { id } }) => ({
      operation: "createComment",
      as: "tutor",
      send: "POST /api/courses/comments/",
      values: { lesson: course.lesson, parent: id },
      shown: { lesson: () => course.lesson },
    }),
    ({ createComment: { id } }) => ({
      operation: "updateComment",
      as: "tutor",
      ...itself(`/api/courses/comments/${id}/`),
    }),
    () => ({
      operation: "inviteTutor",
      as: "tutor",
      send: `POST ${own}invitations/`,
      values: { email: "invited@example.com" },
      read: () => `${own}invitations/`,
    }),
    () => ({
      operation: "changeTutorShare",
      as: "tutor",
      send: `PATCH ${own}tutors/${ids.other}/`,
      read: () => `${own}tutors/`,
      shown: { share_percent: ({ results }) => results[1].share_percent },
    }),
    () => ({
      operation: "changePlaybackRules",
      as: "tutor",
      send: `PUT ${own}playback-rules/`,
      values: { embed_hosts: ["www.example.com"], country_rule: "block", countries: ["DE"] },
      read: () => `${own}playback-rules/`,
    }),
    () => ({
      operation: "importVideo",
      as: "tutor",
      send: "POST /api/courses/videos/import/",
      values: { url: "https://93.184.215.14/a.mp4", course: course.id },
      read: ({ id }) => `/api/courses/videos/${id}/`,
      shown: { course: (body) => body.course_id },
    }),
    () => ({
      operation: "saveLessonProgress",
      as: "student",
      ...itself(`/api/courses/lessons/${course.lesson}/progress/`),
    }),
    () => ({
      operation: "setOffer",
      as: "tutor",
      send: `PUT ${own}offer/`,
      values: { prices: [{ currency: "usd", price: "49.00" }, { currency: "eur", price: "45.00" }] },
      read: () => `${own}offer/`,
    }),
    () => ({
      operation: "createApiKey",
      as: "admin",
      send: "POST /api/auth/api-keys/",
      values: { name: "Accounting", scopes: ["orders:read"], expires_at: "2031-01-01T00:00:00.000Z" },
      read: () => "/api/auth/api-keys/",
    }),
    () => ({
      operation: "createWebhookEndpoint",
      as: "admin",
      send: "POST /api/webhooks/endpoints/",
      values: { url: "https://hooks.example/a", description: "Accounting", events: ["order.paid"] },
      read: ({ id }) => `/api/webhooks/endpoints/${id}/`,
    }),
    ({ createWebhookEndpoint: { id } }) => ({
      operation: "updateWebhookEndpoint",
      as: "admin",
      ...itself(`/api/webhooks/endpoints/${id}/`),
      values: { url: "https://hooks.example/b", description: "Books", events: ["order.refunded"] },
    }),
    () => ({
      operation: "createPromotion",
      as: "admin",
      send: "POST /api/payments/promotions/",
      values: {
        code: "SPRING",
        amounts: undefined,
        minimums: [{ currency: "usd", price: "20.00" }],
        course_ids: [course.id],
        valid_from: "2031-01-01T00:00:00.000Z",
        valid_until: "2031-01-09T00:00:00.000Z",
      },
      read: ({ id }) => `/api/payments/promotions/${id}/`,
    }),
    () => ({
      operation: "createPromotion",
      as: "admin",
      send: "POST /api/payments/promotions/",
      values: {
        code: "SUMMER",
        percent: undefined,
        amounts: [{ currency: "usd", price: "10.00" }],
        minimums: [{ currency: "usd", price: "20.00" }],
        course_ids: [course.id],
        valid_until: "2031-01-09T00:00:00.000Z",
      },
      read: ({ id }) => `/api/payments/promotions/${id}/`,
    }),
    ({ createPromotion: { id } }) => ({
      operation: "updatePromotion",
      as: "admin",
      ...itself(`/api/payments/promotions/${id}/`),
      values: { valid_until: "2031-02-09T00:00:00.000Z" },
    }),
    () => ({
      operation: "grantAccess",
      as: "admin",
      send: "POST /api/access/grants/",
      values: {
        student: ids.other,
        course: course.id,
        starts_at: "2030-01-01T00:00:00.000Z",
        ends_at: "2032-01-01T00:00:00.000Z",
      },
      read: () => `/api/access/grants/?student=${ids.other}`,
      shown: {
        student: ({ results }) => results[0].student.id,
        course: ({ results }) => results[0].course.id,
      },
    }),
    ({ grantAccess: { results } }) => ({
      operation: "revokeGrant",
      as: "admin",
      send: `POST /api/access/grants/${results[0].id}/revoke/`,
      read: () => `/api/access/grants/?student=${ids.other}`,
      shown: { reason: ({ results }) => results[0].revoked_reason },
    }),
    () => ({
      operation: "publishCourseUpdate",
      as: "tutor",
      send: `POST ${own}updates/`,
      read: () => `${own}updates/`,
    }),
    () => ({
      operation: "updateMailPreferences",
      as: "tutor",
      ...itself("/api/notifications/preferences/"),
    }),
    () => ({
      operation: "setSmsNumber",
      as: "tutor",
      send: "PUT /api/notifications/sms/",
      values: { number: "+4915123456789" },
      read: () => "/api/notifications/sms/",
    }),
    () => ({
      operation: "updateSmsTopics",
      as: "tutor",
      ...itself("/api/notifications/sms/"),
      shown: {
        access_ending: ({ topics }) => topics.access_ending !== null,
        payment_failed: ({ topics }) => topics.payment_failed !== null,
      },
    }),
  ];
}

shopTest("every property that a request may write is returned when it is read", async (shop) => {
  const world = await makeWorld(shop);
  const bodies = bodiesOfOperations();
  const made: Record<string, Body> = {};
  const sent = new Map<string, Set<string>>();
  const lost: string[] = [];
  for (const rowOf of rowsIn(world)) {
    const row = rowOf(made);
    const { operation, values = {}, shown = {} } = row;
    const find = (read: Body, name: string) =>
      shown[name] ? shown[name](read) : (read.results?.[0] ?? read)[name];
    // What is written must differ from what was there.
    const isNew = row.send.startsWith("POST");
    const former = isNew || !row.read
      ? {}
      : (await requestAs(shop, world, `GET ${row.read({})}`, row.as)).body;
    const another = (name: string) =>
      [1, 2].map((turn) => sampleOf(bodies[operation]![name]!, name, turn))
        .find((value) => isNew || !isSame(find(former, name), value));
    const body = Object.fromEntries(
      Object.keys(bodies[operation]!).flatMap((name) => {
        const value = name in values ? values[name] : another(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const answer = await requestAs(shop, world, row.send, row.as, body);
    const read = row.read ? await requestAs(shop, world, `GET ${row.read(answer.body)}`, row.as) : answer;
    made[operation] = read.body;
    const names = sent.get(operation) ?? new Set();
    sent.set(operation, names);
    for (const [name, value] of Object.entries(body)) {
      names.add(name);
      if (NOT_READ_BACK[operation]?.[name]) continue;
      const found = find(read.body, name);
      if (!isSame(found, value)) {
        lost.push(`${operation}: ${name} was sent as ${show(value)}, and is ${show(found)}`);
      }
    }
  }
  for (const [operation, properties] of Object.entries(bodies)) {
    for (const name of Object.keys(properties)) {
      if (!sent.get(operation)?.has(name) && !NOT_READ_BACK[operation]?.[name]) {
        lost.push(`${operation}: ${name} is not sent by this test`);
      }
    }
  }
  assert.deepEqual(
    lost,
    [],
    "store them; what is not to be read back is among NOT_READ_BACK, with the reason",
  );
  const stale = Object.entries(NOT_READ_BACK).flatMap(([operation, reasons]) =>
    Object.keys(reasons).filter((name) => !bodies[operation]?.[name]).map((name) => `${operation}: ${name}`)
  );
  assert.deepEqual(stale, [], "the contract has no such properties");
});

async function requestAs(
  shop: TestShop,
  { tokens }: World,
  request: string,
  person: Person | undefined,
  body?: unknown,
): Promise<Answer> {
  const [method, path] = request.split(" ") as [string, string];
  const answer = await shop.call(method, path, { token: person && tokens[person], body });
  assert.ok(answer.status < 300, `${request} with ${show(body)}: ${answer.status} ${show(answer.body)}`);
  return answer;
}

/** Numbers and their texts are the same, for the frontend sends ids and prices either way. */
const isSame = (found: unknown, sent: unknown) =>
  show(found) === show(sent) || String(found) === String(sent);
const show = (value: unknown) => JSON.stringify(value);
