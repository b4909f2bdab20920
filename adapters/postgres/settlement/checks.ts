import type { Checks } from "../../../domain/settlement/ports.ts";
import { RETRIED_OUTCOMES } from "./inbox.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

/** Finds the orders and refunds to look up at the payment provider, in PostgreSQL. */
export function postgresChecks(sql: Queries): Checks {
  return {
    async claim(which, now, notSince) {
      const orders = "orderId" in which ? sql`o.id = ${uuidOrNull(which.orderId)}` : sql`o.id in (
        select l.order_id from order_lines l
        where l.student_id = ${which.studentId} and l.course_id = ${uuidOrNull(which.courseId)}
          and l.order_state in ('created', 'open', 'processing', 'expired')
      )`;
      // An abandoned page may have been paid anyway.
      const rows = await sql<{ sessionId: string }[]>`
        update orders o set checked_at = ${now}
        where ${orders} and o.session_id is not null and (o.checked_at is null or o.checked_at <= ${notSince})
          and (o.state in ('open', 'processing')
            or o.state = 'expired' and o.abandoned_at is not null and o.page_closed_at is null)
        returning o.session_id as "sessionId"`;
      return rows.map(({ sessionId }) => sessionId);
    },

    async due({ before, now, limit }) {
      return await sql<Awaited<ReturnType<Checks["due"]>>>`
        select id as "orderId", attempt, session_id as "sessionId",
          state <> 'processing' and session_expires_at < ${now} as "isOver", state = 'expired' as "isGivenUp"
        from orders
        where (
            state in ('created', 'open', 'processing')
            or state = 'expired' and abandoned_at is not null and page_closed_at is null
          )
          and coalesce(checked_at, created_at) < ${before} and (session_id is not null or session_expires_at < ${now})
        order by coalesce(checked_at, created_at), id limit ${limit}`;
    },

    async place(list) {
      const [row] = await sql<{ after: string | null }[]>`
        select read_to as after from reconciled_lists where list = ${list}`;
      return row?.after ?? null;
    },

    async notePlace(list, after) {
      await sql`
        insert into reconciled_lists (list, read_to) values (${list}, ${after})
        on conflict (list) do update set read_to = excluded.read_to`;
    },

    async untaken(events) {
      const taken = await sql<{ id: string }[]>`
        select event_id as id from webhook_events
        where endpoint = 'main' and event_id = any(${events.map(({ id }) => id)}::text[])
          and outcome <> all(${RETRIED_OUTCOMES}::text[])`;
      const ids = new Set(taken.map(({ id }) => id));
      return events.filter(({ id }) => !ids.has(id));
    },

    async stuckRefunds(before) {
      const rows = await sql<{ id: string }[]>`
        select id from refunds where status in ('requested', 'submitted') and updated_at < ${before}
        order by updated_at limit 100`;
      return rows.map(({ id }) => id);
    },
  };
}
