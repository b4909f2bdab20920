import type { Lesson, Outline, Outlines, OwnLesson, OwnPart, Part } from "../../../domain/authoring/ports.ts";
import { isCalled, type Queries, teaches } from "../queries.ts";
import { atFreeSlug } from "./slugs.ts";

/** Parts and lessons for those who make them, in PostgreSQL. */
export function postgresOutlines(sql: Queries): Outlines {
  return {
    async part(slugOrId, callerId) {
      const [row] = await sql<OwnPart[]>`
        select ${partColumns(sql)}, ${ownership(sql, callerId)}
        from course_parts p join courses c on c.id = p.course_id
        where ${isCalled(sql, "p", slugOrId)}`;
      return row ?? null;
    },

    async lesson(slugOrId, callerId) {
      const [row] = await sql<OwnLesson[]>`
        select ${lessonColumns(sql)}, ${ownership(sql, callerId)}
        from lessons l join course_parts p on p.id = l.part_id join courses c on c.id = p.course_id
        where ${isCalled(sql, "l", slugOrId)}`;
      return row ?? null;
    },

    async addPart({ courseId, title, description, order, slugs }) {
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Part[]>`
          insert into course_parts as p (course_id, slug, title, description, position)
          values (${courseId}, ${slug}, ${title}, ${description}, coalesce(${order}::integer, (
            select coalesce(max(position) + 1, 0) from course_parts where course_id = ${courseId}
          )))
          on conflict (slug) do nothing
          returning ${partColumns(sql)}`;
        return row;
      });
    },

    async addLesson({ partId, title, description, order, isFreePreview, videoId, durationSeconds, slugs }) {
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Lesson[]>`
          insert into lessons as l (part_id, slug, title, description, is_free_preview, video_id, duration_seconds,
            position)
          values (${partId}, ${slug}, ${title}, ${description}, ${isFreePreview}, ${videoId}, ${durationSeconds},
            coalesce(${order}::integer, ${behind(sql, partId)}))
          on conflict (slug) do nothing
          returning ${lessonColumns(sql)}`;
        return row;
      });
    },

    async changePart(id, { title, description, order }) {
      const [row] = await sql<Part[]>`
        update course_parts p set ${
        sql(givenColumns({ title, description, position: order }))
      }, updated_at = statement_timestamp()
        where p.id = ${id} returning ${partColumns(sql)}`;
      return row ?? null;
    },

    async changeLesson(id, { partId, order, isFreePreview, videoId, durationSeconds, title, description }) {
      const columns = givenColumns({
        title,
        description,
        position: order,
        is_free_preview: isFreePreview,
        video_id: videoId,
        duration_seconds: durationSeconds,
        part_id: partId,
      });
      const placed = partId !== undefined && order === undefined
        ? sql`, position = ${behind(sql, partId)}`
        : sql``;
      const [row] = await sql<Lesson[]>`
        update lessons l set ${sql(columns)}, updated_at = statement_timestamp() ${placed}
        where l.id = ${id} returning ${lessonColumns(sql)}`;
      return row ?? null;
    },

    async deletePart(id) {
      await sql`delete from course_parts where id = ${id}`;
    },

    async deleteLesson(id) {
      await sql`delete from lessons where id = ${id}`;
    },

    async outline(courseId) {
      return await sql<Outline>`
        select p.id, coalesce(
          array_agg(l.id::text order by l.position, l.created_at, l.id) filter (where l.id is not null), '{}'
        ) as lessons
        from course_parts p left join lessons l on l.part_id = p.id
        where p.course_id = ${courseId}
        group by p.id order by p.position, p.created_at, p.id`;
    },

    async arrange(outline) {
      const parts = outline.map(({ id }, position) => ({ id, position }));
      const lessons = outline.flatMap((part) =>
        part.lessons.map((id, position) => ({ id, part_id: part.id, position }))
      );
      await sql`
        update course_parts p set position = o.position, updated_at = statement_timestamp()
        from jsonb_to_recordset(${JSON.stringify(parts)}::text::jsonb) as o(id uuid, position integer)
        where p.id = o.id and p.position <> o.position`;
      await sql`
        update lessons l set part_id = o.part_id, position = o.position, updated_at = statement_timestamp()
        from jsonb_to_recordset(${JSON.stringify(lessons)}::text::jsonb)
          as o(id uuid, part_id uuid, position integer)
        where l.id = o.id and (l.part_id, l.position) <> (o.part_id, o.position)`;
    },
  };
}

const givenColumns = (columns: Record<string, string | number | boolean | null | undefined>) =>
  Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));

/** SQL for the position behind a part's lessons. */
const behind = (sql: Queries, partId: string) =>
  sql`(select coalesce(max(position) + 1, 0) from lessons where part_id = ${partId})`;

function ownership(sql: Queries, callerId: string) {
  return sql`
    c.id as "courseId", c.is_published as "isPublished",
    ${teaches(sql, "c.id", callerId)} as "isTaught"`;
}

function partColumns(sql: Queries) {
  return sql`p.id, p.slug, p.title, p.description, p.position as order, p.created_at as "createdAt"`;
}

function lessonColumns(sql: Queries) {
  return sql`
    l.id, l.part_id as "partId", l.slug, l.title, l.description, l.position as order,
    l.duration_seconds as "durationSeconds", l.is_free_preview as "isFreePreview", l.video_id as "videoId",
    l.created_at as "createdAt"`;
}
