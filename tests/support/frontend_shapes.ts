// What the public frontend reads of each answer that it asks for, written from reading its pages, and apart from our own
// contract: a key that its pages know has the type that they take, or is not there. A value of another type is a white
// page, a stray "0" or "null%", or a button that is missing.
import { z } from "zod";
import type { operations } from "./operations.ts";

const UNSEEN = /[\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu;

const text = z.string();
const filled = z.string().min(1);
const count = z.int().min(0);
const moment = z.iso.datetime({ offset: true });
/** Stands after `&&`: what is false there is printed, unless it is null or not there. */
const printedNumber = z.number().positive().nullish();
const printedText = z.string().min(1).nullish();
const visible = z.string().refine((value) => value.replace(UNSEEN, "") !== "", "shows nothing");
const beginsVisibly = text.refine(
  ([first = ""]) => first.replace(UNSEEN, "") !== "",
  "begins with nothing to see",
);
/** `${price}` on two pages, `Number(price)` on three; "Free" only for the number. */
const price = z.union([z.string().regex(/^\d+(\.\d+)?$/), z.literal(0)]);
/** The frontend's image server takes pictures from below `/media/` only. */
const picture = z.url().refine((url) => new URL(url).pathname.startsWith("/media/"), "is not below /media/");
/** Taken apart at its colons, unasked. */
const clock = z.string().regex(/^\d\d+:\d\d:\d\d$/);

/** Initials are drawn from both halves of the name, or else from the address. */
const tutor = z.looseObject({ id: filled, first_name: text, last_name: text, email: text }).superRefine(
  ({ first_name, last_name, email }, { addIssue }) => {
    const initials = first_name !== "" && last_name !== "" ? [first_name, last_name] : [email];
    if (initials.every((half) => beginsVisibly.safeParse(half).success)) return;
    addIssue(`no initials can be drawn from “${first_name}” “${last_name}” “${email}”`);
  },
);
const category = z.looseObject({ id: filled, name: filled, slug: filled });

/** What both the cards of lists and the course's own page take; keys that only mock-ups have so far are named as well. */
const course = {
  id: filled,
  slug: filled,
  title: text,
  description: text,
  price,
  thumbnail: picture,
  tutors: z.array(tutor),
  tutor: z.looseObject({ name: visible, avatar: printedText }).nullish(),
  category: category.nullable(),
  is_enrolled: z.boolean(),
  isEnrolled: z.boolean(),
  is_free: z.boolean(),
  is_published: z.boolean(),
  progress: z.number().min(0).max(100).optional(),
  rating: printedNumber,
  reviewCount: printedNumber,
  enrolledStudents: printedNumber,
  students: printedNumber,
  duration: printedText,
  level: text.optional(),
  language: text.optional(),
  image: picture.optional(),
  objectives: z.array(text).optional(),
  requirements: z.array(text).optional(),
  tags: z.array(text).optional(),
  reviews: z.array(z.unknown()).optional(),
  isFeatured: z.boolean().optional(),
  last_accessed: moment.optional(),
  lastUpdated: moment.optional(),
  description_long: text.optional(),
  created_at: moment,
  updated_at: moment,
};
const isConsistent = (
  shown: { price: string | 0; is_free: boolean; is_enrolled: boolean; isEnrolled: boolean },
) => shown.is_free === (Number(shown.price) === 0) && shown.is_enrolled === shown.isEnrolled;

const card = z.looseObject({
  ...course,
  parts: z.array(z.looseObject({ id: filled, title: text, order: z.int() })),
})
  .refine(isConsistent, "says two things of its price, or of who is enrolled");

/** The edit page keeps lessons as they come, so that these are its own words too. */
const lesson = {
  id: filled,
  slug: filled,
  title: text,
  description: text,
  order: z.int(),
  duration: clock,
  is_free_preview: z.boolean(),
  created_at: moment,
  video_service_id: filled.nullish(),
  videoServiceId: filled.nullish(),
  isFreePreview: z.boolean().optional(),
  uploadStatus: z.enum(["idle", "uploading", "completed", "error"]).optional(),
  uploadProgress: z.number().min(0).max(100).optional(),
  videoFile: z.null().optional(),
  videoUrl: z.url().optional(),
};
/** The button that uploads shows only to a lesson that is idle and has no video. */
const lessonHeading = z.looseObject(lesson).refine(
  ({ uploadStatus, videoServiceId }) =>
    uploadStatus === undefined || (uploadStatus === "completed") === Boolean(videoServiceId),
  "says of a video both that it is there and that it is not",
);
/** Neither the course page nor "Continue" sorts. */
const inOrder = <Item extends { order: number }>(items: Item[]) =>
  items.every(({ order }, index) => index === 0 || items[index - 1]!.order <= order);
const part = z.looseObject({
  id: filled,
  slug: filled,
  title: text,
  description: text,
  order: z.int(),
  lessons: z.array(lessonHeading).refine(inOrder, "are not in their order"),
});
const coursePage = z.looseObject({
  ...course,
  parts: z.array(part).refine(inOrder, "are not in their order"),
})
  .refine(isConsistent, "says two things of its price, or of who is enrolled");

/** `next` and `previous` go straight back to axios. */
const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.looseObject({ count, next: z.url().nullable(), previous: z.url().nullable(), results: z.array(item) });

const user = z.looseObject({
  id: filled,
  email: filled,
  first_name: text,
  last_name: text,
  /** Compared as a number: tutors and administrators get the creator's menu. */
  role: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  avatar: printedText,
  phone: text.optional(),
  username: text.optional(),
});
/** What the edit page needs of a part or lesson that it just made or changed. */
const saved = z.looseObject({ id: filled, slug: filled, title: text, order: z.int() });
const savedLesson = z.looseObject({ ...lesson, duration: clock });

/** By operation: all that the frontend's pages call, whatever becomes of the answer. */
export const FRONTEND_SHAPES = {
  registerStudent: z.looseObject({}),
  createToken: z.looseObject({ access: filled, refresh: filled }),
  refreshToken: z.looseObject({ access: filled }),
  getMe: user,
  updateMe: user,

  listUniversities: pageOf(z.looseObject({
    id: z.union([filled, z.int()]),
    name: visible,
    city: text,
    country: text,
    global_rank: printedNumber,
  })).refine(
    ({ results }) => new Set(results.map(({ name }) => name)).size === results.length,
    "has two universities of one name, which is what one chooses by",
  ),
  listOnboardingAnswers: pageOf(z.looseObject({})),
  createOnboardingAnswer: z.looseObject({}),

  listCourses: pageOf(card),
  getCourse: coursePage,
  listCategories: pageOf(category),
  listEnrollments: pageOf(z.looseObject({ enrolled_at: moment, course: card })),
  getLesson: z.looseObject({
    id: filled,
    title: text,
    description: text.nullable(),
    is_free_preview: z.boolean(),
    order: z.int(),
    duration: clock,
    created_at: moment,
    /** Both go into the player's address as they are. */
    otp: z.string().regex(/^[\w.~-]+$/).nullish(),
    playbackInfo: z.string().regex(/^[\w.~-]+$/).nullish(),
  }).refine(
    ({ otp, playbackInfo }) => Boolean(otp) === Boolean(playbackInfo),
    "has one of two keys to its player",
  ),
  createPayment: z.looseObject({
    checkout_session_id: filled.nullable(),
    status: z.union([z.literal(1), z.literal(2)]),
  })
    .refine(
      ({ checkout_session_id: id, status }) => id !== null || status === 2,
      "leads to no page, and is to be paid",
    ),

  getQuickStatistics: z.looseObject({
    total_earnings: z.number(),
    active_students: z.number(),
    published_courses: z.number(),
    draft_courses: z.number(),
    average_rating: z.number(),
    total_reviews: z.number(),
    recent_enrollments: z.number(),
    monthly_earnings: z.array(z.looseObject({ month: filled, earnings: z.number(), students: z.number() })),
    course_performance: z.array(z.looseObject({
      id: filled,
      title: text,
      students: z.number(),
      rating: z.number(),
      earnings: z.number(),
    })),
  }),
  listTutorCourses: pageOf(z.looseObject({
    id: filled,
    slug: filled,
    title: text,
    description: text,
    thumbnail: picture.nullable(),
    price: z.union([z.string().regex(/^\d+(\.\d+)?$/), z.number()]),
    is_published: z.boolean(),
    updated_at: moment,
    students_count: count,
    lessons_count: count,
    reviews_count: count,
    rating: printedNumber,
    earnings: z.number(),
  })),
  createCourse: coursePage,
  updateCourse: coursePage,
  createPart: saved,
  updatePart: saved,
  createLesson: savedLesson,
  updateLesson: savedLesson,
  createUploadCredentials: z.looseObject({
    videoId: filled,
    clientPayload: z.looseObject({
      policy: filled,
      key: filled,
      "x-amz-signature": filled,
      "x-amz-algorithm": filled,
      "x-amz-date": filled,
      "x-amz-credential": filled,
      uploadLink: z.url(),
    }),
  }),
} satisfies Partial<Record<keyof typeof operations, z.ZodType>>;

/** What is wrong with an answer in the frontend's eyes; null when nothing is, or when it never asks for it. */
export function frontendObjection(operationId: string, body: unknown): string | null {
  const shape = FRONTEND_SHAPES[operationId as keyof typeof FRONTEND_SHAPES];
  const result = shape?.safeParse(body);
  return result && !result.success ? z.prettifyError(result.error) : null;
}
