import type { CourseTutor, Invitation, Invitations, Teachers } from "../../../domain/authoring/ports.ts";
import { nextPosition, type Queries, teaches, uuidOrNull } from "../queries.ts";

type InvitationRow = Omit<Invitation, "course"> & {
  courseId: string;
  courseSlug: string;
  courseTitle: string;
};

/** Returns the tutors of courses and their shares, in PostgreSQL. */
export function postgresTeachers(sql: Queries): Teachers {
  return {
    async ofCourse(courseId) {
      return await sql<CourseTutor[]>`
        select u.id, u.first_name as "firstName", u.last_name as "lastName", t.place = 1 as "isOwner",
          ${teaches(sql, "t.course_id", sql`u.id`)} as "mayTeach",
          coalesce(s.percent, case when t.place = 1 then 100 else 0 end)::integer as "sharePercent"
        from (
          select course_id, user_id, row_number() over (order by position, user_id) as place
          from course_tutors where course_id = ${courseId}
        ) t
        join users u on u.id = t.user_id
        left join earning_shares s on s.course_id = ${courseId} and s.user_id = t.user_id and s.valid_until is null
        order by t.place`;
    },

    async coursesOf(userId) {
      const rows = await sql<{ id: string }[]>`
        select course_id as id from course_tutors where user_id = ${userId} order by course_id`;
      return rows.map(({ id }) => id);
    },

    async copiesTaught(courseId, userId) {
      const rows = await sql<{ id: string }[]>`
        with recursive copies as (
          select id from courses where copied_from = ${courseId}
          union
          select c.id from courses c join copies o on c.copied_from = o.id
        )
        select id from copies join course_tutors t on t.course_id = id and t.user_id = ${userId} order by id`;
      return rows.map(({ id }) => id);
    },

    async add(courseId, userId) {
      const rows = await sql`
        insert into course_tutors (course_id, user_id, position)
        select ${courseId}, ${userId}, ${nextPosition(sql)} from course_tutors where course_id = ${courseId}
        on conflict (course_id, user_id) do nothing
        returning user_id`;
      return rows.length > 0;
    },

    async remove(courseId, userId) {
      await sql`delete from course_tutors where course_id = ${courseId} and user_id = ${userId}`;
    },

    // Until the first change the owner had everything. That is recorded too, so that it still applies to past sales.
    // Uses the current time: a transaction that waited for the course's lock began before the last change ended.
    async share(courseId, shares) {
      await sql`
        insert into earning_shares (course_id, user_id, percent, offset_percent, valid_from)
        select course_id, user_id, 100, 0, '-infinity' from course_tutors
        where course_id = ${courseId} and not exists (select from earning_shares where course_id = ${courseId})
        order by position, user_id limit 1`;
      const [now] = await sql<[{ at: string }]>`
        select greatest(clock_timestamp(), max(valid_from) + interval '1 microsecond')::text as at
        from earning_shares where course_id = ${courseId}`;
      await sql`
        update earning_shares set valid_until = ${now.at}::timestamptz
        where course_id = ${courseId} and valid_until is null`;
      let offset = 0;
      const spans = shares.map(({ userId, percent }) => ({
        course_id: courseId,
        user_id: userId,
        percent,
        offset_percent: (offset += percent) - percent,
        valid_from: now.at,
      }));
      await sql`insert into earning_shares ${sql(spans)}`;
    },
  };
}

/** Returns invitations to teach, in PostgreSQL. */
export function postgresInvitations(sql: Queries): Invitations {
  async function find(id: string): Promise<Invitation | null> {
    const [row] = await sql<InvitationRow[]>`${invitations(sql)} where i.id = ${uuidOrNull(id)}`;
    return row ? toInvitation(row) : null;
  }

  return {
    find,

    async add({ courseId, email, sharePercent, invitedBy }) {
      const [row] = await sql<{ id: string }[]>`
        insert into tutor_invitations (course_id, email, share_percent, invited_by)
        values (${courseId}, ${email}, ${sharePercent}, ${invitedBy})
        on conflict (course_id, email) where state = 'open' do nothing
        returning id`;
      return row ? await find(row.id) : null;
    },

    async ofCourse(courseId) {
      const rows = await sql<InvitationRow[]>`
        ${invitations(sql)} where i.course_id = ${courseId} and i.state = 'open' order by i.created_at, i.id`;
      return rows.map(toInvitation);
    },

    async to(email) {
      const rows = await sql<InvitationRow[]>`
        ${invitations(sql)}
        where i.email = ${email} and i.state = 'open' order by i.created_at, i.id limit 100`;
      return rows.map(toInvitation);
    },

    async withdrawThoseOf(userId, courseId) {
      await sql`
        update tutor_invitations set state = 'withdrawn', answered_at = statement_timestamp()
        where invited_by = ${userId} and state = 'open' and (${courseId}::uuid is null or course_id = ${courseId})`;
    },

    async answer(id, state) {
      const rows = await sql`
        update tutor_invitations set state = ${state}, answered_at = statement_timestamp()
        where id = ${uuidOrNull(id)} and state = 'open' returning id`;
      return rows.length > 0;
    },
  };
}

function invitations(sql: Queries) {
  return sql`
    select i.id, i.email, i.share_percent as "sharePercent", i.state, i.created_at as "createdAt",
      c.id as "courseId", c.slug as "courseSlug", c.title as "courseTitle",
      coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), 'A tutor') as "invitedBy"
    from tutor_invitations i join courses c on c.id = i.course_id join users u on u.id = i.invited_by`;
}

function toInvitation({ courseId, courseSlug, courseTitle, ...invitation }: InvitationRow): Invitation {
  return { ...invitation, course: { id: courseId, slug: courseSlug, title: courseTitle } };
}
