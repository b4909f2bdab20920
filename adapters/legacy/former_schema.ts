import type { FormerTable } from "../../domain/legacy/ports.ts";

/** Types of PostgreSQL that a column of the former shop may have, by what it holds. */
export const TYPES = {
  text: ["text", "character varying"],
  number: ["smallint", "integer", "bigint"],
  amount: ["numeric"],
  boolean: ["boolean"],
  time: ["timestamp with time zone"],
  uuid: ["uuid"],
  duration: ["interval"],
};
type Kind = keyof typeof TYPES;

/** The last migration of each of its apps (commit a411eed, February 2026). */
export const LAST_MIGRATIONS: Record<string, string> = {
  core: "0002_alter_university_options",
  courses: "0003_rename_trainers_course_tutors",
  payments: "0003_payment_stripe_payment_intent_alter_payment_user",
  users: "0003_onboardinganswer_degree_and_more",
};

const stamps = { created_at: "time", updated_at: "time" } as const;

/** The columns that are read. Names of constraints and the order of columns differ between installations. */
export const COLUMNS: Record<FormerTable, Record<string, Kind>> = {
  core_university: {
    id: "number",
    ...stamps,
    name: "text",
    description: "text",
    logo: "text",
    website: "text",
    country: "text",
    city: "text",
    location: "text",
    global_rank: "number",
    country_rank: "number",
  },
  users_user: {
    id: "text",
    ...stamps,
    email: "text",
    password: "text",
    first_name: "text",
    last_name: "text",
    role: "number",
    is_superuser: "boolean",
    is_staff: "boolean",
    is_active: "boolean",
    is_email_verified: "boolean",
  },
  users_onboardinganswer: {
    id: "number",
    ...stamps,
    university_id: "number",
    user_id: "text",
    degree: "text",
    graduation_year: "number",
    interests: "text",
  },
  courses_category: { id: "number", name: "text", slug: "text" },
  courses_course: {
    id: "uuid",
    ...stamps,
    title: "text",
    slug: "text",
    thumbnail: "text",
    description: "text",
    price: "amount",
    is_published: "boolean",
    category_id: "number",
  },
  courses_course_tutors: { id: "number", course_id: "uuid", user_id: "text" },
  courses_coursepart: {
    id: "uuid",
    ...stamps,
    title: "text",
    slug: "text",
    description: "text",
    order: "number",
    course_id: "uuid",
  },
  courses_lesson: {
    id: "uuid",
    ...stamps,
    title: "text",
    slug: "text",
    description: "text",
    video_service_id: "text",
    order: "number",
    duration: "duration",
    is_free_preview: "boolean",
    part_id: "uuid",
  },
  courses_comment: { id: "uuid", ...stamps, text: "text", user_id: "text", lesson_id: "uuid" },
  courses_enrollment: { id: "uuid", enrolled_at: "time", course_id: "uuid", student_id: "text" },
  payments_order: { id: "uuid", ...stamps, total_amount: "amount", user_id: "text" },
  payments_order_courses: { id: "number", order_id: "uuid", course_id: "uuid" },
  payments_payment: {
    id: "uuid",
    ...stamps,
    amount: "amount",
    currency: "text",
    method: "text",
    status: "number",
    reason: "number",
    transaction_id: "text",
    cancel_time: "time",
    order_id: "uuid",
    user_id: "text",
    stripe_payment_intent: "text",
  },
};

/**
 * The hashes of passwords that are imported: Django's, as it writes them, with at most 9,999,999 iterations, which
 * take seconds. Anybody could write any text into the column, and whatever else is there stays there.
 */
export const DJANGO_HASH = String.raw`^pbkdf2_sha256\$[1-9]\d{0,6}\$[^$]+\$[A-Za-z0-9+/]{43}=$`;

/** SQL for columns that are not read as they are. */
export const READ_AS: Partial<Record<FormerTable, Record<string, string>>> = {
  users_user: { password: `case when t.password ~ '${DJANGO_HASH}' then t.password end as password` },
  courses_coursepart: {
    course_id:
      "t.course_id, (select c.title from public.courses_course c where c.id = t.course_id) as course_title",
  },
  courses_lesson: { duration: "floor(extract(epoch from t.duration))::text as seconds" },
};
