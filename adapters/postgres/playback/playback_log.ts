import type {
  PlaybackAttempt,
  PlaybackLog,
  PlaybackLogEntry,
  PlaybackLogFilter,
} from "../../../domain/playback/ports.ts";
import { allOf } from "../lists.ts";
import { pageOfRows, type Queries } from "../queries.ts";

type Line = PlaybackAttempt & { occurredAt: Date };

/** How long entries wait to be written in a batch, in milliseconds. */
const NOTED_FOR_MS = 100;
/** How long until failed writes are retried, in milliseconds. */
const RETRY_MS = 5000;
/** How many entries are kept while they cannot be written. The oldest are dropped first. */
const NOTED_MOST = 10_000;

/**
 * Returns the access log in PostgreSQL. `close` writes pending entries before the process stops, if the database
 * accepts them within the given milliseconds. `onFailure` is called if entries cannot be written now and are kept.
 */
export function postgresPlaybackLog(
  sql: Queries,
  onFailure: (error: unknown) => void,
): PlaybackLog & { close(waitMs: number): Promise<void> } {
  const matching = ({ viewerId, courseId, lessonId, outcome, from, before }: PlaybackLogFilter) =>
    sql`
    from playback_log a where ${
      allOf(sql, [
        viewerId === undefined ? undefined : sql`a.viewer_id = ${viewerId}`,
        courseId === undefined ? undefined : sql`a.course_id = ${courseId}`,
        lessonId === undefined ? undefined : sql`a.lesson_id = ${lessonId}`,
        outcome === undefined ? undefined : sql`a.outcome = ${outcome}`,
        from === undefined ? undefined : sql`a.occurred_at >= ${from}`,
        before === undefined ? undefined : sql`a.occurred_at < ${before}`,
      ])
    }`;

  let noted: Line[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay = Promise.resolve();

  async function write(lines: Line[]): Promise<void> {
    const sound = lines.map((line) => ({ ...line, userAgent: line.userAgent.slice(0, 500).toWellFormed() }));
    await sql`
      insert into playback_log
        (lesson_id, course_id, video_id, viewer_id, session_id, address, user_agent, outcome, occurred_at)
      select l."lessonId", l."courseId", l."videoId", l."viewerId", l."playbackSessionId", l."ipAddress", l."userAgent",
        l.outcome, l."occurredAt"
      from json_to_recordset(${JSON.stringify(sound)}::text::json) as l(
        "lessonId" uuid, "courseId" uuid, "videoId" text, "viewerId" text, "playbackSessionId" uuid, "ipAddress" text,
        "userAgent" text, outcome text, "occurredAt" timestamptz
      )`;
  }

  async function writeNoted(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const lines = noted;
    noted = [];
    if (lines.length === 0) return;
    try {
      await write(lines);
    } catch (error) {
      noted = [...lines, ...noted].slice(-NOTED_MOST);
      onFailure(error);
      flushIn(RETRY_MS);
    }
  }

  function flush(): Promise<void> {
    return underWay = underWay.then(writeNoted);
  }

  function flushIn(ms: number): void {
    timer ??= setTimeout(flush, ms);
  }

  return {
    async record(attempt) {
      await write([{ ...attempt, occurredAt: new Date() }]);
    },

    note(attempt) {
      if (noted.length >= NOTED_MOST) noted.shift();
      noted.push({ ...attempt, occurredAt: new Date() });
      flushIn(NOTED_FOR_MS);
    },

    async close(waitMs) {
      let deadline: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([flush(), new Promise((resolve) => deadline = setTimeout(resolve, waitMs))]);
      clearTimeout(deadline);
      clearTimeout(timer);
    },

    async list(filter, range) {
      await flush();
      const [entries, [total]] = await Promise.all([
        sql<PlaybackLogEntry[]>`
          select shown.*, u.email as "viewerEmail", l.title as "lessonTitle", c.title as "courseTitle",
            s.watched_seconds as "watchedSeconds", s.last_seen_at as "lastSeenAt"
          from (
            select a.id::text, a.lesson_id as "lessonId", a.course_id as "courseId", a.video_id as "videoId",
              a.viewer_id as "viewerId", a.session_id as "playbackSessionId", a.address as "ipAddress", a.user_agent as "userAgent",
              a.outcome, a.occurred_at as "occurredAt"
            ${matching(filter)} order by a.occurred_at desc, a.id desc ${pageOfRows(sql, range)}
          ) shown
          left join users u on u.id = shown."viewerId"
          left join lessons l on l.id = shown."lessonId"
          left join courses c on c.id = shown."courseId"
          left join playback_sessions s on s.id = shown."playbackSessionId"
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
