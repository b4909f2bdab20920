import type { Catalog, CountedCategory, EnrolledStudent, Enrollment } from "../../../domain/catalog/ports.ts";
import {
  type DetailJson,
  detailJson,
  type ListingJson,
  listingJson,
  onSale,
  toDetail,
  toListing,
} from "./course_columns.ts";
import { type AsJson, fromJson } from "../json.ts";
import { type Fragment, hasActiveGrant, isCalled, pageOfRows, type Queries } from "../queries.ts";

type EnrollmentJson = {
  id: string;
  enrolledAt: string;
  student: AsJson<EnrolledStudent>;
  course: ListingJson;
};
type PageRow<Item> = { count: number; items: Item[] };

/** Returns the public catalog in PostgreSQL. Each read is one query, and a page is one row, however much it shows. */
export function postgresCatalog(sql: Queries): Catalog {
  return {
    // The page is selected before anything else is looked up, so that a late page costs little more than the first.
    async onSale(viewerId, range) {
      const [page] = await sql<[PageRow<ListingJson>]>`
        select (select course_count from catalogue_size) as count, coalesce(json_agg(course), '[]') as items from (
          select ${listingJson(sql, viewerId)} as course
          from (
            select c.id from courses c where ${onSale(sql)}
            order by c.created_at desc, c.id desc ${pageOfRows(sql, range)}
          ) cut join courses c on c.id = cut.id join course_summaries s on s.course_id = c.id
          order by c.created_at desc, c.id desc
        ) shown`;
      return { count: page.count, courses: page.items.map(toListing) };
    },

    async onSaleAmong(ids, viewerId) {
      const [{ items }] = await sql<[{ items: ListingJson[] }]>`
        select coalesce(json_agg(course), '[]') as items from (
          select ${listingJson(sql, viewerId)} as course
          from courses c join course_summaries s on s.course_id = c.id
          where c.id = any (${ids}) and ${onSale(sql)}
          order by array_position(${ids}, c.id)
        ) shown`;
      return items.map(toListing);
    },

    async course(slugOrId, viewerId) {
      const [row] = await sql<{ course: DetailJson }[]>`
        select ${detailJson(sql, viewerId)} as course
        from courses c join course_summaries s on s.course_id = c.id
        where ${isCalled(sql, "c", slugOrId)}`;
      return row ? toDetail(row.course) : null;
    },

    async courseOfPart(partSlugOrId, viewerId) {
      const [row] = await sql<{ course: DetailJson }[]>`
        select ${detailJson(sql, viewerId)} as course
        from courses c join course_summaries s on s.course_id = c.id
        where c.id = (
          select p.course_id from course_parts p where ${isCalled(sql, "p", partSlugOrId)}
        )`;
      return row ? toDetail(row.course) : null;
    },

    async enrollments(studentId, range) {
      const [page] = await sql<[PageRow<EnrollmentJson>]>`
        with mine as (
          select e.* from enrollments e
          where e.student_id = ${studentId} and ${hasActiveGrant(sql, sql`e.course_id`, studentId)}
        )
        select (select count(*)::integer from mine) as count, coalesce(json_agg(enrollment), '[]') as items from (
          select ${enrollmentJson(sql, studentId)} as enrollment
          from (select * from mine order by enrolled_at desc, id desc ${pageOfRows(sql, range)}) e
          join users u on u.id = e.student_id
          join courses c on c.id = e.course_id join course_summaries s on s.course_id = c.id
          order by e.enrolled_at desc, e.id desc
        ) shown`;
      return { count: page.count, enrollments: page.items.map(toEnrollment) };
    },

    async enrollment(studentId, id) {
      const [row] = await sql<{ enrollment: EnrollmentJson }[]>`
        select ${enrollmentJson(sql, studentId)} as enrollment
        from enrollments e join users u on u.id = e.student_id
        join courses c on c.id = e.course_id join course_summaries s on s.course_id = c.id
        where e.id = ${id} and e.student_id = ${studentId}
          and ${hasActiveGrant(sql, sql`e.course_id`, studentId)}`;
      return row ? toEnrollment(row.enrollment) : null;
    },

    async categories(range) {
      const [page] = await sql<[PageRow<CountedCategory>]>`
        select (select count(*)::integer from categories) as count, coalesce(json_agg(category), '[]') as items from (
          select json_build_object('id', id::text, 'name', name, 'slug', slug, 'courseCount', course_count) as category
          from categories order by name ${pageOfRows(sql, range)}
        ) shown`;
      return { count: page.count, categories: page.items };
    },

    category: (slugOrId) => findCategory(sql, slugOrId),
  };
}

/** Finds a category by id or slug. A number is an id, because no slug is a number. */
export async function findCategory(sql: Queries, slugOrId: string): Promise<CountedCategory | null> {
  const [category] = await sql<CountedCategory[]>`
    select id::text, name, slug, course_count as "courseCount" from categories
    where slug = ${slugOrId} or id::text = ${slugOrId}`;
  return category ?? null;
}

/** Returns SQL for an enrollment `e` of the student `u` in the course `c` with its summary `s`, as JSON. */
function enrollmentJson(sql: Queries, studentId: string): Fragment {
  return sql`json_build_object(
    'id', e.id, 'enrolledAt', e.enrolled_at, 'course', ${listingJson(sql, studentId)},
    'student', json_build_object(
      'id', u.id, 'email', u.email, 'firstName', u.first_name, 'lastName', u.last_name, 'role', u.role,
      'isEmailVerified', u.email_verified_at is not null, 'createdAt', u.created_at, 'updatedAt', u.updated_at
    ))`;
}

function toEnrollment({ id, enrolledAt, student, course }: EnrollmentJson): Enrollment {
  return {
    id,
    enrolledAt: new Date(enrolledAt),
    student: fromJson<EnrolledStudent>(student, { createdAt: "date", updatedAt: "date" }),
    course: toListing(course),
  };
}
