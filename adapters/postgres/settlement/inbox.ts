import {
  EVENT_OUTCOME,
  type EventOutcome,
  type Inbox,
  type PaymentEvent,
} from "../../../domain/settlement/events/ports.ts";
import type { Queries } from "../queries.ts";

/** Outcomes after which an event is applied again on the next delivery. */
export const RETRIED_OUTCOMES: EventOutcome[] = ["failed", "dead"];

/** Received webhook events in PostgreSQL. */
export function postgresInbox(sql: Queries): Inbox {
  /** Returns SQL for the stored payload of an event. The payer's details of an erased person are removed. */
  const kept = ({ payload }: PaymentEvent) =>
    sql`(
      select case when tells_of_erased(told) then without_payer(told) else told end
      from (select ${payload}::text::jsonb as told) event
    )`;

  return {
    async accept(endpoint, event) {
      const [row] = await sql<{ isOfErased: boolean; intent: string | null }[]>`
        insert into webhook_events as e (endpoint, event_id, type, payload, outcome)
        values (${endpoint}, ${event.id}, ${event.type}, ${kept(event)}, 'accepted')
        on conflict (endpoint, event_id) do update set outcome = 'accepted', updated_at = statement_timestamp()
          where e.outcome = any(${RETRIED_OUTCOMES}::text[])
        returning tells_of_erased(e.payload) as "isOfErased", e.payload #>> '{data,object,payment_intent}' as intent`;
      if (row?.isOfErased && row.intent !== null) {
        // Earlier events about the same payment, from before its student was known.
        await sql`
          update webhook_events set payload = without_payer(payload)
          where payload #>> '{data,object,payment_intent}' = ${row.intent}`;
      }
      return row !== undefined;
    },

    async conclude(endpoint, eventId, result, reason) {
      await sql`
        update webhook_events set outcome = ${EVENT_OUTCOME[result]}, reason = ${reason},
          updated_at = statement_timestamp()
        where endpoint = ${endpoint} and event_id = ${eventId}`;
    },

    async countFailure(endpoint, event, reason, deadAfter) {
      const [row] = await sql<{ attempts: number }[]>`
        insert into webhook_events as e (endpoint, event_id, type, payload, outcome, reason, attempts)
        values (${endpoint}, ${event.id}, ${event.type}, ${kept(event)}, 'failed',
          ${reason.slice(0, 1000)}, 1)
        on conflict (endpoint, event_id) do update set attempts = e.attempts + 1, reason = excluded.reason,
          outcome = case when e.attempts + 1 >= ${deadAfter} then 'dead' else 'failed' end, updated_at = statement_timestamp()
          where e.outcome = any(${RETRIED_OUTCOMES}::text[])
        returning attempts`;
      return row?.attempts ?? 0;
    },
  };
}
