import type { Video, VideoFilter, VideoLibrary } from "../../../domain/media/ports.ts";
import { isCalled, type Queries, uuidOrNull } from "../queries.ts";

/** The shop's videos in PostgreSQL. */
export function postgresVideoLibrary(sql: Queries): VideoLibrary {
  const matching = ({ visibleTo, courseId, status }: VideoFilter) =>
    sql`
    from videos v where true
      ${
      visibleTo === undefined ? sql`` : sql`and (v.uploader_id = ${visibleTo} or exists (
        select from course_tutors t where t.user_id = ${visibleTo} and (t.course_id = v.course_id or t.course_id in (
          select p.course_id from lessons l join course_parts p on p.id = l.part_id where l.video_id = v.id
        ))
      ))`
    }
      ${courseId === undefined ? sql`` : sql`and v.course_id = ${uuidOrNull(courseId)}`}
      ${status === undefined ? sql`and v.status <> 'deleted'` : sql`and v.status = ${status}`}`;
  const columns = sql`
    v.id, v.title, v.course_id as "courseId", v.origin, v.status, v.length_seconds as "lengthSeconds",
    v.poster_url as "posterUrl", v.created_at as "createdAt",
    (
      select jsonb_build_object('id', u.id, 'name', trim(u.first_name || ' ' || u.last_name))
      from users u where u.id = v.uploader_id
    ) as uploader,
    (select count(*)::int from lessons l where l.video_id = v.id) as "lessonCount"`;

  return {
    async add({ id, title, uploaderId, courseId, origin, sourceUrl = null }) {
      const status = origin === "import" ? "processing" : "awaiting_upload";
      await sql`
        insert into videos (id, title, uploader_id, course_id, origin, source_url, status, checked_at)
        values (${id}, ${title}, ${uploaderId}, ${courseId}, ${origin}, ${sourceUrl}, ${status}, now())`;
    },

    async list(filter, { limit, offset }) {
      const [videos, [total]] = await Promise.all([
        sql<Video[]>`
          select ${columns} ${matching(filter)}
          order by v.created_at desc, v.id limit ${limit} offset ${offset}`,
        sql<{ count: number }[]>`select count(*)::int as count ${matching(filter)}`,
      ]);
      return { count: total!.count, videos };
    },

    async find(videoId, { visibleTo }) {
      const [video] = await sql<Video[]>`select ${columns} ${matching({ visibleTo })} and v.id = ${videoId}`;
      return video ?? null;
    },

    async course(slugOrId, tutorId) {
      const [course] = await sql<{ id: string }[]>`
        select c.id from courses c
        where ${isCalled(sql, "c", slugOrId)} and (${tutorId}::text is null or exists (
          select from course_tutors t where t.course_id = c.id and t.user_id = ${tutorId}
        ))`;
      return course?.id ?? null;
    },

    async hold(videoId, courseId) {
      const [video] = await sql<{ lengthSeconds: number | null }[]>`
        select v.length_seconds as "lengthSeconds" from videos v
        where v.id = ${videoId} and v.status not in ('deleting', 'deleted')
          and (v.course_id = ${courseId} or exists (
            select from course_tutors t where t.course_id = ${courseId} and t.user_id = v.uploader_id
          ))
        for share of v`;
      return video ?? null;
    },

    async pending(quietSeconds, limit) {
      const rows = await sql<{ id: string }[]>`
        select id from videos
        where status in ('awaiting_upload', 'processing')
          and (checked_at is null or checked_at < now() - make_interval(secs => ${quietSeconds}))
        order by checked_at nulls first limit ${limit}`;
      return rows.map(({ id }) => id);
    },

    async saveStatus(videoId, found) {
      const state = found?.state ?? "failed";
      // One statement: the video and the lessons that show it change together.
      await sql`
        with video as (
          update videos set
            status = case
              when ${state} = 'awaiting_upload' and created_at < now() - interval '1 day' then 'abandoned'
              else ${state}
            end,
            length_seconds = coalesce(${found?.lengthSeconds ?? null}, length_seconds),
            poster_url = coalesce(${found?.posterUrl ?? null}, poster_url),
            checked_at = now(), updated_at = now()
          where id = ${videoId} and status not in ('deleting', 'deleted')
          returning id, status, length_seconds
        )
        update lessons l set duration_seconds = video.length_seconds, updated_at = now()
        from video
        where l.video_id = video.id and video.status = 'ready' and video.length_seconds > 0
          and l.duration_seconds is distinct from video.length_seconds`;
    },

    async unusedFor(graceDays) {
      await sql`
        update videos v set unused_since = case when used.lesson then null else now() end
        from (select id, exists (select from lessons l where l.video_id = videos.id) as lesson from videos) used
        where used.id = v.id and v.status not in ('deleting', 'deleted')
          and used.lesson is distinct from (v.unused_since is null)`;
      return await sql<{ id: string; title: string; uploaderId: string | null; unusedSince: Date }[]>`
        select id, title, uploader_id as "uploaderId", unused_since as "unusedSince" from videos
        where status not in ('deleting', 'deleted') and unused_since <= now() - make_interval(days => ${graceDays})
        order by unused_since, id limit 1000`;
    },

    async claimForDeletion(videoId) {
      // In a statement of its own: the next one then sees the lesson of whoever held the video until now.
      await sql`select from videos where id = ${videoId} for update`;
      const rows = await sql`
        update videos set status = 'deleting', updated_at = now()
        where id = ${videoId} and status not in ('deleting', 'deleted')
          and not exists (select from lessons l where l.video_id = videos.id)
        returning id`;
      return rows.length > 0;
    },

    async markDeleted(videoId) {
      await sql`update videos set status = 'deleted', updated_at = now() where id = ${videoId}`;
    },
  };
}
