import {
  type Deliveries,
  type Delivery,
  type DueDelivery,
  TEST_EVENT,
} from "../../../domain/webhooks/ports.ts";
import { listOf } from "../lists.ts";
import { type Fragment, type Queries, uuidOrNull } from "../queries.ts";

export type DeliveryRow = Omit<Delivery, "dueAt" | "error"> & { dueAt: Date; error: string | null };
type DueRow = Omit<DueDelivery, "message" | "secrets"> & {
  messageId: string;
  type: string;
  occurredAt: Date;
  data: unknown;
  secret: string;
  formerSecret: string | null;
};

/** Returns the deliveries of webhook messages in PostgreSQL. Triggers queue them (`migrations/functions/webhooks.sql`). */
export function postgresDeliveries(sql: Queries): Deliveries {
  return {
    async list({ endpointId, state }, range) {
      const { count, rows } = await listOf<DeliveryRow>(sql, {
        select: deliveryColumns(sql),
        from: sql`
          from webhook_deliveries d join webhook_messages m on m.id = d.message_id
          where (${endpointId ?? null}::text is null or d.endpoint_id = ${uuidOrNull(endpointId ?? "")})
            and (${state ?? null}::text is null or d.state = ${state ?? null})`,
        order: sql`d.created_at desc, d.id`,
      }, range);
      return { count, deliveries: rows.map(toDelivery) };
    },

    async replay(id) {
      const [row] = await sql<DeliveryRow[]>`
        with replayed as (
          update webhook_deliveries set state = 'pending', attempts = 0, due_at = clock_timestamp(),
            updated_at = clock_timestamp()
          where id = ${uuidOrNull(id)} and state <> 'sending'
          returning *
        )
        select ${deliveryColumns(sql)} from replayed d join webhook_messages m on m.id = d.message_id`;
      return row ? toDelivery(row) : null;
    },

    async claim({ most, perEndpoint, leaseSeconds }) {
      // A separate statement, so that the next one sees what the previous process claimed.
      await sql`select pg_advisory_xact_lock(hashtextextended('webhook deliveries', 0))`;
      const rows = await sql<DueRow[]>`
        with due as (
          select one.id from webhook_endpoints e cross join lateral (
            select d.id, d.due_at from webhook_deliveries d join webhook_messages m on m.id = d.message_id
            where d.endpoint_id = e.id and d.state in ('pending', 'sending') and d.due_at <= statement_timestamp()
              and (e.disabled_at is null or m.type = ${TEST_EVENT})
            order by d.due_at
            limit greatest(0, ${perEndpoint}::integer - (
              select count(*) from webhook_deliveries s
              where s.endpoint_id = e.id and s.state = 'sending' and s.due_at > statement_timestamp()
            ))
            for update of d skip locked
          ) one
          order by one.due_at limit ${most}
        ), claimed as (
          update webhook_deliveries set state = 'sending',
            due_at = statement_timestamp() + make_interval(secs => ${leaseSeconds}::integer)
          where id in (select id from due)
          returning id, endpoint_id, message_id, attempts
        )
        select d.id, d.endpoint_id as "endpointId", d.attempts, e.url, e.secret,
          case when e.former_until > statement_timestamp() then e.former_secret end as "formerSecret",
          m.id as "messageId", m.type, m.occurred_at as "occurredAt", m.data
        from claimed d join webhook_endpoints e on e.id = d.endpoint_id join webhook_messages m on m.id = d.message_id`;
      return rows.map(({ messageId, type, occurredAt, data, secret, formerSecret, ...delivery }) => ({
        ...delivery,
        secrets: formerSecret === null ? [secret] : [secret, formerSecret],
        message: { id: messageId, type, occurredAt, data },
      }));
    },

    async conclude(id, result) {
      const { state, status } = result;
      const [error, wait] = state === "delivered"
        ? [null, 0]
        : [result.error.slice(0, 500), result.afterSeconds];
      await sql`
        update webhook_deliveries set state = ${state}, attempts = attempts + 1, response_status = ${status},
          error = ${error}, updated_at = clock_timestamp(),
          -- Up to a tenth more, so that those that failed together do not come back together.
          due_at = clock_timestamp() + ${wait} * (1 + random() / 10) * interval '1 second'
        where id = ${id} and state = 'sending'`;
    },

    async purge(olderThanSeconds) {
      await sql`
        delete from webhook_messages
        where occurred_at < statement_timestamp() - make_interval(secs => ${olderThanSeconds}::integer)`;
    },
  };
}

export const deliveryColumns = (sql: Queries): Fragment =>
  sql`
  d.id, d.endpoint_id as "endpointId", d.message_id as "messageId", m.type, d.state, d.attempts, d.due_at as "dueAt",
  d.response_status as "responseStatus", d.error, d.created_at as "createdAt"`;

export function toDelivery({ dueAt, error, ...delivery }: DeliveryRow): Delivery {
  const isOpen = delivery.state === "pending" || delivery.state === "sending";
  return { ...delivery, dueAt: isOpen ? dueAt : null, error: error ?? "" };
}
