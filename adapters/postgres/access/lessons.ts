import type {
  Lesson,
  LessonAccess,
  Lessons,
  PlaybackRules,
  PlayerSetup,
  Viewer,
} from "../../../domain/access/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import { type Fragment, hasActiveGrant, isCalled, type Queries, uuidOrNull } from "../queries.ts";

type LessonRow = Omit<Lesson, "access"> & LessonAccess;

/** Rules that forbid nothing. */
const NO_RULES: PlaybackRules = { embedHosts: [], countryRule: "none", countries: [] };

/** How many lessons of one title are looked at: of the viewer's own courses, and of all. */
const NAMESAKES = 20;

const idOf = (viewer: Viewer | null) => viewer?.id ?? null;

/** Lessons in PostgreSQL, with what decides who may watch them; one query for the viewer's own, two for others. */
export function postgresLessons(sql: Queries): Lessons {
  const asked = (viewer: Viewer | null) =>
    sql`(
      select ${viewer?.id ?? null}::text as id, ${viewer && uuidOrNull(viewer.sessionId)}::uuid as session_id
    ) viewer`;
  const columns = sql`
    l.id, c.id as "courseId", l.slug, l.title, l.description, l.position as "order",
    l.duration_seconds as "durationSeconds", l.is_free_preview as "isFreePreview",
    l.video_id as "videoId", l.created_at as "createdAt",
    (
      select u.role from users u join sessions s on s.user_id = u.id
      where u.id = viewer.id and s.id = viewer.session_id
        and s.revoked_at is null and u.deactivated_at is null and u.erased_at is null
    ) as "viewerRole",
    c.is_published and c.archived_at is null as "courseIsPublished",
    exists (select from course_tutors t where t.course_id = c.id and t.user_id = viewer.id) as "viewerTeaches",
    ${hasActiveGrant(sql, sql`c.id`, sql`viewer.id`)} as "viewerHasGrant"
    from lessons l
    join course_parts p on p.id = l.part_id
    join courses c on c.id = p.course_id`;

  /** Of the lessons `l` for which the condition holds the one that the viewer bought, else teaches, else may watch for free, else the oldest. */
  async function best(viewer: Viewer | null, condition: Fragment): Promise<Lesson | null> {
    const [row] = await sql<LessonRow[]>`
      select * from (
        select ${columns}, ${asked(viewer)} where ${condition}
      ) found
      order by "viewerHasGrant" desc, "viewerTeaches" desc, "courseIsPublished" and "isFreePreview" desc,
        "createdAt", id
      limit 1`;
    return row ? toLesson(row) : null;
  }

  return {
    async find(slugOrId, viewer) {
      const exact = await best(viewer, isCalled(sql, "l", slugOrId));
      if (exact && (isOwn(exact) || exact.id === slugOrId.toLowerCase())) return exact;
      const named = await best(
        viewer,
        sql`l.id in (
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
          )
        )`,
      );
      return named && isOwn(named) ? named : exact ?? named;
    },

    async showing(videoId, viewer) {
      const [row] = await sql<LessonRow[]>`
        select * from (select ${columns}, ${asked(viewer)} where l.video_id = ${videoId}) found
        order by "viewerTeaches" desc, "viewerHasGrant" desc, ("courseIsPublished" and "isFreePreview") desc, id
        limit 1`;
      return row ? toLesson(row) : null;
    },

    async playerSetup({ id }, viewer) {
      const [row] = await sql<(Omit<PlayerSetup, "rules"> & { rules: PlaybackRules | null })[]>`
        select
          coalesce(v.status = 'ready', true) as "videoIsPlayable", v.poster_url as "posterUrl",
          coalesce(s.position_seconds, 0) as "positionSeconds",
          case when r.course_id is not null then jsonb_build_object(
            'embedHosts', to_jsonb(r.embed_hosts), 'countryRule', r.country_rule, 'countries', to_jsonb(r.countries)
          ) end as rules,
          (
            select jsonb_build_object(
              'name', trim(u.first_name || ' ' || u.last_name), 'email', u.email,
              'orderId', (
                select ol.order_id from grants g join order_lines ol on ol.id = g.order_line_id
                where g.student_id = u.id and g.course_id = p.course_id and g.revoked_at is null
                order by g.created_at desc limit 1
              )
            ) from users u where u.id = ${idOf(viewer)}
          ) as viewer
        from lessons l
        join course_parts p on p.id = l.part_id
        left join videos v on v.id = l.video_id
        left join lesson_progress s on s.lesson_id = l.id and s.student_id = ${idOf(viewer)}
        left join playback_rules r on r.course_id = p.course_id
        where l.id = ${id}`;
      if (!row) throw new DomainError("not_found", "This lesson was just removed.");
      return { ...row, rules: row.rules ?? NO_RULES };
    },
  };
}

const isOwn = ({ access }: Lesson) => access.viewerHasGrant || access.viewerTeaches;

function toLesson(row: LessonRow): Lesson {
  const { courseIsPublished, viewerTeaches, viewerHasGrant, ...lesson } = row;
  const { isFreePreview } = lesson;
  const access = { courseIsPublished, isFreePreview, viewerTeaches, viewerHasGrant };
  return { ...lesson, access };
}
