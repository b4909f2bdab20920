import type { Author, Review, Reviews } from "../../../domain/learning/ports.ts";
import { listOf } from "../lists.ts";
import { grantIsActive, type Queries, uuidOrNull } from "../queries.ts";

type ReviewRow = Omit<Review, "author"> & { authorId: string } & Omit<Author, "id">;

/** Returns students' reviews, in PostgreSQL. A trigger maintains each course's rating. */
export function postgresReviews(sql: Queries): Reviews {
  async function find(id: string): Promise<Review | null> {
    const [row] = await sql<ReviewRow[]>`
      select ${reviewColumns(sql)} from reviews r join users u on u.id = r.student_id
      where r.id = ${uuidOrNull(id)}`;
    return row ? toReview(row) : null;
  }

  return {
    find,

    async ofCourse(courseId, viewerId, range, showsHidden) {
      const visible = sql`
        from reviews r join users u on u.id = r.student_id
        where r.course_id = ${courseId}
          and (r.hidden_at is null or r.student_id = ${viewerId ?? ""} or ${showsHidden})`;
      const { count, rows } = await listOf<ReviewRow>(sql, {
        select: reviewColumns(sql),
        from: visible,
        order: sql`r.student_id = ${viewerId ?? ""} desc, r.created_at desc, r.id desc`,
      }, range);
      return { count, reviews: rows.map(toReview) };
    },

    async standing(courseId, studentId) {
      const [row] = await sql<{ paid: boolean; isVerified: boolean; hasOpened: boolean }[]>`
        select
          exists (
            select from grants g left join order_lines l on l.id = g.order_line_id
            where g.student_id = ${studentId} and g.course_id = ${courseId} and ${grantIsActive(sql)}
              and (l.id is null or l.amount > l.discount_amount)
          ) as paid,
          exists (
            select from users where id = ${studentId} and email_verified_at is not null
          ) as "isVerified",
          exists (
            select from playback_log a
            where a.viewer_id = ${studentId} and a.course_id = ${courseId} and a.outcome in ('ticket_issued', 'no_video')
          ) or exists (
            select from lesson_progress p
            join lessons l on l.id = p.lesson_id join course_parts c on c.id = l.part_id
            where p.student_id = ${studentId} and c.course_id = ${courseId}
          ) as "hasOpened"`;
      return row!;
    },

    async add({ courseId, studentId, rating, content }) {
      const [row] = await sql<{ id: string }[]>`
        insert into reviews (course_id, student_id, rating, content)
        select id, ${studentId}, ${rating}, ${content} from courses where id = ${courseId} for key share
        on conflict (course_id, student_id) do nothing
        returning id`;
      return row ? await find(row.id) : null;
    },

    async change(id, { rating = null, content = null }) {
      const rows = await sql`
        update reviews
        set rating = coalesce(${rating}, rating), content = coalesce(${content}, content), updated_at = statement_timestamp()
        where id = ${id} returning id`;
      return rows.length > 0 ? await find(id) : null;
    },

    async delete(id) {
      await sql`delete from reviews where id = ${id}`;
    },

    async hide(id, by) {
      const rows = await sql`
        update reviews set hidden_by = ${by}, hidden_at = case when ${by}::text is not null then statement_timestamp() end
        where id = ${uuidOrNull(id)} returning id`;
      return rows.length > 0 ? await find(id) : null;
    },
  };
}

function reviewColumns(sql: Queries) {
  return sql`
    r.id, r.course_id as "courseId", r.rating, r.content, r.student_id as "authorId",
    u.first_name as "firstName", u.last_name as "lastName", r.hidden_at is not null as "isHidden",
    r.created_at as "createdAt", r.updated_at as "updatedAt"`;
}

function toReview({ authorId, firstName, lastName, ...review }: ReviewRow): Review {
  return { ...review, author: { id: authorId, firstName, lastName } };
}
