import type { Lesson, LessonAccess, Lessons, PlaybackLog } from "../../domain/access/ports.ts";
import { hasActiveGrant, type Queries, uuidOrNull } from "./queries.ts";

/** How many lessons of one title are looked at: of the viewer's own courses, and of all. */
const NAMESAKES = 20;

/** Lessons in PostgreSQL, with what decides who may watch them. */
export function postgresLessons(sql: Queries): Lessons {
  return {
    async find(slugOrId, viewer) {
      const viewerId = viewer?.id ?? null;
      const [row] = await sql<(Omit<Lesson, "access"> & LessonAccess)[]>`
        with candidates as (
          select l.id from lessons l where l.slug = ${slugOrId} or l.id = ${uuidOrNull(slugOrId)}
          union
          (
            select l.id from (
            select g.course_id from grants g where g.student_id = ${viewerId}
            union
            select t.course_id from course_tutors t where t.user_id = ${viewerId}
          ) own
          join course_parts p on p.course_id = own.course_id
          join lessons l on l.part_id = p.id
          where title_slug(l.title) = ${slugOrId}
            limit ${NAMESAKES}
          )
          union
          (
            select l.id from lessons l where title_slug(l.title) = ${slugOrId}
            order by l.is_free_preview desc, l.created_at, l.id limit ${NAMESAKES}
          )
        )
        select * from (
          select l.id, c.id as "courseId", l.slug, l.title, l.description, l.position as "order",
            l.duration_seconds as "durationSeconds", l.is_free_preview as "isFreePreview",
            l.video_id as "videoId", l.created_at as "createdAt",
            (
              select jsonb_build_object('role', u.role, 'label', u.email)
              from users u join sessions s on s.user_id = u.id
              where u.id = ${viewerId} and s.id = ${uuidOrNull(viewer?.sessionId ?? "")}
                and s.revoked_at is null and u.deactivated_at is null and u.erased_at is null
            ) as viewer,
            c.is_published and c.archived_at is null as "courseIsPublished",
            exists (
              select from course_tutors t where t.course_id = c.id and t.user_id = ${viewerId}
            ) as "viewerTeaches",
            ${hasActiveGrant(sql, sql`c.id`, viewerId)} as "viewerHasGrant"
          from candidates
          join lessons l on l.id = candidates.id
          join course_parts p on p.id = l.part_id
          join courses c on c.id = p.course_id
        ) found
        order by id = ${uuidOrNull(slugOrId)} desc nulls last, "viewerHasGrant" desc, "viewerTeaches" desc,
          slug = ${slugOrId} desc, "courseIsPublished" and "isFreePreview" desc, "createdAt", id
        limit 1`;
      if (!row) return null;
      const { courseIsPublished, viewerTeaches, viewerHasGrant, ...lesson } = row;
      const { isFreePreview } = lesson;
      return { ...lesson, access: { courseIsPublished, isFreePreview, viewerTeaches, viewerHasGrant } };
    },
  };
}

/** Who asked to watch what, in PostgreSQL. */
export function postgresPlaybackLog(sql: Queries): PlaybackLog {
  return {
    async record({ lessonId, courseId, videoId, viewerId, address, userAgent, outcome }) {
      await sql`
        insert into playback_log (lesson_id, course_id, video_id, viewer_id, address, user_agent, outcome)
        values (${lessonId}, ${courseId}, ${videoId}, ${viewerId}, ${address}, ${
        userAgent.slice(0, 500)
      }, ${outcome})`;
    },
  };
}
