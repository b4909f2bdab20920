import {
  EVENT_OUTCOME,
  type EventOutcome,
  type EventRecord,
  type EventResult,
  type ReceivedEvents,
} from "../../../domain/settlement/events/ports.ts";
import { listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";

type Row<Event> = Omit<Event, "result"> & { outcome: EventOutcome };
type Heading = Omit<EventRecord, "payload">;

const RESULTS = Object.fromEntries(
  Object.entries(EVENT_OUTCOME).map(([result, outcome]) => [outcome, result]),
) as Record<EventOutcome, EventResult>;

const withResult = <Event>({ outcome, ...event }: Row<Event>) => ({ ...event, result: RESULTS[outcome] });

/** Reads received webhook events in PostgreSQL, for the administrators' list. */
export function postgresReceivedEvents(sql: Queries): ReceivedEvents {
  const columns = () =>
    sql`
    e.id, e.endpoint, e.event_id as "eventId", e.type, e.outcome, e.reason, e.attempts,
    e.received_at as "receivedAt", e.updated_at as "updatedAt"`;
  return {
    async find(id) {
      const [row] = await sql<Row<EventRecord>[]>`
        select ${columns()}, e.payload from webhook_events e where e.id = ${uuidOrNull(id)}`;
      return row ? withResult<EventRecord>(row) : null;
    },

    async list({ outcome, type, eventId }, range) {
      const matching = sql`
        from webhook_events e
        where (${outcome ?? null}::text is null or e.outcome = ${outcome ?? null})
          and (${type ?? null}::text is null or e.type = ${type ?? null})
          and (${eventId ?? null}::text is null or e.event_id = ${eventId ?? null})`;
      const { count, rows } = await listOf<Row<Heading>>(sql, {
        select: columns(),
        from: matching,
        order: sql`e.received_at desc, e.id`,
      }, range);
      return { count, events: rows.map((event) => withResult<Heading>(event)) };
    },
  };
}
