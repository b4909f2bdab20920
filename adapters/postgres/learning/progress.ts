import type { CourseProgressSummary, LessonProgress, Progress } from "../../../domain/learning/ports.ts";
import { type Fragment, type Queries } from "../queries.ts";

type LessonJson = Omit<LessonProgress, "completedAt" | "updatedAt"> & {
  slug: string;
  completedAt: string | null;
  updatedAt: string;
};

/** Returns students' progress, in PostgreSQL. */
export function postgresProgress(sql: Queries): Progress {
  return {
    async save({ studentId, lessonId, positionSeconds, watchedSeconds, isCompleted }) {
      const [row] = await sql<(LessonProgress & { isNewlyCompleted: boolean })[]>`
        insert into lesson_progress as p (student_id, lesson_id, position_seconds, watched_seconds, completed_at)
        select ${studentId}, l.id, ${positionSeconds ?? 0}, ${watchedSeconds},
          case when ${isCompleted}::boolean then statement_timestamp() end
        from lessons l where l.id = ${lessonId} for key share
        on conflict (student_id, lesson_id) do update set
          position_seconds = coalesce(${positionSeconds}::integer, p.position_seconds),
          watched_seconds = p.watched_seconds + excluded.watched_seconds,
          completed_at = case ${isCompleted}::boolean
            when true then coalesce(p.completed_at, statement_timestamp()) when false then null else p.completed_at end,
          updated_at = statement_timestamp()
        returning ${progressColumns(sql)},
          coalesce(p.completed_at = statement_timestamp(), false) as "isNewlyCompleted"`;
      return row ?? null;
    },

    async ofLesson(studentId, lessonId) {
      const [row] = await sql<LessonProgress[]>`
        select ${progressColumns(sql)} from lesson_progress p
        where p.student_id = ${studentId} and p.lesson_id = ${lessonId}`;
      return row ?? null;
    },

    async ofCourse(studentId, courseId) {
      const [row] = await sql<{ summary: CourseProgressSummary; lessons: LessonJson[] }[]>`
        select ${courseProgress(sql, sql`c.id`, studentId)} as summary,
          coalesce((
            select jsonb_agg(
              jsonb_build_object(
                'lessonId', l.id, 'slug', l.slug, 'positionSeconds', p.position_seconds,
                'watchedSeconds', p.watched_seconds, 'completedAt', p.completed_at, 'updatedAt', p.updated_at
              ) order by s.position, s.created_at, s.id, l.position, l.created_at, l.id)
            from course_parts s join lessons l on l.part_id = s.id
            join lesson_progress p on p.lesson_id = l.id and p.student_id = ${studentId}
            where s.course_id = c.id
          ), '[]') as lessons
        from courses c where c.id = ${courseId}`;
      const lessons = row!.lessons.map(({ completedAt, updatedAt, ...lesson }) => ({
        ...lesson,
        completedAt: completedAt === null ? null : new Date(completedAt),
        updatedAt: new Date(updatedAt),
      }));
      return { ...row!.summary, lessons };
    },
  };
}

/**
 * Returns SQL for a student's progress in a course, as JSON: completed and total lessons, and the lesson to continue
 * with. That is the one watched last, or the first after it that is not completed, or else the first of all that is
 * not.
 */
export function courseProgress(sql: Queries, courseId: Fragment, studentId: string | null): Fragment {
  return sql`(
    with plan as (
      select l.id, l.slug, l.title, p.completed_at, coalesce(p.position_seconds, 0) as position_seconds, p.updated_at,
        row_number() over (order by s.position, s.created_at, s.id, l.position, l.created_at, l.id) as place
      from course_parts s join lessons l on l.part_id = s.id
      left join lesson_progress p on p.lesson_id = l.id and p.student_id = ${studentId}
      where s.course_id = ${courseId}
    )
    select jsonb_build_object(
      'completedLessons', (select count(completed_at) from plan),
      'totalLessons', (select count(*) from plan),
      'next', (
        select jsonb_build_object('id', id, 'slug', slug, 'title', title, 'positionSeconds', position_seconds)
        from plan where completed_at is null
        order by place < coalesce((select place from plan order by updated_at desc nulls last, place limit 1), 1), place
        limit 1
      )
    )
  )`;
}

function progressColumns(sql: Queries) {
  return sql`
    p.lesson_id as "lessonId", p.position_seconds as "positionSeconds", p.watched_seconds as "watchedSeconds",
    p.completed_at as "completedAt", p.updated_at as "updatedAt"`;
}
