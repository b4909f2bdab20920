import type { PersonalTable } from "./personal_table.ts";

/** Tables about tutors' work, and their shares in its earnings. */
export const TEACHING_TABLES: PersonalTable[] = [
  {
    table: "tutor_invitations",
    columns: ["email", "invited_by"],
    show: (sql, userId) =>
      sql`
      select i.id, i.course_id, i.email, i.share_percent, i.state, i.created_at, i.answered_at
      from tutor_invitations i
      where i.invited_by = ${userId} or i.email = (select u.email from users u where u.id = ${userId})
      order by i.created_at`,
    erase: (sql, userId) =>
      sql`
      delete from tutor_invitations i
      where i.invited_by = ${userId} or i.email = (select u.email from users u where u.id = ${userId})`,
  },
  {
    table: "course_updates",
    columns: ["author_id"],
    show: (sql, userId) =>
      sql`
      select id, course_id, title, body, created_at from course_updates where author_id = ${userId} order by created_at`,
    // Part of the course, which outlives its tutor for those who bought it.
    erase: null,
  },
  {
    table: "earning_shares",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select course_id, percent, valid_from, valid_until from earning_shares
      where user_id = ${userId} order by valid_from`,
    // Money: it stays with the id.
    erase: null,
  },
  {
    table: "file_uploads",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, name, content_type, size::text, created_at from file_uploads where user_id = ${userId}`,
    erase: (sql, userId) => sql`delete from file_uploads where user_id = ${userId}`,
  },
  {
    table: "lesson_attachments",
    columns: ["uploaded_by"],
    show: (sql, userId) =>
      sql`
      select id, lesson_id, name, content_type, size::text, created_at
      from lesson_attachments where uploaded_by = ${userId} order by created_at`,
    // Part of the course, which outlives its tutor for those who bought it.
    erase: null,
  },
  {
    table: "videos",
    columns: ["uploader_id"],
    show: (sql, userId) =>
      sql`
      select id, title, course_id, origin, status, length_seconds, created_at
      from videos where uploader_id = ${userId} order by created_at`,
    // Part of the course, which outlives its tutor for those who bought it.
    erase: null,
  },
  {
    table: "course_tutors",
    columns: ["user_id"],
    show: (sql, userId) =>
      sql`
      select t.course_id, c.title as course, t.position
      from course_tutors t join courses c on c.id = t.course_id where t.user_id = ${userId}`,
    // Courses outlive their tutor for students who bought them; a course without another tutor is taken off sale.
    erase: (sql, userId) =>
      sql`
      update courses c set archived_at = coalesce(c.archived_at, statement_timestamp()), updated_at = statement_timestamp()
      where exists (select from course_tutors t where t.course_id = c.id and t.user_id = ${userId})
        and not exists (
          select from course_tutors t join users u on u.id = t.user_id
          where t.course_id = c.id and t.user_id <> ${userId} and u.erased_at is null
        )`,
  },
];
