import type { Comment, Comments } from "../../../domain/learning/ports.ts";
import { listOf } from "../lists.ts";
import { pageOfRows, type Queries, teaches, uuidOrNull } from "../queries.ts";

type CommentRow = Omit<Comment, "createdAt" | "updatedAt"> & { createdAt: string; updatedAt: string };

/** Returns comments on lessons, in PostgreSQL. */
export function postgresComments(sql: Queries): Comments {
  async function find(id: string): Promise<Comment | null> {
    const [row] = await sql<{ comment: CommentRow }[]>`
      select ${commentJson(sql)} as comment from comments m where m.id = ${uuidOrNull(id)}`;
    return row ? toComment(row.comment) : null;
  }

  return {
    find,

    async threads(lessonId, range, showsHidden) {
      const legible = legibleThreads(sql, lessonId, showsHidden);
      const [[total], rows] = await Promise.all([
        sql<{ count: number }[]>`select count(*)::integer as count ${legible}`,
        sql<{ comment: CommentRow; replies: CommentRow[] }[]>`
          select ${commentJson(sql)} as comment,
            coalesce((
              select jsonb_agg(answer.comment order by answer.created_at, answer.id)
              from (
                select m.id, m.created_at, ${commentJson(sql)} as comment from comments m
                where m.parent_id = thread.id and m.deleted_at is null
              ) answer
            ), '[]') as replies
          from (select m.* ${legible}) thread cross join lateral (select thread.*) m
          order by thread.created_at desc, thread.id desc ${pageOfRows(sql, range)}`,
      ]);
      const threads = rows.map(({ comment, replies }) => ({
        ...toComment(comment),
        replies: replies.map(toComment),
      }));
      return { count: total!.count, threads };
    },

    async by(authorId, range) {
      const own = sql`from comments m where m.author_id = ${authorId} and m.deleted_at is null`;
      const { count, rows } = await listOf<{ comment: CommentRow }>(sql, {
        select: sql`${commentJson(sql)} as comment`,
        from: own,
        order: sql`m.created_at desc, m.id desc`,
      }, range);
      return { count, comments: rows.map(({ comment }) => toComment(comment)) };
    },

    async add({ lessonId, authorId, parentId, content }) {
      const parent = parentId === null ? null : uuidOrNull(parentId);
      if (parentId !== null && parent === null) return null;
      const [row] = await sql<{ id: string }[]>`
        insert into comments (lesson_id, author_id, parent_id, content)
        select l.id, ${authorId}, coalesce(p.parent_id, p.id), ${content}
        from lessons l
        left join comments p on p.id = ${parent} and p.lesson_id = l.id and p.deleted_at is null
        where l.id = ${lessonId} and (${parent}::uuid is null or p.id is not null)
        for key share of l
        returning id`;
      return row ? await find(row.id) : null;
    },

    async change(id, content) {
      const rows = await sql`
        update comments set content = ${content}, updated_at = statement_timestamp()
        where id = ${id} and deleted_at is null returning id`;
      return rows.length > 0 ? await find(id) : null;
    },

    async delete(id) {
      await sql`update comments set content = '', deleted_at = statement_timestamp(), updated_at = statement_timestamp() where id = ${id}`;
    },

    async hide(id, by) {
      const rows = await sql`
        update comments set hidden_by = ${by}, hidden_at = case when ${by}::text is not null then statement_timestamp() end
        where id = ${id} and deleted_at is null returning id`;
      return rows.length > 0 ? await find(id) : null;
    },
  };
}

/** Returns SQL for threads with a readable comment. An unreadable comment is shown only if it has a visible reply. */
function legibleThreads(sql: Queries, lessonId: string, showsHidden: boolean) {
  return sql`
    from comments m where m.lesson_id = ${lessonId} and m.parent_id is null and exists (
      select from comments a
      where (a.id = m.id or a.parent_id = m.id) and a.deleted_at is null and (a.hidden_at is null or ${showsHidden})
    )`;
}

function commentJson(sql: Queries) {
  return sql`jsonb_build_object(
    'id', m.id, 'lessonId', m.lesson_id, 'parentId', m.parent_id, 'content', m.content,
    'author', (
      select jsonb_build_object('id', u.id, 'firstName', u.first_name, 'lastName', u.last_name)
      from users u where u.id = m.author_id
    ),
    'isByTutor', exists (
      select from lessons l join course_parts p on p.id = l.part_id
      where l.id = m.lesson_id and ${teaches(sql, "p.course_id", sql`m.author_id`)}
    ),
    'isHidden', m.hidden_at is not null, 'isDeleted', m.deleted_at is not null,
    'createdAt', m.created_at, 'updatedAt', m.updated_at
  )`;
}

function toComment({ createdAt, updatedAt, ...comment }: CommentRow): Comment {
  return { ...comment, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
}
