import type {
  Course,
  CourseDetail,
  CourseListing,
  LessonHeading,
  PartHeading,
} from "../../../domain/catalog/ports.ts";
import { jsonOf } from "../columns.ts";
import { fixedSql } from "../fixed_sql.ts";
import { type AsJson, fromJson, moneyFromJson } from "../json.ts";
import { courseProgress } from "../learning/progress.ts";
import { type Fragment, hasActiveGrant, type Queries } from "../queries.ts";

type CourseJson<Parts> = AsJson<Omit<Course, "price">> & {
  amount: string;
  currency: string;
  parts: Parts;
};
export type ListingJson = CourseJson<PartHeading[]>;
type LessonJson = AsJson<LessonHeading>;
export type DetailJson =
  & CourseJson<(PartHeading & { lessons: LessonJson[] })[]>
  & Omit<CourseDetail, keyof Course | "parts">;

/** Returns SQL that is true for a course `c` on sale. It must equal the condition of the indexes. */
export const onSale = (sql: Queries) => sql`c.is_published and c.archived_at is null`;

// A JSON value costs the driver half as much as two dozen columns of 100 rows (measured).

/** Returns SQL for a course `c` with its summary `s` as shown in lists, as JSON. */
export const listingJson = (sql: Queries, viewerId: string | null): Fragment =>
  viewerId === null ? sql.unsafe(LISTING_FOR_ANYONE) : listingFor(sql, viewerId);

/** Returns SQL for everything shown of a course `c` with its summary `s`, as JSON. */
export const detailJson = (sql: Queries, viewerId: string | null): Fragment =>
  viewerId === null ? sql.unsafe(DETAIL_FOR_ANYONE) : detailFor(sql, viewerId);

function listingFor(sql: Queries, viewerId: string | null): Fragment {
  return sql`json_build_object(${courseFields(sql, viewerId)},
    'parts', coalesce((
      select json_agg(json_build_object(${partFields(sql)}) order by p.position, p.created_at, p.id)
      from course_parts p where p.course_id = c.id
    ), '[]'))`;
}

function detailFor(sql: Queries, viewerId: string | null): Fragment {
  const details = jsonOf<Omit<CourseDetail, keyof Course | "parts">>(sql, "c", {
    objectives: true,
    requirements: true,
    isBeingBought: viewerId === null ? sql`false` : isBeingBought(sql, viewerId),
  });
  return sql`json_build_object(${courseFields(sql, viewerId)}, ${details},
    'parts', coalesce((
      select json_agg(
        json_build_object(${partFields(sql)},
          'lessons', coalesce((
            select json_agg(json_build_object(${lessonFields(sql)}) order by l.position, l.created_at, l.id)
            from lessons l where l.part_id = p.id
          ), '[]')
        ) order by p.position, p.created_at, p.id)
      from course_parts p where p.course_id = c.id
    ), '[]'))`;
}

const partFields = (sql: Queries) =>
  jsonOf<PartHeading>(sql, "p", {
    id: true,
    slug: true,
    title: true,
    description: true,
    order: sql`p.position`,
  });

const lessonFields = (sql: Queries) =>
  jsonOf<LessonHeading>(sql, "l", {
    id: true,
    slug: true,
    title: true,
    description: true,
    order: sql`l.position`,
    durationSeconds: true,
    isFreePreview: true,
    videoId: true,
    createdAt: true,
  });

const isBeingBought = (sql: Queries, viewerId: string) =>
  sql`exists (
    select from order_lines l where l.student_id = ${viewerId} and l.course_id = c.id
      and l.order_state in ('created', 'open', 'processing')
  )`;

function courseFields(sql: Queries, viewerId: string | null): Fragment {
  const hasAccess = viewerId === null ? sql`false` : hasActiveGrant(sql, sql`c.id`, viewerId);
  return jsonOf<Omit<CourseJson<never>, "parts">>(sql, "c", {
    id: true,
    slug: true,
    title: true,
    description: true,
    amount: sql`c.price_amount::text`,
    currency: sql`c.price_currency`,
    thumbnailKey: true,
    level: true,
    language: true,
    durationSeconds: sql`s.duration_seconds`,
    rating: sql`nullif(c.rating, 0)`,
    ratingCount: true,
    studentCount: true,
    isPublished: true,
    isArchived: sql`c.archived_at is not null`,
    createdAt: true,
    updatedAt: true,
    category: sql`(
      select json_build_object('id', k.id::text, 'name', k.name, 'slug', k.slug)
      from categories k where k.id = c.category_id
    )`,
    tutors: sql`coalesce((
      select json_agg(
        json_build_object(
          'id', u.id, 'firstName', u.first_name, 'lastName', u.last_name,
          'email', case when u.publishes_email then u.email else '' end, 'avatarKey', u.avatar_key
        ) order by t.position, u.id)
      from course_tutors t join users u on u.id = t.user_id where t.course_id = c.id
    ), '[]')`,
    isEnrolled: hasAccess,
    progress: viewerId === null
      ? sql`null`
      : sql`case when ${hasAccess} then ${courseProgress(sql, sql`c.id`, viewerId)} end`,
  });
}

const LISTING_FOR_ANYONE = fixedSql((sql) => listingFor(sql, null));
const DETAIL_FOR_ANYONE = fixedSql((sql) => detailFor(sql, null));

export function toListing({ amount, currency, ...course }: ListingJson): CourseListing {
  return {
    ...fromJson<Omit<CourseListing, "price">>(course, { createdAt: "date", updatedAt: "date" }),
    price: moneyFromJson({ amount, currency }),
  };
}

export function toDetail({ amount, currency, ...course }: DetailJson): CourseDetail {
  const withDate = (lesson: LessonJson) => fromJson<LessonHeading>(lesson, { createdAt: "date" });
  const parts = course.parts.map((part) => ({ ...part, lessons: part.lessons.map(withDate) }));
  return toListing({ amount, currency, ...course, parts }) as CourseDetail;
}
