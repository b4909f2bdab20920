import type { Queries } from "../postgres/queries.ts";
import { analyze, giveSlugs } from "./staging.ts";

/** Writes universities. Those of one name become the first, whose empty fields the others fill. */
export async function writeUniversities(sql: Queries): Promise<void> {
  const first = (column: string, isGiven: string) =>
    `(array_agg(${column} order by id) filter (where ${isGiven}))[1]`;
  const text = (column: string) => `coalesce(${first(column, `${column} <> ''`)}, '')`;
  await sql`
    create temporary table universities_here on commit drop as
    select id, min(id) over (partition by name) as university_id from former_core_university`;
  await sql.unsafe(`
    insert into universities (
      id, name, description, website, country, city, location, global_rank, country_rank, created_at, updated_at
    )
    select min(id), name, ${["description", "website", "country", "city", "location"].map(text).join(", ")},
      ${first("global_rank", "global_rank is not null")}, ${
    first("country_rank", "country_rank is not null")
  },
      ${first("created_at", "true")}, ${first("updated_at", "true")}
    from former_core_university group by name`);
  await sql.unsafe(`
    insert into legacy_pictures (subject, subject_id, key)
    select 'university', min(id), 'media/' || ${first("logo", "logo <> ''")}
    from former_core_university group by name having bool_or(logo <> '')`);
  await sql`
    insert into legacy_report (table_name, row_id, what, why, other_id)
    select 'core_university', id, 'merged', 'has the name of another one', university_id
    from universities_here where id <> university_id order by id`;
}

/** Writes the categories that courses are in. Those of one name become the one with a slug, else the first. */
export async function writeCategories(sql: Queries): Promise<void> {
  await sql`
    create temporary table categories_here on commit drop as
    select id, first_value(id) over (partition by name order by slug is null, id) as category_id
    from former_courses_category`;
  await sql`
    create temporary table used_categories on commit drop as
    select distinct h.category_id from categories_here h join former_courses_course c on c.category_id = h.id`;
  await giveSlugs(sql, "courses_category");
  await sql`
    insert into categories (id, name, slug)
    select c.id, c.name, c.slug from former_courses_category c join used_categories u on u.category_id = c.id`;
  await sql`
    insert into legacy_report (table_name, row_id, what, why, other_id)
    select 'courses_category', h.id, case when h.id <> h.category_id and u.category_id is not null then 'merged' else 'skipped' end,
      case when u.category_id is null then 'no course is in it' else 'has the name of another one' end,
      case when h.id <> h.category_id then h.category_id end
    from categories_here h left join used_categories u on u.category_id = h.category_id
    where h.id <> h.category_id or u.category_id is null order by h.id`;
}

/**
 * Writes courses and their tutors. The former shop sold everything, whatever `is_published` said; so whatever was
 * bought or watched stays on sale.
 */
