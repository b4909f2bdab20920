import type { Violation, Violations } from "../../domain/settlement/ports.ts";
import type { Queries } from "./queries.ts";

/** Violations named per invariant, at the most; more of one kind tell nothing more. */
const MOST = 200;

/** What should never be found in PostgreSQL. */
export function postgresViolations(sql: Queries): Violations {
  return {
    async all() {
      const found = await Promise.all([
        ungrantedLines(),
        hangingGrants(),
        groundlessGrants(),
        excessiveRefunds(),
        mixedAmounts(),
        silentDeadLetters(),
      ]);
      return found.flat();
    },
  };

  async function ungrantedLines(): Promise<Violation[]> {
    return await sql<Violation[]>`
      select 1 as invariant, 'order_line ' || l.id as subject, l.order_id as "orderId", null as "alertKey",
        'order is ' || l.order_state || ', the line has no grant and no reason why not' as detail
      from order_lines l
      where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null
        and not exists (select from grants g where g.order_line_id = l.id)
      limit ${MOST}`;
  }

  async function hangingGrants(): Promise<Violation[]> {
    return await sql<Violation[]>`
      select 2 as invariant, 'grant ' || g.id as subject, o.id as "orderId", null as "alertKey",
        'active, but the payment of order ' || o.id || ' is ' || case o.state when 'refunded' then 'refunded'
          else 'lost to a dispute' end as detail
      from grants g
      join order_lines l on l.id = g.order_line_id
      join orders o on o.id = l.order_id
      join payments p on p.order_id = o.id
      where g.revoked_at is null and (g.ends_at is null or g.ends_at > now())
        and coalesce(g.payment_hold, '') not in ('refunded', 'dispute_lost')
        and (o.state = 'refunded' or exists (
          select from disputes d where d.payment_intent_id = p.payment_intent_id and d.status = 'lost'
        ))
      limit ${MOST}`;
  }

  async function groundlessGrants(): Promise<Violation[]> {
    return await sql<Violation[]>`
      select 3 as invariant, 'grant ' || g.id as subject, o.id as "orderId", null as "alertKey",
        'its order ' || coalesce(o.id::text, '(none)') || ' is ' || coalesce(o.state, 'gone') as detail
      from grants g
      left join order_lines l on l.id = g.order_line_id
      left join orders o on o.id = l.order_id
      where case when g.source in ('administrator', 'import') then false
        else o.id is null or o.state not in ('paid', 'partially_refunded', 'refunded') end
      limit ${MOST}`;
  }

  async function excessiveRefunds(): Promise<Violation[]> {
    return await sql<Violation[]>`
      select 4 as invariant, 'payment ' || s.session_id as subject, s.order_id as "orderId", null as "alertKey",
        'refunded ' || sum(r.amount) || ' of ' || s.total_amount || ' ' || s.currency as detail
      from payment_sessions s join refunds r on r.payment_intent_id = s.payment_intent_id
      where s.outcome = 'paid' and r.status in ('requires_action', 'pending', 'succeeded')
      group by s.session_id, s.order_id, s.total_amount, s.currency
      having sum(r.amount) > s.total_amount or count(*) filter (where r.currency <> s.currency) > 0
      limit ${MOST}`;
  }

  async function mixedAmounts(): Promise<Violation[]> {
    return await sql<Violation[]>`
      select 4 as invariant, 'order ' || o.id as subject, o.id as "orderId", null as "alertKey",
        'lines ' || sum(l.amount) || ', order ' || o.total_amount || ', payment ' || p.amount || ' ' || p.currency
          as detail
      from orders o join order_lines l on l.order_id = o.id join payments p on p.order_id = o.id
      group by o.id, p.id
      having sum(l.amount) <> o.total_amount or p.amount <> o.total_amount or p.currency <> o.currency
        or bool_or(l.refunded_amount > l.amount - l.discount_amount)
      limit ${MOST}`;
  }

  async function silentDeadLetters(): Promise<Violation[]> {
    return await sql<Violation[]>`
      select 5 as invariant, 'event ' || e.event_id as subject, null as "orderId",
        'dead_letter:' || e.endpoint || ':' || e.event_id as "alertKey",
        e.type || ' was given up without an alert: ' || coalesce(e.reason, '') as detail
      from webhook_events e
      where e.outcome = 'dead'
        and not exists (
          select from operator_alerts a where a.key = 'dead_letter:' || e.endpoint || ':' || e.event_id
        )
      union all
      select 5, 'job ' || j.id, null, 'dead_job:' || j.id,
        'a job was given up without an alert: ' || coalesce(j.data ->> 'kind', '')
      from pgboss.job j
      where j.name = 'dead_jobs'
        and not exists (select from operator_alerts a where a.key = 'dead_job:' || j.id)
      limit ${MOST}`;
  }
}
