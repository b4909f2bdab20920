import type { Violation, Violations } from "../../../domain/operations/ports.ts";
import type { Queries } from "../queries.ts";

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

  /** Planned as if all were read, for mostly there is nothing to find: a plan for the first rows would look them up one by one. */
  async function most(violations: ReturnType<Queries>): Promise<Violation[]> {
    return await sql<Violation[]>`
      with found as materialized (${violations}) select * from found limit ${MOST}`;
  }

  async function ungrantedLines(): Promise<Violation[]> {
    return await most(sql`
      select 1 as invariant, 'order_line ' || l.id as subject, l.order_id as "orderId", null as "alertKey",
        'order is ' || l.order_state || ', the line has no grant and no reason why not' as detail
      from order_lines l
      where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null
        and not exists (select from grants g where g.order_line_id = l.id)`);
  }

  async function hangingGrants(): Promise<Violation[]> {
    return await most(sql`
      select 2 as invariant, 'grant ' || g.id as subject, ended.id as "orderId", null as "alertKey",
        'active, but the payment of order ' || ended.id || ' is ' || ended.how as detail
      from (
        select o.id, 'refunded' as how from orders o where o.state = 'refunded'
        union all
        select o.id, 'lost to a dispute' from disputes d
        join payments p on p.order_id = d.order_id and p.payment_intent_id = d.payment_intent_id
        join orders o on o.id = p.order_id
        where d.status = 'lost' and o.state <> 'refunded'
      ) ended
      join order_lines l on l.order_id = ended.id
      join grants g on g.order_line_id = l.id
      where g.revoked_at is null and (g.ends_at is null or g.ends_at > now())
        and coalesce(g.payment_hold, '') not in ('refunded', 'dispute_lost')`);
  }

  // That a line is there for every grant that needs one, and an order for every line, is the tables' own constraint.
  async function groundlessGrants(): Promise<Violation[]> {
    return await most(sql`
      select 3 as invariant, 'grant ' || g.id as subject, l.order_id as "orderId", null as "alertKey",
        'its order ' || l.order_id || ' is ' || l.order_state as detail
      from order_lines l join grants g on g.order_line_id = l.id
      where l.order_state not in ('paid', 'partially_refunded', 'refunded')`);
  }

  async function excessiveRefunds(): Promise<Violation[]> {
    return await most(sql`
      select 4 as invariant, 'payment ' || s.session_id as subject, s.order_id as "orderId", null as "alertKey",
        'refunded ' || sum(r.amount) || ' of ' || s.total_amount || ' ' || s.currency as detail
      from refunds r join payment_sessions s on s.payment_intent_id = r.payment_intent_id
      where s.outcome = 'paid' and r.status in ('requires_action', 'pending', 'succeeded')
      group by s.session_id, s.order_id, s.total_amount, s.currency
      having sum(r.amount) > s.total_amount or count(*) filter (where r.currency <> s.currency) > 0`);
  }

  // What is to be paid is the order's total less the discount that was quoted.
  async function mixedAmounts(): Promise<Violation[]> {
    return await most(sql`
      select 4 as invariant, 'order ' || o.id as subject, o.id as "orderId", null as "alertKey",
        'lines ' || l.amount || ', order ' || o.total_amount || ', payment ' || p.amount || ' ' || p.currency as detail
      from orders o join payments p on p.order_id = o.id
      join (
        select order_id, sum(amount) as amount, bool_or(refunded_amount > amount - discount_amount) as is_overdrawn
        from order_lines group by order_id
      ) l on l.order_id = o.id
      where l.amount <> o.total_amount or p.amount > o.total_amount or p.currency <> o.currency or l.is_overdrawn`);
  }

  async function silentDeadLetters(): Promise<Violation[]> {
    return await most(sql`
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
        and not exists (select from operator_alerts a where a.key = 'dead_job:' || j.id)`);
  }
}
