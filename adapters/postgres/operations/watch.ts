import type { DeadJob, Gauge, Gauges, Watch } from "../../../domain/operations/ports.ts";
import { recordset } from "../lists.ts";
import type { Database, Queries } from "../queries.ts";

/** Returns what the operator is alerted to, in PostgreSQL. */
export function postgresWatch(sql: Queries): Watch {
  return {
    async quietSince(before) {
      const [row] = await sql<{ last: Date; waits: boolean }[]>`
        select coalesce((select max(received_at) from webhook_events), o.since) as last,
          o.since < ${before} as waits
        from (
          select min(created_at) as since from orders where state in ('open', 'processing')
        ) o
        where o.since is not null`;
      return row?.waits && row.last < before ? row.last : null;
    },

    async openAlerts() {
      const rows = await sql<{ key: string }[]>`
        select key from operator_alerts
        where resolved_at is null and key ~ '^(silence|invariant|video_outage):' order by key`;
      return rows.map(({ key }) => key);
    },

    async deadJobs() {
      return await sql<DeadJob[]>`
        select j.id::text, coalesce(j.data ->> 'kind', 'unknown') as kind,
          coalesce(j.output ->> 'message', 'none noted') as error, j.output ->> 'stack' as stack
        from pgboss.job j
        where j.name = 'dead_jobs'
          and not exists (select from operator_alerts a where a.key = 'dead_job:' || j.id)
        order by j.created_on limit 100`;
    },

    async noteChecks(broken, at) {
      await sql`
        insert into invariant_checks (invariant, broken, checked_at)
        select b.invariant, b.count, ${at}
        from ${recordset(sql, broken)}
          as b(invariant smallint, count integer)
        on conflict (invariant) do update set broken = excluded.broken, checked_at = excluded.checked_at
        where invariant_checks.checked_at <= excluded.checked_at`;
    },
  };
}

/**
 * Returns the gauges of the database, in one query. Each of its parts reads an index over what is recent or waits, so
 * that tables may grow (`tests/adapters/postgres/operations/gauges_test.ts`).
 */
export function postgresGauges(sql: Queries): Gauges {
  return {
    async read() {
      return await sql<Gauge[]>`
        with pending as materialized (
          select coalesce(data ->> 'kind', 'unknown') as kind, state::text as state, state < 'active' as waits,
            start_after
          from pgboss.job where name = 'jobs' and state in ('created', 'retry', 'active')
        )
        select 'orders' as name, jsonb_build_object('state', state) as labels, count(*)::float8 as value
        from orders where created_at > statement_timestamp() - interval '1 day' group by state
        union all
        select 'oldest_order_under_way_seconds', '{}', coalesce(extract(epoch from statement_timestamp() - min(created_at)), 0)
        from orders where state in ('created', 'open', 'processing')
        union all
        select 'payment_events', jsonb_build_object('outcome', outcome), count(*)::float8
        from webhook_events where received_at > statement_timestamp() - interval '1 day' group by outcome
        union all
        select 'dead_payment_events', '{}', count(*)::float8 from webhook_events where outcome = 'dead'
        union all
        select 'seconds_since_last_payment_event', '{}', extract(epoch from statement_timestamp() - max(received_at))
        from webhook_events having max(received_at) is not null
        union all
        select 'webhook_lag_seconds', '{}', greatest(0, max(
          case when jsonb_typeof(payload -> 'created') = 'number'
            then extract(epoch from received_at) - (payload ->> 'created')::float8 end
        ))
        from webhook_events where received_at > statement_timestamp() - interval '15 minutes'
        union all
        select 'refunds_under_way', jsonb_build_object('status', status), count(*)::float8
        from refunds where status in ('requested', 'submitted') group by status
        union all
        select 'disputes', jsonb_build_object('status', status), count(*)::float8 from disputes group by status
        union all
        select 'payments_to_review', '{}', count(*)::float8 from payments
        where review_reason is not null and review_reason is distinct from reviewed_reason
        union all
        select 'broken_invariants', jsonb_build_object('invariant', invariant::text), broken::float8
        from invariant_checks
        union all
        select 'seconds_since_invariants_checked', '{}', extract(epoch from statement_timestamp() - min(checked_at))
        from invariant_checks having min(checked_at) is not null
        union all
        select 'jobs', jsonb_build_object('kind', kind, 'state', state), count(*)::float8 from pending group by kind, state
        union all
        select 'oldest_due_job_seconds', jsonb_build_object('kind', kind),
          extract(epoch from statement_timestamp() - min(start_after))
        from pending where waits and start_after <= statement_timestamp() group by kind
        union all
        select 'seconds_since_recurring_job', jsonb_build_object('kind', singleton_key),
          extract(epoch from statement_timestamp() - max(completed_on) filter (where state = 'completed'))
        from pgboss.job
        where name = 'jobs' and state <> 'cancelled' and singleton_key is not null
          and singleton_on > (statement_timestamp() at time zone 'UTC') - interval '2 days'
        group by singleton_key having bool_or(state = 'completed')
        union all
        select 'dead_jobs', '{}', count(*)::float8 from pgboss.job where name = 'dead_jobs'
        union all
        select 'mails', jsonb_build_object('state', state), count(*)::float8
        from mails where state in ('queued', 'sending') group by state
        union all
        select 'mails', jsonb_build_object('state', state), count(*)::float8
        from mails where state in ('failed', 'unconfirmed') group by state
        union all
        select 'oldest_due_mail_seconds', '{}', coalesce(extract(epoch from statement_timestamp() - min(due_at)), 0)
        from mails where state in ('queued', 'sending') and due_at <= statement_timestamp() and lane < 10
        union all
        select 'oldest_stale_response_seconds', '{}', coalesce(extract(epoch from statement_timestamp() - min(noted_at)), 0)
        from stale_tags where not is_again`;
    },
  };
}

/** Returns the gauges of a pool of connections. */
export function poolGauges({ used, idle, waiting }: ReturnType<Database["usage"]>): Gauge[] {
  return [
    { name: "database_connections", labels: { state: "used" }, value: used },
    { name: "database_connections", labels: { state: "idle" }, value: idle },
    { name: "database_waiting", labels: {}, value: waiting },
  ];
}
