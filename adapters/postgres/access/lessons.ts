import type {
  Lesson,
  LessonAccess,
  Lessons,
  PlaybackLog,
  PlaybackLogEntry,
  PlaybackLogFilter,
  PlaybackRules,
  Viewer,
} from "../../../domain/access/ports.ts";
import { type Fragment, hasActiveGrant, isCalled, type Queries, uuidOrNull } from "../queries.ts";

type LessonRow = Omit<Lesson, "access" | "rules"> & LessonAccess & { rules: PlaybackRules | null };

/** Rules that forbid nothing. */
const NO_RULES: PlaybackRules = { embedHosts: [], countryRule: "none", countries: [] };

/** How many lessons of one title are looked at: of the viewer's own courses, and of all. */
const NAMESAKES = 20;

const idOf = (viewer: Viewer | null) => viewer?.id ?? null;

/** Lessons in PostgreSQL, with what decides who may watch them; one query for the viewer's own, two for others. */
export function postgresLessons(sql: Queries): Lessons {
  const columns = (viewer: Viewer | null) =>
    sql`
    l.id, c.id as "courseId", l.slug, l.title, l.description, l.position as "order",
    l.duration_seconds as "durationSeconds", l.is_free_preview as "isFreePreview",
    l.video_id as "videoId", l.created_at as "createdAt",
    (
      select jsonb_build_object(
        'role', u.role, 'name', trim(u.first_name || ' ' || u.last_name), 'email', u.email,
        'orderId', (
          select ol.order_id from grants g join order_lines ol on ol.id = g.order_line_id
          where g.student_id = u.id and g.course_id = c.id and g.revoked_at is null
          order by g.created_at desc limit 1
        )
      ) from users u join sessions s on s.user_id = u.id
      where u.id = ${idOf(viewer)} and s.id = ${viewer && uuidOrNull(viewer.sessionId)}
        and s.revoked_at is null and u.deactivated_at is null and u.erased_at is null
    ) as viewer,
    coalesce(v.status = 'ready', true) as "videoIsPlayable", v.poster_url as "posterUrl",
    coalesce((
      select s.position_seconds from lesson_progress s where s.lesson_id = l.id and s.student_id = ${
      idOf(viewer)
    }
    ), 0) as "positionSeconds",
    (
      select jsonb_build_object(
        'embedHosts', to_jsonb(r.embed_hosts), 'countryRule', r.country_rule, 'countries', to_jsonb(r.countries)
      ) from playback_rules r where r.course_id = c.id
    ) as rules,
    c.is_published and c.archived_at is null as "courseIsPublished",
    exists (
      select from course_tutors t where t.course_id = c.id and t.user_id = ${idOf(viewer)}
    ) as "viewerTeaches",
    ${hasActiveGrant(sql, sql`c.id`, idOf(viewer))} as "viewerHasGrant"`;
  const tables = sql`
    from lessons l
    join course_parts p on p.id = l.part_id
    join courses c on c.id = p.course_id
    left join videos v on v.id = l.video_id`;

  /** Of these lessons the one that the viewer bought, else teaches, else may watch for free, else the oldest. */
  async function best(viewer: Viewer | null, ids: Fragment): Promise<Lesson | null> {
    const [row] = await sql<LessonRow[]>`
      select * from (
        select ${columns(viewer)} ${tables} join (${ids}) candidates on candidates.id = l.id
      ) found
      order by "viewerHasGrant" desc, "viewerTeaches" desc, "courseIsPublished" and "isFreePreview" desc,
        "createdAt", id
      limit 1`;
    return row ? toLesson(row) : null;
  }

  return {
    async find(slugOrId, viewer) {
      const exact = await best(
        viewer,
        sql`select x.id from lessons x where ${isCalled(sql, "x", slugOrId)}`,
      );
      if (exact && (isOwn(exact) || exact.id === slugOrId.toLowerCase())) return exact;
      const named = await best(
        viewer,
        sql`
          (
            select x.id from (
              select g.course_id from grants g where g.student_id = ${idOf(viewer)}
              union
              select t.course_id from course_tutors t where t.user_id = ${idOf(viewer)}
            ) own
            join course_parts y on y.course_id = own.course_id join lessons x on x.part_id = y.id
            where title_slug(x.title) = ${slugOrId} limit ${NAMESAKES}
          )
          union
          (
            select x.id from lessons x where title_slug(x.title) = ${slugOrId}
            order by x.is_free_preview desc, x.created_at, x.id limit ${NAMESAKES}
          )`,
      );
      return named && isOwn(named) ? named : exact ?? named;
    },

    async showing(videoId, viewer) {
      const [row] = await sql<LessonRow[]>`
        select * from (select ${columns(viewer)} ${tables} where l.video_id = ${videoId}) found
        order by "viewerTeaches" desc, "viewerHasGrant" desc, ("courseIsPublished" and "isFreePreview") desc, id
        limit 1`;
      return row ? toLesson(row) : null;
    },
  };
}

