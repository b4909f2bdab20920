import type { Checks } from "../../domain/settlement/ports.ts";
import { type Queries, uuidOrNull } from "./queries.ts";

/** Which orders and refunds are to be looked up at the payment provider, in PostgreSQL. */
export function postgresChecks(sql: Queries): Checks {
  return {
    async claim(which, now, notSince) {
      const orders = "orderId" in which ? sql`o.id = ${uuidOrNull(which.orderId)}` : sql`o.id in (
        select l.order_id from order_lines l
        where l.student_id = ${which.studentId} and l.course_id = ${uuidOrNull(which.courseId)}
          and l.order_state in ('created', 'open', 'processing')
      )`;
      // A page that was given up may have been paid all the same.
      const rows = await sql<{ sessionId: string }[]>`
        update orders o set checked_at = ${now}
        where ${orders} and o.session_id is not null and (o.checked_at is null or o.checked_at <= ${notSince})
          and (o.state in ('open', 'processing') or o.state = 'expired' and o.abandoned_at is not null)
        returning o.session_id as "sessionId"`;
      return rows.map(({ sessionId }) => sessionId);
    },

    async due(before, now, limit) {
      return await sql<{ orderId: string; sessionId: string | null; isOver: boolean }[]>`
        update orders o set checked_at = ${now}
        where o.id in (
          select d.id from orders d
          where d.state in ('created', 'open', 'processing') and coalesce(d.checked_at, d.created_at) < ${before}
          order by coalesce(d.checked_at, d.created_at) limit ${limit}
          for update skip locked
        )
        returning o.id as "orderId", o.session_id as "sessionId",
          o.state <> 'processing' and o.session_expires_at < ${now} as "isOver"`;
    },

    async stuckRefunds(before) {
      const rows = await sql<{ id: string }[]>`
        select id from refunds where status in ('requested', 'submitted') and updated_at < ${before}
        order by updated_at limit 100`;
      return rows.map(({ id }) => id);
    },
  };
}
