import type { NoticeData, NoticeFacts } from "../../../domain/notifications/ports.ts";
import { type Queries, teaches } from "../queries.ts";
import { isOfDay, sales, salesOfDay, shares } from "../statistics/earnings.ts";
import { fullName, recipient, type RecipientRow, toRecipient } from "./recipients.ts";

type Comment = NoticeData["tutor_digest"]["comments"][number];
/** The maximum length of a comment, and number of comments, in a digest. */
const EXCERPT = 300;
const MOST_COMMENTS = 20;

/** Returns tutors' daily digests, in PostgreSQL. */
export function postgresTutorDigests(sql: Queries): Pick<NoticeFacts, "tutorsWithNews" | "digest"> {
  return {
    async tutorsWithNews(day) {
      const rows = await sql<{ id: string }[]>`
        with ${shares(sql, null)}, ${sales(sql)}, ${salesOfDay(sql, day)}
        select tutor_id as id from sales_of_day
        union
        select t.user_id
        from comments m
        join lessons l on l.id = m.lesson_id
        join course_parts p on p.id = l.part_id
        join course_tutors t on t.course_id = p.course_id and t.user_id <> m.author_id
        where ${isOfDay(sql, sql`m.created_at`, day)} and m.hidden_at is null and m.deleted_at is null
          and ${teaches(sql, "p.course_id", sql`t.user_id`)}`;
      return rows.map(({ id }) => id);
    },

    async digest(tutorId, day) {
      const sold = await sql<
        (RecipientRow & { title: string; count: number; earned: bigint; currency: string })[]
      >`
        with ${shares(sql, tutorId)}, ${sales(sql)}, ${salesOfDay(sql, day)}
        select ${recipient(sql)}, c.title, count(*)::int as count, s.currency, sum(s.earned)::bigint as earned
        from sales_of_day s join courses c on c.id = s.course_id join users u on u.id = s.tutor_id
        group by u.id, c.id, s.currency
        order by c.title, s.currency`;
      const comments = await sql<(RecipientRow & Comment)[]>`
        select ${recipient(sql)}, c.title as "courseTitle", l.title as "lessonTitle",
          ${fullName(sql)} as author, left(m.content, ${EXCERPT}) as excerpt
        from comments m
        join users a on a.id = m.author_id
        join lessons l on l.id = m.lesson_id
        join course_parts p on p.id = l.part_id
        join courses c on c.id = p.course_id
        join users u on u.id = ${tutorId}
        where ${teaches(sql, "c.id", tutorId)} and ${isOfDay(sql, sql`m.created_at`, day)}
          and m.author_id <> ${tutorId} and m.hidden_at is null and m.deleted_at is null
        order by m.created_at limit ${MOST_COMMENTS}`;
      const [first] = [...sold, ...comments];
      if (!first) return null;
      return {
        to: toRecipient(first),
        sales: sold.map(({ title, count, earned, currency }) => ({
          title,
          count,
          earned: { amount: earned, currency },
        })),
        comments: comments.map(({ courseTitle, lessonTitle, author, excerpt }) => ({
          courseTitle,
          lessonTitle,
          author,
          excerpt,
        })),
      };
    },
  };
}