const isOwn = ({ access }: Lesson) => access.viewerHasGrant || access.viewerTeaches;

function toLesson(row: LessonRow): Lesson {
  const { courseIsPublished, viewerTeaches, viewerHasGrant, rules, ...lesson } = row;
  const { isFreePreview } = lesson;
  const access = { courseIsPublished, isFreePreview, viewerTeaches, viewerHasGrant };
  return { ...lesson, rules: rules ?? NO_RULES, access };
}

/** Who asked to watch what, in PostgreSQL. */
export function postgresPlaybackLog(sql: Queries): PlaybackLog {
  const matching = ({ viewerId, courseId, lessonId, outcome, from, before }: PlaybackLogFilter) =>
    sql`
    from playback_log a where true
      ${viewerId === undefined ? sql`` : sql`and a.viewer_id = ${viewerId}`}
      ${courseId === undefined ? sql`` : sql`and a.course_id = ${courseId}`}
      ${lessonId === undefined ? sql`` : sql`and a.lesson_id = ${lessonId}`}
      ${outcome === undefined ? sql`` : sql`and a.outcome = ${outcome}`}
      ${from === undefined ? sql`` : sql`and a.occurred_at >= ${from}`}
      ${before === undefined ? sql`` : sql`and a.occurred_at < ${before}`}`;

  return {
    async record({ lessonId, courseId, videoId, viewerId, sessionId, address, userAgent, outcome }) {
      await sql`
        insert into playback_log (lesson_id, course_id, video_id, viewer_id, session_id, address, user_agent, outcome)
        values (${lessonId}, ${courseId}, ${videoId}, ${viewerId}, ${sessionId}, ${address},
          ${userAgent.slice(0, 500)}, ${outcome})`;
    },

    async list(filter, { limit, offset }) {
      const [entries, [total]] = await Promise.all([
        sql<PlaybackLogEntry[]>`
          select shown.*, u.email as "viewerEmail", l.title as "lessonTitle", c.title as "courseTitle",
            s.watched_seconds as "watchedSeconds", s.last_seen_at as "lastSeenAt"
          from (
            select a.id::text, a.lesson_id as "lessonId", a.course_id as "courseId", a.video_id as "videoId",
              a.viewer_id as "viewerId", a.session_id as "sessionId", a.address, a.user_agent as "userAgent",
              a.outcome, a.occurred_at as "occurredAt"
            ${matching(filter)} order by a.occurred_at desc, a.id desc limit ${limit} offset ${offset}
          ) shown
          left join users u on u.id = shown."viewerId"
          left join lessons l on l.id = shown."lessonId"
          left join courses c on c.id = shown."courseId"
          left join playback_sessions s on s.id = shown."sessionId"
          order by shown."occurredAt" desc, shown.id::bigint desc`,
        sql<{ count: number }[]>`select count(*)::int as count ${matching(filter)}`,
      ]);
      return { count: total!.count, entries };
    },

    async purge(before) {
      await sql`delete from playback_log where occurred_at < ${before}`;
      await sql`delete from playback_sessions where last_seen_at < ${before}`;
    },
  };
}
