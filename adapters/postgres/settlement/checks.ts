import type { Checks } from "../../../domain/settlement/ports.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

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

    async due({ before, now, limit, claim }) {
      return await sql<{ orderId: string; sessionId: string | null; isOver: boolean }[]>`
        with due as (
          select d.id, d.session_id, d.state <> 'processing' and d.session_expires_at < ${now} as is_over
          from orders d
          where d.state in ('created', 'open', 'processing') and coalesce(d.checked_at, d.created_at) < ${before}
          order by coalesce(d.checked_at, d.created_at) limit ${limit}
          for update skip locked
        ), claimed as (
          update orders o set checked_at = ${now} from due where o.id = due.id and ${claim}
        )
        select id as "orderId", session_id as "sessionId", is_over as "isOver" from due`;
    },

    async stuckRefunds(before) {
      const rows = await sql<{ id: string }[]>`
        select id from refunds where status in ('requested', 'submitted') and updated_at < ${before}
        order by updated_at limit 100`;
      return rows.map(({ id }) => id);
    },
  };
}
