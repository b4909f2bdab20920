import type { Authoring, CourseFields, OwnCourse, Readiness } from "../../../domain/authoring/ports.ts";
import { isCalled, type Queries, teaches } from "../queries.ts";
import { atFreeSlug } from "./slugs.ts";

type ReadinessRow = Omit<Readiness, "prices"> & { prices: { amount: string; currency: string }[] };
type Address = { id: string; slug: string };

/** Courses for those who make them, in PostgreSQL. */
export function postgresAuthoring(sql: Queries): Authoring {
  return {
    async course(slugOrId, callerId) {
      const [row] = await sql<OwnCourse[]>`
        select ${ownCourseColumns(sql, callerId)} from courses c
        where ${isCalled(sql, "c", slugOrId)}`;
      return row ?? null;
    },

    async lockCourse(id, callerId) {
      // In a statement of its own, so that the next one sees what the previous holder of the lock did to the tutors.
      await sql`select from courses where id = ${id} for update`;
      const [row] = await sql<OwnCourse[]>`
        select ${ownCourseColumns(sql, callerId)} from courses c where c.id = ${id}`;
      return row ?? null;
    },

    async addCourse({ slugs, tutorId, currency, ...fields }) {
      const columns = { ...courseColumns(fields), price_currency: currency };
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Address[]>`
          with course as (
            insert into courses ${sql({ slug, ...columns })} on conflict (slug) do nothing returning id, slug
          ), tutor as (
            insert into course_tutors (course_id, user_id) select id, ${tutorId} from course
          )
          select id, slug from course`;
        return row;
      });
    },

    async changeCourse(id, change) {
      const rows = await sql`
        update courses set ${
        sql(courseColumns(change))
      }, updated_at = statement_timestamp() where id = ${id} returning id`;
      return rows.length > 0;
    },

    async touchCourse(id) {
      await sql`
        update courses set updated_at = statement_timestamp() where id = ${id} and updated_at < statement_timestamp() - interval '1 minute'`;
    },

    async hasBuyers(id) {
      const [row] = await sql<{ any: boolean }[]>`
        select exists (select from grants where course_id = ${id}) or exists (
          select from order_lines where course_id = ${id} and order_state not in ('failed', 'expired')
        ) as any`;
      return row!.any;
    },

    async archiveCourse(id) {
      await sql`
        update courses set is_published = false, archived_at = coalesce(archived_at, statement_timestamp()), updated_at = statement_timestamp()
        where id = ${id}`;
    },

    async deleteCourse(id) {
      await sql`delete from courses where id = ${id}`;
    },

    // The copy's parts and lessons need slugs of their own: the original's with a random end.
    async copyCourse(id, { slugs, title }) {
      const ownEnd = sql`'-' || left(md5(random()::text || clock_timestamp()::text), 8)`;
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Address[]>`
          with copy as (
            insert into courses (slug, title, description, category_id, price_amount, price_currency, thumbnail_key,
              level, language, objectives, requirements, access_days, copied_from)
            select ${slug}, ${title}, description, category_id, price_amount, price_currency, thumbnail_key,
              level, language, objectives, requirements, access_days, id
            from courses where id = ${id}
            on conflict (slug) do nothing
            returning id, slug
          ), tutors as (
            insert into course_tutors (course_id, user_id, position)
            select copy.id, t.user_id, t.position from copy, course_tutors t where t.course_id = ${id}
          ), shares as (
            insert into earning_shares (course_id, user_id, percent, offset_percent, valid_from)
            select copy.id, s.user_id, s.percent, s.offset_percent, statement_timestamp() from copy, earning_shares s
            where s.course_id = ${id} and s.valid_until is null
          ), prices as (
            insert into course_prices (course_id, currency, amount)
            select copy.id, p.currency, p.amount from copy, course_prices p where p.course_id = ${id}
          ), part_pairs as (
            select p.id as original_id, gen_random_uuid() as copy_id from course_parts p where p.course_id = ${id}
          ), parts as (
            insert into course_parts (id, course_id, slug, title, description, position)
            select pair.copy_id, copy.id, left(p.slug, 120) || ${ownEnd}, p.title, p.description, p.position
            from copy, part_pairs pair join course_parts p on p.id = pair.original_id
          ), new_lessons as (
            insert into lessons (part_id, slug, title, description, position, duration_seconds, is_free_preview, video_id)
            select pair.copy_id, left(l.slug, 120) || ${ownEnd}, l.title, l.description, l.position,
              l.duration_seconds, l.is_free_preview, l.video_id
            from copy, part_pairs pair join lessons l on l.part_id = pair.original_id
          )
          select id, slug from copy`;
        return row;
      });
    },

    async holdCategory(id) {
      const rows = await sql`select id from categories where id = ${id} for key share`;
      return rows.length > 0;
    },

    async readiness(id) {
      const [row] = await sql<ReadinessRow[]>`
        select c.title, c.description, c.category_id is not null as "hasCategory",
          c.thumbnail_key is not null as "hasThumbnail", c.price_amount = 0 as "isFree",
          jsonb_build_array(jsonb_build_object('amount', c.price_amount::text, 'currency', c.price_currency)) || (
            select coalesce(jsonb_agg(jsonb_build_object('amount', p.amount::text, 'currency', p.currency)), '[]')
            from course_prices p where p.course_id = c.id and p.currency <> c.price_currency
          ) as prices,
          c.archived_at is not null as "isArchived", l.*
        from courses c cross join lateral (
          select count(*)::integer as "lessonCount",
            coalesce(bool_or(l.is_free_preview), false) as "hasFreePreview",
            coalesce(array_agg(l.slug order by p.position, l.position) filter (where l.video_id is null), '{}')
              as "lessonsWithoutVideo",
            coalesce(array_agg(l.slug order by p.position, l.position) filter (where trim(l.title) = ''), '{}')
              as "lessonsWithoutTitle"
          from course_parts p join lessons l on l.part_id = p.id where p.course_id = c.id
        ) l
        where c.id = ${id}`;
      if (!row) return null;
      return { ...row, prices: row.prices.map((price) => ({ ...price, amount: BigInt(price.amount) })) };
    },
  };
}

/** The given fields under the names of their columns. */
function courseColumns(fields: Partial<CourseFields>) {
  const columns = {
    title: fields.title,
    description: fields.description,
    category_id: fields.categoryId,
    price_amount: fields.priceAmount,
    thumbnail_key: fields.thumbnailKey,
    is_published: fields.isPublished,
    level: fields.level,
    language: fields.language,
    objectives: fields.objectives,
    requirements: fields.requirements,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

function ownCourseColumns(sql: Queries, callerId: string) {
  return sql`
    c.id, c.slug, c.title, c.price_amount as "priceAmount", c.price_currency as currency, c.thumbnail_key as "thumbnailKey",
    c.is_published as "isPublished",
    c.archived_at is not null as "isArchived",
    ${teaches(sql, "c.id", callerId)} as "isTaught"`;
}
