import type { TutorProfile, Tutors } from "../../../domain/accounts/ports.ts";
import { listOf } from "../lists.ts";
import { likePattern, type Queries } from "../queries.ts";
import { refuseUnknownUniversity } from "../universities/universities.ts";

/** Returns tutors in PostgreSQL. */
export function postgresTutors(sql: Queries): Tutors {
  const mayTeach = () => sql`u.deactivated_at is null and u.erased_at is null`;
  // Anybody can register as a tutor under any name, so a tutor is listed only with a verified address or a course on
  // sale.
  const isPublic = () =>
    sql`u.role = 2 and ${mayTeach()} and (u.email_verified_at is not null or exists (
      select from course_tutors t join courses c on c.id = t.course_id
      where t.user_id = u.id and c.is_published and c.archived_at is null
    ))`;

  return {
    async list(search, range) {
      const pattern = search ? likePattern(search) : null;
      const fitting = sql`
        from users u left join universities v on v.id = u.university_id
        where ${isPublic()}
          and (${pattern}::text is null or concat_ws(' ', u.first_name, u.last_name, v.name, u.bio) ilike ${pattern})`;
      const { count, rows: tutors } = await listOf<TutorProfile>(sql, {
        select: profileColumns(sql),
        from: fitting,
        order: sql`u.last_name, u.first_name, u.id`,
      }, range);
      return { count, tutors };
    },

    async byId(id) {
      const [row] = await sql<TutorProfile[]>`
        select ${profileColumns(sql)} from users u left join universities v on v.id = u.university_id
        where u.id = ${id} and ${isPublic()}`;
      return row ?? null;
    },

    async own(id) {
      const [row] = await sql<TutorProfile[]>`
        select ${profileColumns(sql)} from users u left join universities v on v.id = u.university_id
        where u.id = ${id} and u.role in (1, 2) and ${mayTeach()}`;
      return row ?? null;
    },

    async change(id, { bio, universityId, publishesEmail }) {
      await refuseUnknownUniversity(() =>
        sql`
        update users u set
          bio = coalesce(${bio ?? null}, u.bio),
          university_id = ${universityId === undefined ? sql`u.university_id` : universityId},
          publishes_email = coalesce(${publishesEmail ?? null}, u.publishes_email),
          updated_at = statement_timestamp()
        where u.id = ${id} and u.erased_at is null`
      );
    },
  };
}

function profileColumns(sql: Queries) {
  return sql`
    u.id, u.first_name as "firstName", u.last_name as "lastName",
    case when u.publishes_email then u.email else '' end as email, u.avatar_key as "avatarKey", u.bio,
    case when v.id is not null then jsonb_build_object('id', v.id, 'name', v.name) end as university,
    u.publishes_email as "publishesEmail",
    (
      select count(*)::int from course_tutors t join courses c on c.id = t.course_id
      where t.user_id = u.id and c.is_published and c.archived_at is null
    ) as "courseCount"`;
}
