import type { Brief, NoticeBoard } from "../../../domain/notifications/ports.ts";
import { pageOfRows, type Queries, uuidOrNull } from "../queries.ts";

/** Returns the notices shown within the shop, in PostgreSQL. */
export function postgresNoticeBoard(sql: Queries): NoticeBoard {
  return {
    async post({ mailId, userId, kind, title, text, url }) {
      await sql`
        insert into notices (mail_id, user_id, kind, title, body, url)
        select ${mailId}, u.id, ${kind}, ${title}, ${text}, ${url} from users u
        where u.id = ${userId} and u.erased_at is null
        on conflict (mail_id) do nothing`;
    },

    async list(userId, range) {
      const [counts] = await sql<{ count: number; unread: number }[]>`
        select count(*)::int as count, (count(*) filter (where read_at is null))::int as unread
        from notices where user_id = ${userId}`;
      const notices = await sql<Brief[]>`
        select id, kind, title, body as text, url, created_at as "createdAt", read_at as "readAt"
        from notices where user_id = ${userId}
        order by created_at desc, id ${pageOfRows(sql, range)}`;
      return { ...counts!, notices: [...notices] };
    },

    async markAllRead(userId, now) {
      await sql`update notices set read_at = ${now} where user_id = ${userId} and read_at is null`;
    },

    async markRead(userId, noticeId, now) {
      const rows = await sql`
        update notices set read_at = coalesce(read_at, ${now})
        where user_id = ${userId} and id = ${uuidOrNull(noticeId)} returning id`;
      if (rows.length === 0) return null;
      const [count] = await sql<{ unread: number }[]>`
        select count(*)::int as unread from notices where user_id = ${userId} and read_at is null`;
      return count!;
    },
  };
}
