import type { CourseUpdate, CourseUpdates } from "../../../domain/notifications/updates/ports.ts";
import { listOf } from "../lists.ts";
import { hasActiveGrant, isCalled, type Queries, teaches, uuidOrNull } from "../queries.ts";

/** Returns tutors' course updates, in PostgreSQL. */
export function postgresCourseUpdates(sql: Queries): CourseUpdates {
  return {
    async reader(slugOrId, userId) {
      const [row] = await sql<{ courseId: string; teaches: boolean; hasAccess: boolean }[]>`
        select c.id as "courseId", ${hasActiveGrant(sql, sql`c.id`, userId)} as "hasAccess",
          ${teaches(sql, "c.id", userId)} as teaches
        from courses c where ${isCalled(sql, "c", slugOrId)}`;
      return row ?? null;
    },

    async add({ courseId, authorId, title, text }) {
      const [row] = await sql<CourseUpdate[]>`
        with n as (
          insert into course_updates (course_id, author_id, title, body)
          values (${courseId}, ${authorId}, ${title}, ${text})
          returning id, author_id, title, body, created_at
        )
        select ${columns(sql)} from n`;
      return row!;
    },

    async list(courseId, range) {
      const { count, rows: updates } = await listOf<CourseUpdate>(sql, {
        select: columns(sql),
        from: sql`from course_updates n where n.course_id = ${courseId}`,
        order: sql`n.created_at desc, n.id`,
      }, range);
      return { count, updates };
    },

    async nextReaders(updateId, limit) {
      const [update] = await sql<{ courseId: string; mailedUpTo: string }[]>`
        select course_id as "courseId", mailed_up_to as "mailedUpTo" from course_updates
        where id = ${uuidOrNull(updateId)} and mailed_at is null for update`;
      if (!update) return [];
      const readers = await sql<{ id: string }[]>`
        select distinct u.id from users u join grants given on given.student_id = u.id
        where given.course_id = ${update.courseId} and u.id > ${update.mailedUpTo}
          and ${hasActiveGrant(sql, sql`given.course_id`, sql`u.id`)}
        order by u.id limit ${limit}`;
      const last = readers.at(-1);
      await sql`
        update course_updates set mailed_up_to = ${last?.id ?? update.mailedUpTo},
          mailed_at = ${last ? null : sql`statement_timestamp()`}
        where id = ${updateId}`;
      return readers.map(({ id }) => id);
    },
  };
}

function columns(sql: Queries) {
  return sql`
    n.id, n.title, n.body as text, n.created_at as "createdAt",
    coalesce((select trim(a.first_name || ' ' || a.last_name) from users a where a.id = n.author_id), '') as author`;
}
