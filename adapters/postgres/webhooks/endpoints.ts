import { type Endpoint, type Endpoints, TEST_EVENT } from "../../../domain/webhooks/ports.ts";
import { listOf } from "../lists.ts";
import { type Queries, uuidOrNull } from "../queries.ts";
import { deliveryColumns, type DeliveryRow, toDelivery } from "./deliveries.ts";

type EndpointRow = Omit<Endpoint, "disabled"> & { disabledAt: Date | null; disabledReason: string | null };

/** Returns webhook endpoints in PostgreSQL. Secrets are stored as they are, because messages are signed with them. */
export function postgresEndpoints(sql: Queries): Endpoints {
  const columns = () =>
    sql`
    e.id, e.url, e.description, e.event_types as "eventTypes", e.created_at as "createdAt",
    e.disabled_at as "disabledAt", e.disabled_reason as "disabledReason"`;

  return {
    async add({ url, description, eventTypes, secret }) {
      const [row] = await sql<EndpointRow[]>`
        insert into webhook_endpoints as e (url, description, event_types, secret)
        values (${url}, ${description}, ${eventTypes}::text[], ${secret}) returning ${columns()}`;
      return toEndpoint(row!);
    },

    async byId(id) {
      const [row] = await sql<EndpointRow[]>`
        select ${columns()} from webhook_endpoints e where e.id = ${uuidOrNull(id)}`;
      return row ? toEndpoint(row) : null;
    },

    async list(range) {
      const { count, rows } = await listOf<EndpointRow>(sql, {
        select: columns(),
        from: sql`from webhook_endpoints e`,
        order: sql`e.created_at desc, e.id`,
      }, range);
      return { count, endpoints: rows.map(toEndpoint) };
    },

    async change(id, { url, description, eventTypes, isEnabled }) {
      const [row] = await sql<EndpointRow[]>`
        update webhook_endpoints e set
          url = coalesce(${url ?? null}, url), description = coalesce(${description ?? null}, description),
          event_types = coalesce(${eventTypes ?? null}::text[], event_types),
          disabled_at = case when ${isEnabled ?? null}::boolean then null
            when not ${
        isEnabled ?? null
      }::boolean then coalesce(disabled_at, statement_timestamp()) else disabled_at end,
          disabled_reason = case when ${isEnabled ?? null}::boolean then null
            when not ${isEnabled ?? null}::boolean then coalesce(disabled_reason, 'by an administrator')
            else disabled_reason end
        where e.id = ${uuidOrNull(id)} returning ${columns()}`;
      return row ? toEndpoint(row) : null;
    },

    async remove(id) {
      const { count } = await sql`delete from webhook_endpoints where id = ${uuidOrNull(id)}`;
      return count > 0;
    },

    async rotate(id, secret, formerSeconds) {
      const [row] = await sql<EndpointRow[]>`
        update webhook_endpoints e set former_secret = e.secret, secret = ${secret},
          former_until = statement_timestamp() + make_interval(secs => ${formerSeconds}::integer)
        where e.id = ${uuidOrNull(id)} returning ${columns()}`;
      return row ? toEndpoint(row) : null;
    },

    async disable(id, reason, unlessDeliveredSince) {
      const { count } = await sql`
        update webhook_endpoints e set disabled_at = statement_timestamp(), disabled_reason = ${reason}
        where e.id = ${id} and e.disabled_at is null and not exists (
          select from webhook_deliveries d
          where d.endpoint_id = e.id and d.state = 'delivered' and d.updated_at > ${unlessDeliveredSince}::timestamptz
        )`;
      return count > 0;
    },

    async queueTest(id) {
      const [row] = await sql<DeliveryRow[]>`
        with message as (
          insert into webhook_messages (type, data)
          select ${TEST_EVENT}, jsonb_build_object('endpoint_id', e.id)
          from webhook_endpoints e where e.id = ${uuidOrNull(id)}
          returning id, type
        ), queued as (
          insert into webhook_deliveries (message_id, endpoint_id) select id, ${uuidOrNull(id)} from message
          returning *
        )
        select ${deliveryColumns(sql)} from queued d join message m on m.id = d.message_id`;
      return row ? toDelivery(row) : null;
    },
  };
}

function toEndpoint({ disabledAt, disabledReason, ...endpoint }: EndpointRow): Endpoint {
  return { ...endpoint, disabled: disabledAt && { at: disabledAt, reason: disabledReason! } };
}
