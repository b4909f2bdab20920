import type { Catalogue, CountedCategory, EnrolledStudent, Enrollment } from "../../domain/catalog/ports.ts";
import {
  detailColumns,
  type DetailRow,
  listingColumns,
  type ListingRow,
  onSale,
  toDetail,
  toListing,
} from "./course_columns.ts";
import { hasActiveGrant, type Queries, uuidOrNull } from "./queries.ts";

type Student = Omit<EnrolledStudent, "createdAt" | "updatedAt"> & { createdAt: string; updatedAt: string };
type EnrollmentRow = ListingRow & { enrollmentId: string; enrolledAt: Date; student: Student };
/** A row of a page; without rows there is one that has the count alone. */
type Counted<Row> = Row & { total: number } | { total: number; id: null };

/** The shop window in PostgreSQL; each read is one query, however many rows it shows. */
export function postgresCatalogue(sql: Queries): Catalogue {
  return {
    // The page is cut before anything else is looked up, so that a page far back costs little more than the first.
    async onSale(viewerId, { limit, offset }) {
      const rows = await sql<Counted<ListingRow>[]>`
        select n.course_count as total, page.* from catalogue_size n left join (
          select ${listingColumns(sql, viewerId)}
          from (
            select c.id from courses c where ${onSale(sql)}
            order by c.created_at desc, c.id desc limit ${limit} offset ${offset}
          ) cut join courses c on c.id = cut.id join course_summaries s on s.course_id = c.id
        ) page on true
        order by page."createdAt" desc, page.id desc`;
      const { count, items } = counted(rows);
      return { count, courses: items.map(toListing) };
    },

    async onSaleAmong(ids, viewerId) {
      const rows = await sql<ListingRow[]>`
        select ${listingColumns(sql, viewerId)}
        from courses c join course_summaries s on s.course_id = c.id
        where c.id = any (${ids}) and ${onSale(sql)}
        order by array_position(${ids}, c.id)`;
      return rows.map(toListing);
    },

    async course(slugOrId, viewerId) {
      const [row] = await sql<DetailRow[]>`
        select ${detailColumns(sql, viewerId)}
        from courses c join course_summaries s on s.course_id = c.id
        where c.slug = ${slugOrId} or c.id = ${uuidOrNull(slugOrId)}`;
      return row ? toDetail(row) : null;
    },

    async courseOfPart(partSlugOrId, viewerId) {
      const [row] = await sql<DetailRow[]>`
        select ${detailColumns(sql, viewerId)}
        from courses c join course_summaries s on s.course_id = c.id
        where c.id = (
          select course_id from course_parts where slug = ${partSlugOrId} or id = ${uuidOrNull(partSlugOrId)}
        )`;
      return row ? toDetail(row) : null;
    },

    async enrollments(studentId, { limit, offset }) {
      const rows = await sql<Counted<EnrollmentRow>[]>`
        with mine as (
          select e.id, e.enrolled_at, e.course_id, ${student(sql)}
          from enrollments e join users u on u.id = e.student_id
          where e.student_id = ${studentId} and ${hasActiveGrant(sql, sql`e.course_id`, studentId)}
        )
        select (select count(*)::integer from mine) as total, page.* from (select) one left join (
          select e.id as "enrollmentId", e.enrolled_at as "enrolledAt", e.student,
            ${listingColumns(sql, studentId)}
          from (select * from mine order by enrolled_at desc, id desc limit ${limit} offset ${offset}) e
          join courses c on c.id = e.course_id join course_summaries s on s.course_id = c.id
        ) page on true
        order by page."enrolledAt" desc, page."enrollmentId" desc`;
      const { count, items } = counted(rows);
      return { count, enrollments: items.map(toEnrollment) };
    },

    async enrollment(studentId, id) {
      const [row] = await sql<EnrollmentRow[]>`
        select e.id as "enrollmentId", e.enrolled_at as "enrolledAt", ${student(sql)},
          ${listingColumns(sql, studentId)}
        from enrollments e join users u on u.id = e.student_id
        join courses c on c.id = e.course_id join course_summaries s on s.course_id = c.id
        where e.id = ${id} and e.student_id = ${studentId}
          and ${hasActiveGrant(sql, sql`e.course_id`, studentId)}`;
      return row ? toEnrollment(row) : null;
    },

    async categories({ limit, offset }) {
      const rows = await sql<Counted<CountedCategory>[]>`
        select (select count(*)::integer from categories) as total, page.* from (select) one left join (
          select id::text, name, slug, course_count as "courseCount" from categories
          order by name limit ${limit} offset ${offset}
        ) page on true
        order by page.name`;
      const { count, items } = counted(rows);
      return { count, categories: items };
    },

    category: (slugOrId) => findCategory(sql, slugOrId),
  };
}

/** A number names a category by its id, for no slug is one. */
export async function findCategory(sql: Queries, slugOrId: string): Promise<CountedCategory | null> {
  const [category] = await sql<CountedCategory[]>`
    select id::text, name, slug, course_count as "courseCount" from categories
    where slug = ${slugOrId} or id::text = ${slugOrId}`;
  return category ?? null;
}

function counted<Row extends object>(rows: Counted<Row>[]): { count: number; items: Row[] } {
  const isItem = (row: Counted<Row>): row is Row & { total: number } => !("id" in row && row.id === null);
  const items = rows.filter(isItem).map(({ total: _, ...item }) => item as unknown as Row);
  return { count: rows[0]!.total, items };
}

function student(sql: Queries) {
  return sql`jsonb_build_object(
    'id', u.id, 'email', u.email, 'firstName', u.first_name, 'lastName', u.last_name, 'role', u.role,
    'isEmailVerified', u.email_verified_at is not null, 'createdAt', u.created_at, 'updatedAt', u.updated_at
  ) as student`;
}

function toEnrollment({ enrollmentId, enrolledAt, student, ...row }: EnrollmentRow): Enrollment {
  const { createdAt, updatedAt } = student;
  return {
    id: enrollmentId,
    enrolledAt,
    student: { ...student, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) },
    course: toListing(row),
  };
}
