import type {
  CoursePlaybackRules,
  PlaybackRules,
  PlaybackSession,
  PlaybackSessions,
  Stream,
} from "../../../domain/playback/ports.ts";
import { isCalled, type Queries, teaches, uuidOrNull } from "../queries.ts";

/** Returns playback sessions and their leases in PostgreSQL. */
export function postgresPlaybackSessions(sql: Queries): PlaybackSessions {
  return {
    async lockStreams(viewerId) {
      await sql`select from users where id = ${viewerId} for no key update`;
      return await sql<Stream[]>`
        select s.id as "playbackSessionId", s.sign_in_id as "signInId", s.user_agent as "userAgent",
          coalesce(l.title, '') as "lessonTitle", s.started_at as "startedAt"
        from playback_sessions s left join lessons l on l.id = s.lesson_id
        where s.viewer_id = ${viewerId} and s.ended_at is null and s.lease_until > statement_timestamp()
        order by s.started_at, s.id`;
    },

    async open({ viewerId, signInId, lessonId, courseId, videoId, ipAddress, userAgent, leaseSeconds }) {
      const [row] = await sql<{ id: string }[]>`
        insert into playback_sessions
          (viewer_id, sign_in_id, lesson_id, course_id, video_id, address, user_agent, position_seconds, lease_until)
        values (${viewerId}, ${signInId}, ${lessonId}, ${courseId}, ${videoId}, ${ipAddress},
          ${userAgent},
          coalesce((
            select position_seconds from lesson_progress where student_id = ${viewerId} and lesson_id = ${lessonId}
          ), 0),
          statement_timestamp() + make_interval(secs => ${leaseSeconds}))
        returning id`;
      return row!.id;
    },

    async find(id, viewerId) {
      const [row] = await sql<PlaybackSession[]>`
        select id, lesson_id as "lessonId", ended_by as "endedBy"
        from playback_sessions where id = ${uuidOrNull(id)} and viewer_id = ${viewerId}`;
      return row ?? null;
    },

    async beat(id, { positionSeconds, playing, leaseSeconds }) {
      const [row] = await sql<{ seconds: number }[]>`
        update playback_sessions s set
          position_seconds = ${positionSeconds},
          watched_seconds = s.watched_seconds + counted.seconds,
          last_seen_at = statement_timestamp(),
          lease_until = statement_timestamp() + make_interval(secs => ${leaseSeconds})
        from (
          select id, case when ${playing}
            then least(90, round(extract(epoch from statement_timestamp() - last_seen_at)))::int else 0 end as seconds
          from playback_sessions where id = ${id} and ended_at is null for update
        ) counted
        where s.id = counted.id
        returning counted.seconds`;
      return row?.seconds ?? null;
    },

    async end(id, endedBy) {
      await sql`
        update playback_sessions set ended_at = statement_timestamp(), ended_by = ${endedBy}
        where id = ${id} and ended_at is null`;
    },

    async takeOver(ids) {
      if (ids.length === 0) return;
      await sql`
        update playback_sessions set ended_at = statement_timestamp(), ended_by = 'takeover'
        where id = any(${ids}::uuid[]) and ended_at is null`;
    },
  };
}

/** Returns tutors' rules on where their courses may play, in PostgreSQL. */
export function postgresCoursePlaybackRules(sql: Queries): CoursePlaybackRules {
  return {
    async find(slugOrId, callerId) {
      const [row] = await sql<({ courseId: string; callerTeaches: boolean } & PlaybackRules)[]>`
        select c.id as "courseId",
          ${teaches(sql, "c.id", callerId)} as "callerTeaches",
          coalesce(r.embed_hosts, '{}') as "embedHosts", coalesce(r.country_rule, 'none') as "countryRule",
          coalesce(r.countries, '{}') as countries
        from courses c left join playback_rules r on r.course_id = c.id
        where ${isCalled(sql, "c", slugOrId)}`;
      if (!row) return null;
      const { courseId, callerTeaches, ...rules } = row;
      return { courseId, callerTeaches, rules };
    },

    async save(courseId, { embedHosts, countryRule, countries }) {
      await sql`
        insert into playback_rules (course_id, embed_hosts, country_rule, countries)
        values (${courseId}, ${embedHosts}, ${countryRule}, ${countries})
        on conflict (course_id) do update set
          embed_hosts = excluded.embed_hosts, country_rule = excluded.country_rule, countries = excluded.countries,
          updated_at = statement_timestamp()`;
    },
  };
}
