import type { Video, VideoFilter, VideoLibrary } from "../../../domain/media/ports.ts";
import { allOf, listOf } from "../lists.ts";
import { type Queries, teaches, uuidOrNull } from "../queries.ts";

/** Returns the shop's videos in PostgreSQL. */
export function postgresVideoLibrary(sql: Queries): VideoLibrary {
  const matching = ({ visibleTo, courseId, status }: VideoFilter) =>
    sql`
    from videos v where ${
      allOf(sql, [
        visibleTo === undefined ? undefined : sql`(
          v.uploader_id = ${visibleTo} or ${teaches(sql, "v.course_id", visibleTo)} or exists (
            select from lessons l join course_parts p on p.id = l.part_id
            where l.video_id = v.id and ${teaches(sql, "p.course_id", visibleTo)}
          )
        )`,
        courseId === undefined ? undefined : sql`v.course_id = ${uuidOrNull(courseId)}`,
        status === undefined ? sql`v.status <> 'deleted'` : sql`v.status = ${status}`,
      ])
    }`;
  const columns = sql`
    v.id, v.title, v.course_id as "courseId", v.origin, v.status, v.length_seconds as "lengthSeconds",
    v.poster_url as "posterUrl", v.created_at as "createdAt",
    (
      select jsonb_build_object('id', u.id, 'name', trim(u.first_name || ' ' || u.last_name))
      from users u where u.id = v.uploader_id
    ) as uploader,
    (select count(*)::int from lessons l where l.video_id = v.id) as "lessonCount"`;

  const isShown = (where: ReturnType<typeof sql>) =>
    sql`exists (
      select from lessons l join course_parts p on p.id = l.part_id where l.video_id = v.id and ${where}
    )`;
  const isShownIn = (courseId: string) => isShown(sql`p.course_id = ${courseId}`);
  const isShownElsewhere = (courseId: string) => isShown(sql`p.course_id <> ${courseId}`);

  return {
    async add({ id, title, uploaderId, courseId, origin, sourceUrl = null }) {
      const status = origin === "import" ? "processing" : "awaiting_upload";
      await sql`
        insert into videos (id, title, uploader_id, course_id, origin, source_url, status, checked_at)
        values (${id}, ${title}, ${uploaderId}, ${courseId}, ${origin}, ${sourceUrl}, ${status}, statement_timestamp())`;
    },

    async list(filter, range) {
      const { count, rows: videos } = await listOf<Video>(sql, {
        select: columns,
        from: matching(filter),
        order: sql`v.created_at desc, v.id`,
      }, range);
      return { count, videos };
    },

    async find(videoId, { visibleTo }) {
      const [video] = await sql<Video[]>`select ${columns} ${matching({ visibleTo })} and v.id = ${videoId}`;
      return video ?? null;
    },

    async hold(videoId, { courseId, callerId }) {
      const [video] = await sql<{ lengthSeconds: number | null }[]>`
        select v.length_seconds as "lengthSeconds" from videos v
        where v.id = ${videoId} and v.status not in ('deleting', 'deleted') and (
          ${callerId}::text is null or v.uploader_id = ${callerId} or v.course_id = ${courseId}
          or ${isShownIn(courseId)}
        )
        for share of v`;
      return video ?? null;
    },

    async passOn(courseId, { from, to }) {
      await sql`
        update videos v set
          course_id = coalesce(v.course_id, ${courseId}),
          uploader_id = case
            when coalesce(v.course_id, ${courseId}) = ${courseId} and not ${
        isShownElsewhere(courseId)
      } then ${to}
            else v.uploader_id
          end,
          updated_at = statement_timestamp()
        where v.uploader_id = ${from} and (v.course_id = ${courseId} or ${isShownIn(courseId)})`;
    },

    async pending(quietSeconds, limit) {
      const rows = await sql<{ id: string }[]>`
        select id from videos
        where status in ('awaiting_upload', 'processing')
          and (checked_at is null or checked_at < statement_timestamp() - make_interval(secs => ${quietSeconds}))
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
              when ${state} = 'awaiting_upload' and created_at < statement_timestamp() - interval '1 day' then 'abandoned'
              else ${state}
            end,
            length_seconds = coalesce(${found?.lengthSeconds ?? null}, length_seconds),
            poster_url = coalesce(${found?.posterUrl ?? null}, poster_url),
            checked_at = statement_timestamp(), updated_at = statement_timestamp()
          where id = ${videoId} and status not in ('deleting', 'deleted')
          returning id, status, length_seconds
        )
        update lessons l set duration_seconds = video.length_seconds, updated_at = statement_timestamp()
        from video
        where l.video_id = video.id and video.status = 'ready' and video.length_seconds > 0
          and l.duration_seconds is distinct from video.length_seconds`;
    },

    async unusedFor(graceDays) {
      await sql`
        update videos v set unused_since = case when used.lesson then null else statement_timestamp() end
        from (select id, exists (select from lessons l where l.video_id = videos.id) as lesson from videos) used
        where used.id = v.id and v.status not in ('deleting', 'deleted')
          and used.lesson is distinct from (v.unused_since is null)`;
      return await sql<{ id: string; title: string; uploaderId: string | null; unusedSince: Date }[]>`
        select id, title, uploader_id as "uploaderId", unused_since as "unusedSince" from videos
        where status not in ('deleting', 'deleted') and unused_since <= statement_timestamp() - make_interval(days => ${graceDays})
        order by unused_since, id limit 1000`;
    },

    async claimForDeletion(videoId) {
      // A separate statement, so that the next one sees the lessons as the previous holder of the lock left them.
      await sql`select from videos where id = ${videoId} for update`;
      const rows = await sql`
        update videos set status = 'deleting', updated_at = statement_timestamp()
        where id = ${videoId} and status not in ('deleting', 'deleted')
          and not exists (select from lessons l where l.video_id = videos.id)
        returning id`;
      return rows.length > 0;
    },

    async markDeleted(videoId) {
      await sql`update videos set status = 'deleted', updated_at = statement_timestamp() where id = ${videoId}`;
    },
  };
}
