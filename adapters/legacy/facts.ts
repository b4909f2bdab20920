import type { FactName, FactReader, FormerTable } from "../../domain/legacy/ports.ts";
import { GRANT_IS_ACTIVE, type Queries } from "../postgres/queries.ts";
import { DJANGO_HASH } from "./former_schema.ts";

const FACTS_AT_ONCE = 2000;

/** A sale of the former shop was paid when its student was enrolled, unless the payment was changed before that. */
const PAID_AT = `least(statement_timestamp(), greatest(o.created_at, p.created_at, least(p.updated_at, (
  select min(e.enrolled_at) from public.courses_enrollment e
  where e.student_id = o.user_id and e.enrolled_at >= greatest(o.created_at, p.created_at)
    and e.course_id in (select c.course_id from public.payments_order_courses c where c.order_id = o.id)
))))`;

const FORMER: Partial<Record<FactName, string>> = {
  accounts: `
    select u.id, u.email, u.first_name as "firstName", u.last_name as "lastName", u.role, u.is_active as "isActive",
      u.is_superuser as "isSuperuser", false as "isInvited", false as "hasSignedIn",
      exists (select from public.courses_course_tutors t where t.user_id = u.id) as "hasCourses",
      case when u.password ~ '${DJANGO_HASH}' then md5(u.password) end as "passwordDigest"
    from public.users_user u`,
  courses: `
    select c.id::text, c.slug, c.title, (c.price * 100)::numeric(20, 0)::text as cents,
      k.name as category, k.id::text as "categoryId",
      c.is_published or exists (select from public.courses_enrollment e where e.course_id = c.id) or exists (
        select from public.payments_order_courses o join public.payments_payment p on p.order_id = o.order_id
        where o.course_id = c.id and p.status = 2
      ) as "isPublished"
    from public.courses_course c left join public.courses_category k on k.id = c.category_id`,
  parts: `
    select id::text, course_id::text as "courseId",
      (rank() over (partition by course_id order by "order", created_at, id))::integer as place, slug, title
    from public.courses_coursepart`,
  lessons: `
    select id::text, part_id::text as "partId",
      (rank() over (partition by part_id order by "order", created_at, id))::integer as place, slug, title,
      video_service_id as "videoId", nullif(floor(extract(epoch from duration)), 0)::text as seconds,
      is_free_preview as "isFreePreview"
    from public.courses_lesson`,
  comments: `
    select id::text, user_id as "authorId", lesson_id::text as "lessonId", md5(text) as "textDigest"
    from public.courses_comment`,
  access: `
    select student_id as "studentId", course_id::text as "courseId", null as "paymentId" from public.courses_enrollment`,
  sales: `
    select p.id::text as "paymentId", p.transaction_id as "sessionId", coalesce(o.user_id, p.user_id) as "buyerId",
      (coalesce(o.total_amount, p.amount) * 100)::bigint::text as cents, p.status = -2 as "isRefunded",
      to_char(${PAID_AT} at time zone 'UTC', 'YYYY-MM') as month,
      array(
        select c.course_id::text from public.payments_order_courses c where c.order_id = o.id order by c.id
      ) as "courseIds",
      array(
        select (case when k.price > 0 and k.price <> 'NaN' then k.price * 100 else 0 end)::bigint::text from public.payments_order_courses c
        join public.courses_course k on k.id = c.course_id where c.order_id = o.id order by c.id
      ) as prices
    from public.payments_payment p left join public.payments_order o on o.id = p.order_id
    where p.transaction_id ~ '^cs_[A-Za-z0-9_]+$' and p.status in (2, -2) and coalesce(o.total_amount, p.amount) >= 0
      and coalesce(o.total_amount, p.amount) <> 'NaN'`,
  tutors: `
    select t.course_id::text as "courseId", t.user_id as "tutorId",
      t.id = min(t.id) over (partition by t.course_id) as "isFirst"
    from public.courses_course_tutors t`,
};

