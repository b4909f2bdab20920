import type {
  Course,
  CourseDetail,
  CourseListing,
  LessonHeading,
  PartHeading,
} from "../../domain/catalog/ports.ts";
import { courseProgress } from "./progress.ts";
import { hasActiveGrant, type Queries } from "./queries.ts";

type CourseRow<Parts> = Omit<Course, "price"> & { amount: bigint; currency: string; parts: Parts };
export type ListingRow = CourseRow<PartHeading[]>;
type LessonJson = Omit<LessonHeading, "createdAt"> & { createdAt: string };
export type DetailRow = CourseRow<(PartHeading & { lessons: LessonJson[] })[]> & {
  objectives: string[];
  requirements: string[];
};

/** SQL that is true for a course `c` on sale; in the very words of the indexes. */
export const onSale = (sql: Queries) => sql`c.is_published and c.archived_at is null`;

/** What a list shows of a course `c` with its summary `s`. */
export function listingColumns(sql: Queries, viewerId: string | null) {
  return sql`${courseColumns(sql, viewerId)},
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'order', p.position
        ) order by p.position, p.created_at, p.id)
      from course_parts p where p.course_id = c.id
    ), '[]') as parts`;
}

/** All that is shown of a course `c` with its summary `s`. */
export function detailColumns(sql: Queries, viewerId: string | null) {
  return sql`${courseColumns(sql, viewerId)}, c.objectives, c.requirements,
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
    ), '[]') as parts`;
}

// A tutor without a name still needs one to show, since the address is not for the public.
function courseColumns(sql: Queries, viewerId: string | null) {
  return sql`
    c.id, c.slug, c.title, c.description, c.price_amount as amount, c.price_currency as currency,
    c.thumbnail_key as "thumbnailKey", c.level, c.language, s.duration_seconds as "durationSeconds",
    nullif(c.rating, 0)::float8 as rating, c.rating_count as "ratingCount", c.student_count as "studentCount",
    c.is_published as "isPublished", c.archived_at is not null as "isArchived",
    c.created_at as "createdAt", c.updated_at as "updatedAt",
    (
      select jsonb_build_object('id', k.id::text, 'name', k.name, 'slug', k.slug)
      from categories k where k.id = c.category_id
    ) as category,
    coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', u.id, 'firstName', coalesce(nullif(u.first_name, ''), 'Tutor'), 'lastName', u.last_name,
          'email', case when u.publishes_email then u.email else '' end
        ) order by t.position, u.id)
      from course_tutors t join users u on u.id = t.user_id where t.course_id = c.id
    ), '[]') as tutors,
    ${viewerId === null ? sql`false` : hasActiveGrant(sql, sql`c.id`, viewerId)} as "isEnrolled",
    ${
    viewerId === null
      ? sql`null::jsonb`
      : sql`case when ${hasActiveGrant(sql, sql`c.id`, viewerId)} then ${
        courseProgress(sql, sql`c.id`, viewerId)
      } end`
  } as progress`;
}

export function toListing({ amount, currency, ...course }: ListingRow): CourseListing {
  return { ...course, price: { amount, currency } };
}

export function toDetail({ amount, currency, ...course }: DetailRow): CourseDetail {
  const withDate = (lesson: LessonJson) => ({ ...lesson, createdAt: new Date(lesson.createdAt) });
  const parts = course.parts.map((part) => ({ ...part, lessons: part.lessons.map(withDate) }));
  return { ...course, price: { amount, currency }, parts };
}