export async function writeCourses(sql: Queries): Promise<void> {
  await giveSlugs(sql, "courses_course");
  await sql`
    create temporary table courses_here on commit drop as
    select c.id, case when c.price >= 0 and c.price <> 'NaN' then (c.price * 100)::bigint else 0 end as cents,
      c.price < 0 or c.price = 'NaN' as is_priceless,
      (c.is_published or e.course_id is not null or s.course_id is not null)
        and (c.price = 0 or c.price >= 0.5 and c.price <> 'NaN') as is_published,
      not c.is_published and e.course_id is null and t.course_id is null and p.course_id is null and o.course_id is null
        as is_empty
    from former_courses_course c
    left join (select distinct course_id from former_courses_enrollment) e on e.course_id = c.id
    left join (select distinct course_id from former_courses_course_tutors) t on t.course_id = c.id
    left join (select distinct course_id from former_courses_coursepart) p on p.course_id = c.id
    left join (select distinct course_id from former_payments_order_courses) o on o.course_id = c.id
    left join (
      select distinct i.course_id from former_payments_order_courses i
      join former_payments_payment p on p.order_id = i.order_id and p.status = 2
    ) s on s.course_id = c.id`;
  await sql`create unique index on courses_here (id)`;
  await sql`
    insert into courses (
      id, slug, title, description, category_id, price_amount, price_currency, thumbnail_key, is_published, language,
      created_at, updated_at
    )
    select c.id, c.slug, c.title, coalesce(c.description, ''), k.category_id, h.cents, 'usd', c.thumbnail_key,
      h.is_published, c.language, c.created_at, c.updated_at
    from former_courses_course c join courses_here h on h.id = c.id left join categories_here k on k.id = c.category_id
    where not h.is_empty`;
  await sql`
    insert into legacy_pictures (subject, subject_id, key)
    select 'course', c.id, 'media/' || c.thumbnail from former_courses_course c join courses_here h on h.id = c.id
    where c.thumbnail <> '' and not h.is_empty`;
  await sql`
    create temporary table tutors_here on commit drop as
    select t.course_id, a.user_id, min(t.id) as id from former_courses_course_tutors t join accounts a on a.id = t.user_id
    group by t.course_id, a.user_id`;
  await sql`
    insert into course_tutors (course_id, user_id, position)
    select course_id, user_id, row_number() over (partition by course_id order by id) - 1 from tutors_here`;
  await sql`
    insert into legacy_report (table_name, row_id, what, why, other_id)
    select l.table_name, l.id, l.what, l.why, l.other_id from (
      select 1 as n, 'courses_course' as table_name, id::text, 'skipped' as what,
        'a draft without tutor, part, student and order' as why, null as other_id
      from courses_here where is_empty
      union all
      select 2, 'courses_course', id::text, 'person', 'its price was negative: it is a draft that costs nothing', null
      from courses_here where is_priceless and not is_empty
      union all
      select 3, 'courses_course', id::text, 'person', 'its price is below 0.50 USD, which nobody could pay: it is a draft', null
      from courses_here where cents between 1 and 49 and not is_empty
      union all
      select 4, 'courses_course', c.id::text, 'changed', 'was not marked as published but sold: it is on sale', null
      from former_courses_course c join courses_here h on h.id = c.id where h.is_published and not c.is_published
      union all
      select 5, 'courses_course', h.id::text, 'person', 'has no tutor: only administrators can edit it', null
      from courses_here h where not h.is_empty and not exists (select from tutors_here t where t.course_id = h.id)
      union all
      select 6, 'courses_course', course_id::text, 'person', 'has several tutors: the first one gets all earnings until shares are set', null
      from tutors_here group by course_id having count(*) > 1
      union all
      select 7, 'courses_course_tutors', t.id::text, 'merged', 'both tutors are one account now', a.user_id
      from former_courses_course_tutors t join accounts a on a.id = t.user_id
      where t.id not in (select id from tutors_here)
    ) l order by l.n, l.id`;
}

/** Writes parts, lessons and the videos that lessons show. Positions are counted anew. */
export async function writeOutlines(sql: Queries): Promise<void> {
  await giveSlugs(sql, "courses_coursepart");
  await giveSlugs(sql, "courses_lesson");
  await sql`
    insert into course_parts (id, course_id, slug, title, description, position, created_at, updated_at)
    select id, course_id, slug, title, coalesce(description, ''),
      row_number() over (partition by course_id order by "order", created_at, id) - 1, created_at, updated_at
    from former_courses_coursepart`;
  await sql`
    insert into lessons (
      id, part_id, slug, title, description, position, duration_seconds, is_free_preview, video_id, created_at,
      updated_at
    )
    select id, part_id, slug, title, coalesce(description, ''),
      row_number() over (partition by part_id order by "order", created_at, id) - 1, seconds, is_free_preview, video_id,
      created_at, updated_at
    from former_courses_lesson`;
  await sql`
    insert into videos (id, uploader_id, course_id, origin, status, created_at, updated_at)
    select distinct on (l.video_id) l.video_id, (
        select t.user_id from course_tutors t where t.course_id = p.course_id order by t.position limit 1
      ), p.course_id, 'legacy', 'ready', l.created_at, l.created_at
    from lessons l join course_parts p on p.id = l.part_id
    where l.video_id is not null
    order by l.video_id, l.created_at, l.id`;
}

/** Writes comments that have an author, a lesson and a text. */
export async function writeComments(sql: Queries): Promise<void> {
  await sql`
    create temporary table comments_here on commit drop as
    select f.*, a.user_id as author_id, case
      when f.user_id is null then 'its author was deleted'
      when f.lesson_id is null then 'its lesson was deleted'
      when f.text is null then 'it has no text'
    end as fault
    from former_courses_comment f left join accounts a on a.id = f.user_id`;
  await sql`
    insert into comments (id, lesson_id, author_id, content, created_at, updated_at)
    select id, lesson_id, author_id, text, created_at, updated_at from comments_here where fault is null`;
  await sql`
    insert into legacy_report (table_name, row_id, what, why)
    select 'courses_comment', id, 'skipped', fault from comments_here where fault is not null order by id`;
  await analyze(sql, "users", "courses", "course_parts", "lessons", "course_tutors");
}