const HERE: Partial<Record<FactName, string>> = {
  mergedAccounts: `select former_id as id, user_id as "idHere" from legacy_accounts`,
  accounts: `
    select u.id, u.email, u.first_name as "firstName", u.last_name as "lastName", u.role,
      u.deactivated_at is null as "isActive", false as "isSuperuser", false as "hasCourses",
      exists (select from password_invitations i where i.user_id = u.id) as "isInvited",
      exists (select from sessions s where s.user_id = u.id) as "hasSignedIn",
      case when u.password_hash like 'pbkdf2%' then md5(u.password_hash) end as "passwordDigest"
    from users u`,
  courses: `
    select c.id::text, c.slug, c.title, c.price_amount::text as cents, k.name as category,
      k.id::text as "categoryId", c.is_published as "isPublished"
    from courses c left join categories k on k.id = c.category_id`,
  parts: `
    select id::text, course_id::text as "courseId", position + 1 as place, slug, title from course_parts`,
  lessons: `
    select id::text, part_id::text as "partId", position + 1 as place, slug, title, video_id as "videoId",
      duration_seconds::text as seconds, is_free_preview as "isFreePreview"
    from lessons`,
  comments: `
    select id::text, author_id as "authorId", lesson_id::text as "lessonId", md5(content) as "textDigest" from comments`,
  access: `
    select distinct on (g.student_id, g.course_id) g.student_id as "studentId", g.course_id::text as "courseId",
      p.id::text as "paymentId"
    from grants g left join order_lines l on l.id = g.order_line_id left join payments p on p.order_id = l.order_id
    where ${GRANT_IS_ACTIVE} order by g.student_id, g.course_id, g.created_at, g.id`,
  sales: `
    select p.id::text as "paymentId", p.session_id as "sessionId",
      case when o.student_id not like 'deleted:%' then o.student_id end as "buyerId", p.paid_amount::text as cents,
      o.state = 'refunded' as "isRefunded", to_char(o.paid_at at time zone 'UTC', 'YYYY-MM') as month,
      array(
        select l.course_id::text from order_lines l join courses c on c.id = l.course_id where l.order_id = o.id
        order by l.position
      ) as "courseIds",
      array(
        select l.paid_amount::text from order_lines l join courses c on c.id = l.course_id where l.order_id = o.id
        order by l.position
      ) as prices
    from orders o join payments p on p.order_id = o.id where o.paid_at is not null`,
  receipts: `
    select id::text as "orderId", receipt_number::text as number,
      (row_number() over (order by paid_at, receipt_number))::text as place
    from orders where paid_at is not null`,
};

/** SQL for the keys of a table's rows in the former shop; the id, unless it was made anew. */
const FORMER_ROWS: Partial<Record<FormerTable, string>> = {
  users_user: `id, null as "accountId", id as rest`,
  users_onboardinganswer: `id::text, user_id as "accountId", '' as rest`,
  courses_course_tutors: `id::text, user_id as "accountId", course_id::text as rest`,
  payments_order_courses: `id::text, null as "accountId", order_id || ' ' || course_id as rest`,
};

const ROWS_HERE: Record<FormerTable, string> = {
  core_university: `id::text, null as "accountId", id::text as rest from universities`,
  users_user: `id, null as "accountId", id as rest from users`,
  users_onboardinganswer: `id::text, user_id as "accountId", '' as rest from onboarding_answers`,
  courses_category: `id::text, null as "accountId", id::text as rest from categories`,
  courses_course: `id::text, null as "accountId", id::text as rest from courses`,
  courses_course_tutors: `'' as id, user_id as "accountId", course_id::text as rest from course_tutors`,
  courses_coursepart: `id::text, null as "accountId", id::text as rest from course_parts`,
  courses_lesson: `id::text, null as "accountId", id::text as rest from lessons`,
  courses_comment: `id::text, null as "accountId", id::text as rest from comments`,
  courses_enrollment: `id::text, null as "accountId", id::text as rest from enrollments`,
  payments_order: `id::text, null as "accountId", id::text as rest from orders`,
  payments_order_courses:
    `id::text, null as "accountId", order_id || ' ' || course_id as rest from order_lines`,
  payments_payment: `id::text, null as "accountId", id::text as rest from payments`,
};

/** Reads facts of the former shop. */
export function formerFacts(sql: Queries): FactReader {
  return {
    facts: (name) => inBatches(sql, FORMER[name] ?? ""),
    rows: (table) =>
      inBatches(
        sql,
        `select ${
          FORMER_ROWS[table] ?? `id::text, null as "accountId", id::text as rest`
        } from public.${table}`,
      ),
  };
}

/** Reads facts of this shop. */
export function factsHere(sql: Queries): FactReader {
  return {
    facts: (name) => inBatches(sql, HERE[name] ?? ""),
    rows: (table) => inBatches(sql, `select ${ROWS_HERE[table]}`),
  };
}

async function* inBatches<Row>(sql: Queries, select: string): AsyncGenerator<Row[]> {
  await sql.unsafe(`declare facts no scroll cursor for ${select}`);
  for (;;) {
    const rows = await sql.unsafe<(Row & object)[]>(`fetch ${FACTS_AT_ONCE} from facts`);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql`close facts`;
}
