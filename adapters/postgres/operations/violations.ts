import type { Violation, Violations } from "../../../domain/operations/ports.ts";
import { linePaid } from "../orders/amounts.ts";
import type { Fragment, Queries } from "../queries.ts";

/** Violations named per invariant, at the most; more of one kind tell nothing more. */
const MOST = 200;
/** Changed orders looked at in one go: many more than a shop has within minutes. */
const MOST_CHANGED = 10_000;

/** What should never be found in PostgreSQL. */
export function postgresViolations(sql: Queries): Violations {
  return {
    async all() {
      const found = await Promise.all([...ofOrders(sql, () => sql`true`), deadLetters(sql)].map(most));
      return found.flat();
    },

    // One statement, and so one moment: a change that it does not see yet is committed later, with a row of its own, and is
    // looked at next time.
    async changed() {
      const [ofChanged, silent] = await Promise.all([
        sql<Violation[]>`
          with changed as materialized (
            select changed_in, order_id from order_changes order by changed_in, order_id limit ${MOST_CHANGED}
          ), broken as materialized (${
          union(sql, ofOrders(sql, (id) => sql`${id} = any(array(select order_id from changed))`))
        }), looked_at as (
            delete from order_changes o using changed c where o.changed_in = c.changed_in and o.order_id = c.order_id
          ), left_broken as (
            insert into order_changes (order_id) select distinct "orderId" from broken on conflict do nothing
          ), numbered as (select *, row_number() over (partition by invariant) as number from broken)
          select invariant, subject, "orderId", "alertKey", detail from numbered where number <= ${MOST}`,
        most(deadLetters(sql)),
      ]);
      return [...ofChanged, ...silent];
    },

    async noteUnchanged() {
      await sql`
        insert into order_changes (order_id)
        select distinct "orderId" from (${union(sql, ofOrders(sql, () => sql`true`))}) broken
        on conflict do nothing`;
    },
  };

  /** Planned as if all were read, for mostly there is nothing to find: a plan for the first rows would look them up one by one. */
  async function most(violations: Fragment): Promise<Violation[]> {
    return await sql<Violation[]>`
      with found as materialized (${violations}) select * from found limit ${MOST}`;
  }
}

const union = (sql: Queries, parts: Fragment[]) =>
  parts.reduce((before, part) => sql`${before} union all (${part})`);

/** The violations that are an order's, of those orders for whose id `among` is true. */
function ofOrders(sql: Queries, among: (orderId: Fragment) => Fragment): Fragment[] {
  const ungrantedLines = sql`
    select 1 as invariant, 'order_line ' || l.id as subject, l.order_id as "orderId", null as "alertKey",
      'order is ' || l.order_state || ', the line has no grant and no reason why not' as detail
    from order_lines l
    where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null
      and not exists (select from grants g where g.order_line_id = l.id) and ${among(sql`l.order_id`)}`;

  const hangingGrants = sql`
    select 2 as invariant, 'grant ' || g.id as subject, ended.id as "orderId", null as "alertKey",
      'active, but the payment of order ' || ended.id || ' is ' || ended.how as detail
    from (
      select o.id, 'refunded' as how from orders o where o.state = 'refunded' and ${among(sql`o.id`)}
      union all
      select o.id, 'lost to a dispute' from disputes d
      join payments p on p.order_id = d.order_id and p.payment_intent_id = d.payment_intent_id
      join orders o on o.id = p.order_id
      where d.status = 'lost' and o.state <> 'refunded' and ${among(sql`o.id`)}
    ) ended
    join order_lines l on l.order_id = ended.id
    join grants g on g.order_line_id = l.id
    where g.revoked_at is null and (g.ends_at is null or g.ends_at > now())
      and coalesce(g.payment_hold, '') not in ('refunded', 'dispute_lost')`;

  // That a line is there for every grant that needs one, and an order for every line, is the tables' own constraint.
  const groundlessGrants = sql`
    select 3 as invariant, 'grant ' || g.id as subject, l.order_id as "orderId", null as "alertKey",
      'its order ' || l.order_id || ' is ' || l.order_state as detail
    from order_lines l join grants g on g.order_line_id = l.id
    where l.order_state not in ('paid', 'partially_refunded', 'refunded') and ${among(sql`l.order_id`)}`;

  const excessiveRefunds = sql`
    select 4 as invariant, 'payment ' || s.session_id as subject, s.order_id as "orderId", null as "alertKey",
      'refunded ' || sum(r.amount) || ' of ' || s.total_amount || ' ' || s.currency as detail
    from refunds r join payment_sessions s on s.payment_intent_id = r.payment_intent_id
    where s.outcome = 'paid' and r.status in ('requires_action', 'pending', 'succeeded')
      and ${among(sql`s.order_id`)}
    group by s.session_id, s.order_id, s.total_amount, s.currency
    having sum(r.amount) > s.total_amount or count(*) filter (where r.currency <> s.currency) > 0`;

  // What is to be paid is the order's total less the discount that was quoted.
  const mixedAmounts = sql`
    select 4 as invariant, 'order ' || o.id as subject, o.id as "orderId", null as "alertKey",
      'lines ' || l.amount || ', order ' || o.total_amount || ', payment ' || p.amount || ' ' || p.currency as detail
    from orders o join payments p on p.order_id = o.id
    join (
      select l.order_id, sum(l.amount) as amount, bool_or(l.refunded_amount > ${
    linePaid(sql)
  }) as is_overdrawn
      from order_lines l where ${among(sql`l.order_id`)} group by l.order_id
    ) l on l.order_id = o.id
    where l.amount <> o.total_amount or p.amount > o.total_amount or p.currency <> o.currency or l.is_overdrawn`;

  return [ungrantedLines, hangingGrants, groundlessGrants, excessiveRefunds, mixedAmounts];
}

function deadLetters(sql: Queries): Fragment {
  return sql`
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
      and not exists (select from operator_alerts a where a.key = 'dead_job:' || j.id)`;
}
