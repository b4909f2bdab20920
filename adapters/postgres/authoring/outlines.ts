import type {
  Lesson,
  Outline,
  Outlines,
  Ownership,
  OwnLesson,
  OwnPart,
  Part,
} from "../../../domain/authoring/ports.ts";
import { changed, inserted, rowOf } from "../columns.ts";
import { recordset } from "../lists.ts";
import { isCalled, nextPosition, type Queries, teaches } from "../queries.ts";
import { atFreeSlug } from "./slugs.ts";

/** Returns parts and lessons for their editors, in PostgreSQL. */
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

    async addPart({ courseId, order, slugs, ...fields }) {
      const position = order ?? sql`(
        select ${nextPosition(sql)} from course_parts where course_id = ${courseId}
      )`;
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Part[]>`
          insert into course_parts as p ${inserted(sql, { ...fields, courseId, slug, position })}
          on conflict (slug) do nothing
          returning ${partColumns(sql)}`;
        return row;
      });
    },

    async addLesson({ partId, order, slugs, ...fields }) {
      const position = order ?? behind(sql, partId);
      return await atFreeSlug(slugs, async (slug) => {
        const [row] = await sql<Lesson[]>`
          insert into lessons as l ${inserted(sql, { ...fields, partId, slug, position })}
          on conflict (slug) do nothing
          returning ${lessonColumns(sql)}`;
        return row;
      });
    },

    async changePart(id, { order, ...fields }) {
      const [row] = await sql<Part[]>`
        update course_parts p set ${changed(sql, { ...fields, position: order })}
        where p.id = ${id} returning ${partColumns(sql)}`;
      return row ?? null;
    },

    async changeLesson(id, { order, ...fields }) {
      const position = fields.partId !== undefined && order === undefined
        ? behind(sql, fields.partId)
        : order;
      const [row] = await sql<Lesson[]>`
        update lessons l set ${changed(sql, { ...fields, position })}
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
        from ${recordset(sql, parts)} as o(id uuid, position integer)
        where p.id = o.id and p.position <> o.position`;
      await sql`
        update lessons l set part_id = o.part_id, position = o.position, updated_at = statement_timestamp()
        from ${recordset(sql, lessons)}
          as o(id uuid, part_id uuid, position integer)
        where l.id = o.id and (l.part_id, l.position) <> (o.part_id, o.position)`;
    },
  };
}

/** Returns SQL for the position after a part's lessons. */
const behind = (sql: Queries, partId: string) =>
  sql`(select ${nextPosition(sql)} from lessons where part_id = ${partId})`;

function ownership(sql: Queries, callerId: string) {
  return rowOf<Ownership>(sql, "c", {
    courseId: sql`c.id`,
    isPublished: true,
    isTaught: teaches(sql, "c.id", callerId),
  });
}

function partColumns(sql: Queries) {
  return rowOf<Part>(sql, "p", {
    id: true,
    slug: true,
    title: true,
    description: true,
    order: sql`p.position`,
    createdAt: true,
  });
}

function lessonColumns(sql: Queries) {
  return rowOf<Lesson>(sql, "l", {
    id: true,
    partId: true,
    slug: true,
    title: true,
    description: true,
    order: sql`l.position`,
    durationSeconds: true,
    isFreePreview: true,
    videoId: true,
    createdAt: true,
  });
}
