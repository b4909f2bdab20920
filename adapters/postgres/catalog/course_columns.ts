import type {
  Course,
  CourseDetail,
  CourseListing,
  LessonHeading,
  PartHeading,
} from "../../../domain/catalog/ports.ts";
import { parseTimestamps, type Plain } from "../moments.ts";
import { courseProgress } from "../learning/progress.ts";
import { type Fragment, hasActiveGrant, type Queries } from "../queries.ts";

type CourseJson<Parts> = Plain<Omit<Course, "price">> & {
  amount: string;
  currency: string;
  parts: Parts;
};
export type ListingJson = CourseJson<PartHeading[]>;
type LessonJson = Omit<LessonHeading, "createdAt"> & { createdAt: string };
export type DetailJson = CourseJson<(PartHeading & { lessons: LessonJson[] })[]> & {
  objectives: string[];
  requirements: string[];
  isBeingBought: boolean;
};

/** SQL that is true for a course `c` on sale; in the very words of the indexes. */
export const onSale = (sql: Queries) => sql`c.is_published and c.archived_at is null`;

// One JSON value costs the driver half of what two dozen columns of 100 rows do (measured).

/** SQL for what a list shows of a course `c` with its summary `s`, as JSON. */
export function listingJson(sql: Queries, viewerId: string | null): Fragment {
  return sql`json_build_object(${courseFields(sql, viewerId)},
    'parts', coalesce((
      select json_agg(
        json_build_object(
          'id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'order', p.position
        ) order by p.position, p.created_at, p.id)
      from course_parts p where p.course_id = c.id
    ), '[]'))`;
}

/** SQL for everything shown of a course `c` with its summary `s`, as JSON. */
export function detailJson(sql: Queries, viewerId: string | null): Fragment {
  return sql`json_build_object(${courseFields(sql, viewerId)},
    'objectives', c.objectives, 'requirements', c.requirements,
    'isBeingBought', ${viewerId === null ? sql`false` : isBeingBought(sql, viewerId)},
    'parts', coalesce((
      select json_agg(
        json_build_object(
          'id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'order', p.position,
          'lessons', coalesce((
            select json_agg(
              json_build_object(
                'id', l.id, 'slug', l.slug, 'title', l.title, 'description', l.description,
                'order', l.position, 'durationSeconds', l.duration_seconds,
                'isFreePreview', l.is_free_preview, 'videoId', l.video_id, 'createdAt', l.created_at
              ) order by l.position, l.created_at, l.id)
            from lessons l where l.part_id = p.id
          ), '[]')
        ) order by p.position, p.created_at, p.id)
      from course_parts p where p.course_id = c.id
    ), '[]'))`;
}

const isBeingBought = (sql: Queries, viewerId: string) =>
  sql`exists (
    select from order_lines l where l.student_id = ${viewerId} and l.course_id = c.id
      and l.order_state in ('created', 'open', 'processing')
  )`;

function courseFields(sql: Queries, viewerId: string | null): Fragment {
  const access = viewerId === null ? sql`'isEnrolled', false, 'progress', null` : accessFields(sql, viewerId);
  return sql`
    'id', c.id, 'slug', c.slug, 'title', c.title, 'description', c.description,
    'amount', c.price_amount::text, 'currency', c.price_currency, 'thumbnailKey', c.thumbnail_key,
    'level', c.level, 'language', c.language, 'durationSeconds', s.duration_seconds,
    'rating', nullif(c.rating, 0), 'ratingCount', c.rating_count, 'studentCount', c.student_count,
    'isPublished', c.is_published, 'isArchived', c.archived_at is not null,
    'createdAt', c.created_at, 'updatedAt', c.updated_at,
    'category', (
      select json_build_object('id', k.id::text, 'name', k.name, 'slug', k.slug)
      from categories k where k.id = c.category_id
    ),
    'tutors', coalesce((
      select json_agg(
        json_build_object(
          'id', u.id, 'firstName', u.first_name, 'lastName', u.last_name,
          'email', case when u.publishes_email then u.email else '' end, 'avatarKey', u.avatar_key
        ) order by t.position, u.id)
      from course_tutors t join users u on u.id = t.user_id where t.course_id = c.id
    ), '[]'), ${access}`;
}

function accessFields(sql: Queries, viewerId: string): Fragment {
  const hasAccess = hasActiveGrant(sql, sql`c.id`, viewerId);
  return sql`
    'isEnrolled', ${hasAccess},
    'progress', case when ${hasAccess} then ${courseProgress(sql, sql`c.id`, viewerId)} end`;
}

export function toListing({ amount, currency, ...course }: ListingJson): CourseListing {
  return {
    ...parseTimestamps<Omit<CourseListing, "price">>(course),
    price: { amount: BigInt(amount), currency },
  };
}

export function toDetail({ amount, currency, ...course }: DetailJson): CourseDetail {
  const withDate = (lesson: LessonJson) => ({ ...lesson, createdAt: new Date(lesson.createdAt) });
  const parts = course.parts.map((part) => ({ ...part, lessons: part.lessons.map(withDate) }));
  return toListing({ amount, currency, ...course, parts }) as CourseDetail;
}
