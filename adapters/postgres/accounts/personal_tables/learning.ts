import type { PersonalTable } from "./personal_table.ts";

/** Tables about what students watched, completed, wrote and may watch. */
export const LEARNING_TABLES: PersonalTable[] = [
  {
    table: "lesson_progress",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select lesson_id, position_seconds, watched_seconds, completed_at, updated_at
      from lesson_progress where student_id = ${userId} order by updated_at`,
    erase: (sql, userId) => sql`delete from lesson_progress where student_id = ${userId}`,
  },
  {
    table: "removed_lesson_progress",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select lesson_id, course_id, watched_seconds, completed_at, removed_at
      from removed_lesson_progress where student_id = ${userId} order by removed_at`,
    erase: (sql, userId) => sql`delete from removed_lesson_progress where student_id = ${userId}`,
  },
  {
    table: "course_completions",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select course_id, completed_at from course_completions where student_id = ${userId} order by completed_at`,
    erase: (sql, userId) => sql`delete from course_completions where student_id = ${userId}`,
  },
  {
    table: "comments",
    columns: ["author_id", "hidden_by"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, parent_id, content, hidden_at, deleted_at, created_at, updated_at
      from comments where author_id = ${userId} order by created_at`,
    // The row stays, because others may have replied.
    erase: (sql, userId) =>
      sql`
      update comments set content = '', deleted_at = coalesce(deleted_at, statement_timestamp()) where author_id = ${userId}`,
  },
  {
    table: "reviews",
    columns: ["student_id", "hidden_by"],
    show: (sql, userId) =>
      sql`
      select id, course_id, rating, content, hidden_at, created_at, updated_at
      from reviews where student_id = ${userId} order by created_at`,
    erase: (sql, userId) => sql`delete from reviews where student_id = ${userId}`,
  },
  {
    table: "playback_log",
    columns: ["viewer_id", "address", "user_agent"],
    show: (sql, userId) =>
      sql`
      select lesson_id, course_id, address, user_agent, outcome, occurred_at
      from playback_log where viewer_id = ${userId} order by occurred_at`,
    // The view still counts for the course; the viewer and their IP address are erased.
    erase: (sql, userId) =>
      sql`
      update playback_log set viewer_id = null, address = '', user_agent = '' where viewer_id = ${userId}`,
  },
  {
    table: "playback_sessions",
    columns: ["viewer_id", "address", "user_agent"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, course_id, address, user_agent, position_seconds, watched_seconds, started_at, last_seen_at
      from playback_sessions where viewer_id = ${userId} order by started_at`,
    erase: (sql, userId) => sql`delete from playback_sessions where viewer_id = ${userId}`,
  },
  {
    table: "attachment_links",
    columns: ["viewer_id", "address", "user_agent"],
    show: (sql, userId) =>
      sql`
      select attachment_id, lesson_id, name, address, user_agent, occurred_at
      from attachment_links where viewer_id = ${userId} order by occurred_at`,
    erase: (sql, userId) =>
      sql`
      update attachment_links set viewer_id = null, address = '', user_agent = '' where viewer_id = ${userId}`,
  },
  {
    table: "enrollments",
    columns: ["student_id"],
    show: (sql, userId) =>
      sql`
      select e.id, e.course_id, c.title as course, e.enrolled_at
      from enrollments e left join courses c on c.id = e.course_id where e.student_id = ${userId} order by e.enrolled_at`,
    erase: (sql, userId) => sql`delete from enrollments where student_id = ${userId}`,
  },
  {
    table: "grants",
    columns: ["student_id", "granted_by", "revoked_by"],
    show: (sql, userId) =>
      sql`
      select id, course_id, source, starts_at, ends_at, revoked_at, revoked_reason, created_at
      from grants where student_id = ${userId} order by created_at`,
    // The ledger stays, because it says what was paid for; access ends.
    erase: (sql, userId) =>
      sql`
      update grants set revoked_at = statement_timestamp(), revoked_reason = 'account erased'
      where student_id = ${userId} and revoked_at is null`,
  },
];
