import type { Authoring, OwnCourse, Readiness } from "../../../domain/authoring/ports.ts";
import { changed, inserted, rowOf } from "../columns.ts";
import { type AsJson, moneyFromJson } from "../json.ts";
import { isCalled, type Queries, teaches } from "../queries.ts";
import { copiedColumns } from "./copy_course.ts";
import { atFreeSlug } from "./slugs.ts";

type ReadinessRow = Omit<Readiness, "prices"> & { prices: AsJson<Readiness["prices"][number]>[] };
type Address = { id: string; slug: string };

/** Returns courses for their editors, in PostgreSQL. */
export function postgresAuthoring(sql: Queries): Authoring {
  return {
    async course(slugOrId, callerId) {
      const [row] = await sql<OwnCourse[]>`
        select ${ownCourseColumns(sql, callerId)} from courses c
        where ${isCalled(sql, "c", slugOrId)}`;
      return row ?? null;
    },

    async lockCourse(id, callerId) {
      // A separate statement, so that the next one sees the tutors as the previous holder of the lock left them.
      await sql`select from courses where id = ${id} for update`;
      const [row] = await sql<OwnCourse[]>`
        select ${ownCourseColumns(sql, callerId)} from courses c where c.id = ${id}`;
      return row ?? null;
    },

    async addCourse({ slugs, tutorId, currency, ...fields }) {
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Address[]>`
          with course as (
            insert into courses ${
          inserted(sql, { ...fields, slug, priceCurrency: currency })
        } on conflict (slug) do nothing returning id, slug
          ), tutor as (
            insert into course_tutors (course_id, user_id) select id, ${tutorId} from course
          )
          select id, slug from course`;
        return row;
      });
    },

    async changeCourse(id, change) {
      const rows = await sql`
        update courses set ${changed(sql, change)} where id = ${id} returning id`;
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

    // The copy's parts and lessons need their own slugs: the original's with a random suffix.
    async copyCourse(id, { slugs, title }) {
      const ownEnd = sql`'-' || left(md5(random()::text || clock_timestamp()::text), 8)`;
      const columns = await copiedColumns(sql);
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Address[]>`
          with copy as (
            insert into courses (slug, title, copied_from, ${columns.courses.names})
            select ${slug}, ${title}, c.id, ${columns.courses.of("c")} from courses c where c.id = ${id}
            on conflict (slug) do nothing
            returning id, slug
          ), tutors as (
            insert into course_tutors (course_id, ${columns.course_tutors.names})
            select copy.id, ${
          columns.course_tutors.of("t")
        } from copy, course_tutors t where t.course_id = ${id}
          ), shares as (
            insert into earning_shares (course_id, ${columns.earning_shares.names})
            select copy.id, ${columns.earning_shares.of("s")} from copy, earning_shares s
            where s.course_id = ${id} and s.valid_until is null
          ), prices as (
            insert into course_prices (course_id, ${columns.course_prices.names})
            select copy.id, ${
          columns.course_prices.of("p")
        } from copy, course_prices p where p.course_id = ${id}
          ), part_pairs as (
            select p.id as original_id, gen_random_uuid() as copy_id from course_parts p where p.course_id = ${id}
          ), parts as (
            insert into course_parts (id, course_id, slug, ${columns.course_parts.names})
            select pair.copy_id, copy.id, left(p.slug, 120) || ${ownEnd}, ${columns.course_parts.of("p")}
            from copy, part_pairs pair join course_parts p on p.id = pair.original_id
          ), new_lessons as (
            insert into lessons (part_id, slug, ${columns.lessons.names})
            select pair.copy_id, left(l.slug, 120) || ${ownEnd}, ${columns.lessons.of("l")}
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
      return { ...row, prices: row.prices.map(moneyFromJson) };
    },
  };
}

function ownCourseColumns(sql: Queries, callerId: string) {
  return rowOf<OwnCourse>(sql, "c", {
    id: true,
    slug: true,
    title: true,
    priceAmount: true,
    currency: sql`c.price_currency`,
    thumbnailKey: true,
    isPublished: true,
    isArchived: sql`c.archived_at is not null`,
    isTaught: teaches(sql, "c.id", callerId),
  });
}
