import type { LessonAccess } from "../../../domain/access/ports.ts";
import type {
  LessonForViewer,
  Lessons,
  PlaybackRules,
  PlayerSetup,
  Viewer,
} from "../../../domain/playback/ports.ts";
import { DomainError } from "../../../domain/errors.ts";
import { GRANT_IS_ACTIVE, type Queries, teachesAsText, uuidOrNull } from "../queries.ts";

type LessonRow = Omit<LessonForViewer, "access"> & LessonAccess;

/** Rules that forbid nothing. */
const NO_RULES: PlaybackRules = { embedHosts: [], countryRule: "none", countries: [] };

/** The maximum number of lessons with one title that are considered: in the viewer's own courses, and in all. */
const NAMESAKES = 20;

/**
 * Selects a lesson `l` with the role and access of the viewer with the id $1 and the session $2. A condition follows.
 */
const LESSON = `
  select
    l.id, c.id as "courseId", l.slug, l.title, l.description, l.position as "order",
    l.duration_seconds as "durationSeconds", l.is_free_preview as "isFreePreview",
    l.video_id as "videoId", l.created_at as "createdAt",
    (
      select u.role from users u join sessions s on s.user_id = u.id
      where u.id = $1::text and s.id = $2::uuid
        and s.revoked_at is null and s.expires_at > statement_timestamp() and u.deactivated_at is null and u.erased_at is null
    ) as "viewerRole",
    c.is_published and c.archived_at is null as "courseIsPublished",
    ${teachesAsText("c.id", "$1")} as "viewerTeaches",
    exists (
      select from grants g where g.student_id = $1 and g.course_id = c.id and ${GRANT_IS_ACTIVE}
    ) as "viewerHasGrant"
  from lessons l
  join course_parts p on p.id = l.part_id
  join courses c on c.id = p.course_id`;

/**
 * Selects, among the lessons that meet the condition, one that the viewer bought, else teaches, else may watch for
 * free, else the oldest.
 */
const bestWhere = (condition: string) => `
  select * from (${LESSON} where ${condition}) found
  order by "viewerHasGrant" desc, "viewerTeaches" desc, "courseIsPublished" and "isFreePreview" desc,
    "createdAt", id
  limit 1`;

const BY_SLUG = `${LESSON} where l.slug = $3`;
const BY_ID = `${LESSON} where l.id = $3::uuid`;
const BY_TITLE = bestWhere(`l.id in (
    (
      select x.id from (
        select g.course_id from grants g where g.student_id = $1
        union
        select t.course_id from course_tutors t where t.user_id = $1
      ) own
      join course_parts y on y.course_id = own.course_id join lessons x on x.part_id = y.id
      where title_slug(x.title) = $3 limit ${NAMESAKES}
    )
    union
    (
      select x.id from lessons x where title_slug(x.title) = $3
      order by x.is_free_preview desc, x.created_at, x.id limit ${NAMESAKES}
    )
  )`);
const BY_VIDEO = bestWhere("l.video_id = $3");

/**
 * Returns lessons in PostgreSQL, with the facts that decide who may watch them. Takes one query for the viewer's own,
 * two for others.
 */
export function postgresLessons(sql: Queries): Lessons {
  // Statements with a constant text: building them took an eighth of the time of a request (measured).
  async function ask(
    statement: string,
    viewer: Viewer | null,
    what: string,
  ): Promise<LessonForViewer | null> {
    const session = viewer && uuidOrNull(viewer.signInId);
    const values = [viewer?.id ?? null, session, what];
    const [row] = await sql.unsafe<LessonRow[]>(statement, values, { prepare: true });
    return row ? toLesson(row) : null;
  }

  return {
    async find(slugOrId, viewer) {
      const byId = uuidOrNull(slugOrId) && await ask(BY_ID, viewer, slugOrId);
      if (byId) return byId;
      const exact = await ask(BY_SLUG, viewer, slugOrId);
      if (exact && isOwn(exact)) return exact;
      const named = await ask(BY_TITLE, viewer, slugOrId);
      return named && isOwn(named) ? named : exact ?? named;
    },

    showing: (videoId, viewer) => ask(BY_VIDEO, viewer, videoId),

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
            ) from users u where u.id = ${viewer?.id ?? null}
          ) as viewer
        from lessons l
        join course_parts p on p.id = l.part_id
        left join videos v on v.id = l.video_id
        left join lesson_progress s on s.lesson_id = l.id and s.student_id = ${viewer?.id ?? null}
        left join playback_rules r on r.course_id = p.course_id
        where l.id = ${id}`;
      if (!row) throw new DomainError("not_found", "This lesson was just removed.");
      return { ...row, rules: row.rules ?? NO_RULES };
    },
  };
}

const isOwn = ({ access }: LessonForViewer) => access.viewerHasGrant || access.viewerTeaches;

function toLesson(row: LessonRow): LessonForViewer {
  const { courseIsPublished, viewerTeaches, viewerHasGrant, ...lesson } = row;
  const { isFreePreview } = lesson;
  const access = { courseIsPublished, isFreePreview, viewerTeaches, viewerHasGrant };
  return { ...lesson, access };
}
