import type { EventOutcome, Inbox } from "../../../domain/events/ports.ts";
import type { Queries } from "../queries.ts";

/** Outcomes after which an event is taken again. */
export const RETRIED_OUTCOMES: EventOutcome[] = ["failed", "dead"];

/** Received webhook events in PostgreSQL. */
export function postgresInbox(sql: Queries): Inbox {
  return {
    async accept(endpoint, event) {
      const rows = await sql`
        insert into webhook_events as e (endpoint, event_id, type, payload, outcome)
        values (${endpoint}, ${event.id}, ${event.type}, ${event.payload}::text::jsonb, 'accepted')
        on conflict (endpoint, event_id) do update set outcome = 'accepted', updated_at = now()
          where e.outcome = any(${RETRIED_OUTCOMES}::text[])
        returning event_id`;
      return rows.length > 0;
    },

    async conclude(endpoint, eventId, outcome, reason) {
      await sql`
        update webhook_events set outcome = ${outcome}, reason = ${reason}, updated_at = now()
        where endpoint = ${endpoint} and event_id = ${eventId}`;
    },

    async countFailure(endpoint, event, reason, deadAfter) {
      const [row] = await sql<{ attempts: number }[]>`
        insert into webhook_events as e (endpoint, event_id, type, payload, outcome, reason, attempts)
        values (${endpoint}, ${event.id}, ${event.type}, ${event.payload}::text::jsonb, 'failed',
          ${reason.slice(0, 1000)}, 1)
        on conflict (endpoint, event_id) do update set attempts = e.attempts + 1, reason = excluded.reason,
          outcome = case when e.attempts + 1 >= ${deadAfter} then 'dead' else 'failed' end, updated_at = now()
          where e.outcome = any(${RETRIED_OUTCOMES}::text[])
        returning attempts`;
      return row?.attempts ?? 0;
    },
  };
}
