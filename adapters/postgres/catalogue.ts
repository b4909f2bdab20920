import type {
  Catalogue,
  Category,
  Course,
  CourseDetail,
  CourseListing,
  Enrollment,
  LessonHeading,
  University,
} from "../../domain/catalog/ports.ts";
import { hasActiveGrant, type Queries, uuidOrNull } from "./queries.ts";

type CourseRow<Parts> = Omit<Course, "price"> & { amount: bigint; currency: string; parts: Parts };
type ListingRow = CourseRow<CourseListing["parts"]>;
type LessonJson = Omit<LessonHeading, "createdAt"> & { createdAt: string };
type DetailRow = CourseRow<(CourseListing["parts"][number] & { lessons: LessonJson[] })[]>;

/** The shop window in PostgreSQL; each read is one or two queries, however many rows it shows. */
export function postgresCatalogue(sql: Queries): Catalogue {
  return {
    async published(viewerId, { limit, offset }) {
      const [rows, [total]] = await Promise.all([
        sql<ListingRow[]>`
          select ${courseColumns(sql, viewerId)}, ${partHeadings(sql)}
          from courses c where c.is_published
          order by c.created_at desc, c.id limit ${limit} offset ${offset}`,
        sql<{ count: number }[]>`select count(*)::int as count from courses where is_published`,
      ]);
      return { count: total!.count, courses: rows.map(toCourse) };
    },

    async course(slugOrId, viewerId) {
      const [row] = await sql<DetailRow[]>`
        select ${courseColumns(sql, viewerId)},
          coalesce((
            select jsonb_agg(
              jsonb_build_object(
                'id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'order', p.position,
                'lessons', coalesce((
                  select jsonb_agg(
                    jsonb_build_object(
                      'id', l.id, 'slug', l.slug, 'title', l.title, 'description', l.description,
                      'order', l.position, 'durationSeconds', l.duration_seconds,
                      'isFreePreview', l.is_free_preview, 'videoId', l.video_id, 'createdAt', l.created_at
                    ) order by l.position, l.created_at, l.id)
                  from lessons l where l.part_id = p.id
                ), '[]')
              ) order by p.position, p.created_at, p.id)
            from course_parts p where p.course_id = c.id
          ), '[]') as parts
        from courses c
        where c.slug = ${slugOrId} or c.id = ${uuidOrNull(slugOrId)}`;
      return row ? toDetail(row) : null;
    },

    async enrollments(studentId, { limit, offset }) {
      const enrolled = () =>
        sql`from enrollments e join courses c on c.id = e.course_id
        where e.student_id = ${studentId} and ${hasActiveGrant(sql, sql`e.course_id`, studentId)}`;
      const [rows, [total]] = await Promise.all([
        sql<(ListingRow & { enrollmentId: string; enrolledAt: Date })[]>`
          select e.id as "enrollmentId", e.enrolled_at as "enrolledAt",
            ${courseColumns(sql, studentId)}, ${partHeadings(sql)}
          ${enrolled()}
          order by e.enrolled_at desc, e.id limit ${limit} offset ${offset}`,
        sql<{ count: number }[]>`select count(*)::int as count ${enrolled()}`,
      ]);
      const enrollments = rows.map(({ enrollmentId, enrolledAt, ...row }): Enrollment => ({
        id: enrollmentId,
        enrolledAt,
        course: toCourse(row),
      }));
      return { count: total!.count, enrollments };
    },

    async categories() {
      return await sql<Category[]>`select id::text, name, slug from categories order by name`;
    },

    async universities({ limit, offset }) {
      const [universities, [total]] = await Promise.all([
        sql<University[]>`
          select id, name, description, logo_key as "logoKey", website, country, city, location,
            global_rank as "globalRank", country_rank as "countryRank",
            created_at as "createdAt", updated_at as "updatedAt"
          from universities order by name limit ${limit} offset ${offset}`,
        sql<{ count: number }[]>`select count(*)::int as count from universities`,
      ]);
      return { count: total!.count, universities };
    },
  };
}

// A tutor without a name still needs one to show, since the address is not for the public.
function courseColumns(sql: Queries, viewerId: string | null) {
  return sql`
    c.id, c.slug, c.title, c.description, c.price_amount as amount, c.price_currency as currency,
    c.thumbnail_key as "thumbnailKey", c.is_published as "isPublished",
    c.created_at as "createdAt", c.updated_at as "updatedAt",
    (
      select jsonb_build_object('id', k.id::text, 'name', k.name, 'slug', k.slug)
      from categories k where k.id = c.category_id
    ) as category,
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', u.id, 'firstName', coalesce(nullif(u.first_name, ''), 'Tutor'), 'lastName', u.last_name, 'email', ''
        ) order by t.position, u.id)
      from course_tutors t join users u on u.id = t.user_id where t.course_id = c.id
    ), '[]') as tutors,
    ${hasActiveGrant(sql, sql`c.id`, viewerId)} as "isEnrolled"`;
}

function partHeadings(sql: Queries) {
  return sql`
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'order', p.position
        ) order by p.position, p.created_at, p.id)
      from course_parts p where p.course_id = c.id
    ), '[]') as parts`;
}

function toCourse<Parts>({ amount, currency, ...course }: CourseRow<Parts>) {
  return { ...course, price: { amount, currency } };
}

function toDetail(row: DetailRow): CourseDetail {
  const course = toCourse(row);
  const withDate = (lesson: LessonJson) => ({ ...lesson, createdAt: new Date(lesson.createdAt) });
  return {
    ...course,
    parts: course.parts.map((part) => ({ ...part, lessons: part.lessons.map(withDate) })),
  };
}
