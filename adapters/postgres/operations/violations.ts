import type { Violation, Violations } from "../../../domain/operations/ports.ts";
import { linePaid } from "../orders/amounts.ts";
import type { Fragment, Queries } from "../queries.ts";
import { isBeyondLimit, isUnneeded, precedence } from "../settlement/order_facts.ts";

/** The maximum number of violations listed per invariant; more of one kind add no information. */
const MAX_VIOLATIONS = 200;
/** The maximum number of changed orders per check: far more than a shop has within minutes. */
const MOST_CHANGED = 10_000;

/** Returns the checks of the invariants in PostgreSQL. */
export function postgresViolations(sql: Queries): Violations {
  return {
    async all() {
      const found = await Promise.all(
        [...ofOrders(sql, () => sql`true`), accessOfTheGone(sql), deadLetters(sql)].map(most),
      );
      return found.flat();
    },

    // One statement, and so one snapshot: a change that it does not see is committed later, with its own row, and is
    // checked next time.
    async changed() {
      const [ofChanged, ...others] = await Promise.all([
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
          select invariant, subject, "orderId", "studentId", "alertKey", detail from numbered where number <= ${MAX_VIOLATIONS}`,
        most(accessOfTheGone(sql)),
        most(deadLetters(sql)),
      ]);
      return [...ofChanged, ...others.flat()];
    },

    async noteUnchanged() {
      await sql`
        insert into order_changes (order_id)
        select distinct "orderId" from (${union(sql, ofOrders(sql, () => sql`true`))}) broken
        on conflict do nothing`;
    },
  };

  /**
   * Returns some violations. Planned as if all were read, because mostly there are none: a plan for the first rows
   * would look them up one by one.
   */
  async function most(violations: Fragment): Promise<Violation[]> {
    return await sql<Violation[]>`
      with found as materialized (${violations}) select * from found limit ${MAX_VIOLATIONS}`;
  }
}

const union = (sql: Queries, parts: Fragment[]) =>
  parts.reduce((before, part) => sql`${before} union all (${part})`);

/** Returns SQL for the violations of orders for whose id `among` is true. */
function ofOrders(sql: Queries, among: (orderId: Fragment) => Fragment): Fragment[] {
  const ungrantedLines = sql`
    select 1 as invariant, 'order_line ' || l.id as subject, l.order_id as "orderId", null as "studentId", null as "alertKey",
      'order is ' || l.order_state || ', the line has no grant and no reason why not' as detail
    from order_lines l
    where l.order_state in ('paid', 'partially_refunded', 'refunded') and l.no_grant_reason is null
      and not exists (select from grants g where g.order_line_id = l.id) and ${among(sql`l.order_id`)}`;

  const hangingGrants = sql`
    select 2 as invariant, 'grant ' || g.id as subject, ended.id as "orderId", null as "studentId", null as "alertKey",
      'active, but the payment of order ' || ended.id || ' is ' || ended.how as detail
    from (
      select o.id, 'refunded' as how from orders o where o.state = 'refunded' and ${among(sql`o.id`)}
      union all
      select o.id, 'lost to a dispute' from disputes d
      join payments p on p.payment_intent_id = d.payment_intent_id
      join orders o on o.id = p.order_id
      where d.status = 'lost' and o.state <> 'refunded' and ${among(sql`o.id`)}
    ) ended
    join order_lines l on l.order_id = ended.id
    join grants g on g.order_line_id = l.id
    where ${isOpen(sql)} and coalesce(g.payment_hold, '') not in ('refunded', 'dispute_lost')`;

  // Constraints of the tables ensure that every grant that needs a line has one, and every line an order.
  const groundlessGrants = sql`
    select 3 as invariant, 'grant ' || g.id as subject, l.order_id as "orderId", null as "studentId", null as "alertKey",
      'its order ' || l.order_id || ' is ' || l.order_state as detail
    from order_lines l join grants g on g.order_line_id = l.id
    where l.order_state not in ('paid', 'partially_refunded', 'refunded') and ${among(sql`l.order_id`)}`;

  const excessiveRefunds = sql`
    select 4 as invariant, 'payment ' || s.session_id as subject, s.order_id as "orderId", null as "studentId", null as "alertKey",
      'refunded ' || sum(r.amount) || ' of ' || s.total_amount || ' ' || s.currency as detail
    from refunds r join payment_sessions s on s.payment_intent_id = r.payment_intent_id
    where s.outcome = 'paid' and r.status in ('requires_action', 'pending', 'succeeded')
      and ${among(sql`s.order_id`)}
    group by s.session_id, s.order_id, s.total_amount, s.currency
    having sum(r.amount) > s.total_amount or count(*) filter (where r.currency <> s.currency) > 0`;

  // The amount to pay is the order's subtotal minus the quoted discount.
  const mixedAmounts = sql`
    select 4 as invariant, 'order ' || o.id as subject, o.id as "orderId", null as "studentId", null as "alertKey",
      'lines ' || l.amount || ', order ' || o.subtotal_amount || ', payment ' || p.amount || ' ' || p.currency as detail
    from orders o join payments p on p.order_id = o.id
    join (
      select l.order_id, sum(l.amount) as amount, bool_or(l.refunded_amount > ${
    linePaid(sql)
  }) as is_overdrawn
      from order_lines l where ${among(sql`l.order_id`)} group by l.order_id
    ) l on l.order_id = o.id
    where l.amount <> o.subtotal_amount or p.amount > o.subtotal_amount or p.currency <> o.currency or l.is_overdrawn`;

  const needlessPages = sql`
    select 6 as invariant, 'order ' || o.id as subject, o.id as "orderId", null as "studentId", null as "alertKey",
      'can be paid, but its student is gone, or has the course or pays for it already' as detail
    from orders o where o.state in ('created', 'open') and ${isUnneeded(sql)} and ${among(sql`o.id`)}`;

  // Whichever of the two changed, the later one is in violation.
  const secondPurchases = sql`
    select distinct 7 as invariant, 'order_line ' || later.id as subject, later.order_id as "orderId", null as "studentId",
      null as "alertKey", 'its course is paid by order ' || earlier.order_id || ' too' as detail
    from (
      select l.*, ${precedence(sql, "o")} as precedence, g.payment_hold from order_lines l
      join orders o on o.id = l.order_id join grants g on g.order_line_id = l.id
      where l.order_state in ('paid', 'partially_refunded') and ${isOpen(sql)} and ${among(sql`l.order_id`)}
    ) l
    join (
      select l.*, ${precedence(sql, "o")} as precedence, g.payment_hold from order_lines l
      join orders o on o.id = l.order_id join grants g on g.order_line_id = l.id
      where l.order_state in ('paid', 'partially_refunded') and ${isOpen(sql)}
    ) l2 on l2.student_id = l.student_id and l2.course_id = l.course_id and l2.order_id <> l.order_id
    cross join lateral (
      select a.id, a.order_id, a.payment_hold, a.amount - a.discount_amount as net
      from (select l.* union all select l2.*) a order by a.precedence desc limit 1
    ) later
    cross join lateral (
      select a.order_id, a.payment_hold from (select l.* union all select l2.*) a order by a.precedence limit 1
    ) earlier
    join payments p on p.order_id = later.order_id
    where coalesce(earlier.payment_hold, 'disputed') = 'disputed'
      and (later.payment_hold is null or later.payment_hold in ('duplicate', 'disputed') and later.net > 0)
      and p.review_reason is null
      and not exists (
        select from refunds r where r.order_id = later.order_id and r.status not in ('failed', 'canceled')
      )`;

  const secondPayments = sql`
    select 7 as invariant, 'payment ' || min(s.session_id) as subject, s.order_id as "orderId", null as "studentId",
      null as "alertKey", 'the order was paid ' || count(*) || ' times' as detail
    from payment_sessions s join payments p on p.order_id = s.order_id
    where s.outcome = 'paid' and s.total_amount > 0 and p.review_reason is null and ${among(sql`s.order_id`)}
    group by s.order_id having count(*) > 1`;

  // For a line that is not computed yet, the whole tax of its order counts as its own, so that every finding is
  // certain to be refunded in full.
  const linesGivenBack = sql`
    select 8 as invariant, 'grant ' || g.id as subject, l.order_id as "orderId", null as "studentId",
      null as "alertKey", 'active, but all of its line was given back' as detail
    from order_lines l join grants g on g.order_line_id = l.id join payments p on p.order_id = l.order_id
    cross join lateral (select coalesce(l.paid_amount, l.amount - l.discount_amount + p.tax_amount) as amount) charged
    where ${isOpen(sql)} and g.payment_hold is null and charged.amount > 0 and ${among(sql`l.order_id`)}
      and greatest(l.refunded_amount, (
        select coalesce(sum(f.amount), 0) from refund_lines f join refunds r on r.id = f.refund_id
        where f.order_line_id = l.id and r.status in ('requires_action', 'pending', 'succeeded')
      )) >= charged.amount`;

  const codesBeyondLimit = sql`
    select 9 as invariant, 'order ' || o.id as subject, o.id as "orderId", null as "studentId", null as "alertKey",
      case when o.state = 'expired' then 'can be paid yet, but does not hold ' || m.code
        when ${isBeyondLimit(sql)} then 'paid with ' || m.code || ' beyond its limit'
        else 'paid with ' || m.code || ', which counts it not' end as detail
    from promotion_redemptions r join promotions m on m.id = r.promotion_id join orders o on o.id = r.order_id
    join payments p on p.order_id = o.id
    where ${among(sql`o.id`)} and p.review_reason is null and (
      o.state in ('paid', 'partially_refunded') and (r.released_at is not null or ${isBeyondLimit(sql)})
      or o.state = 'expired' and o.abandoned_at is not null and o.page_closed_at is null and r.released_at is not null
    )`;

  const untrueAmounts = sql`
    select 10 as invariant, 'payment of order ' || o.id as subject, o.id as "orderId", null as "studentId",
      null as "alertKey", 'says ' || p.paid_amount || ' less ' || p.refunded_amount || ', Stripe ' || s.total_amount ||
        ' less ' || refunded.amount || '; of it ' || p.tax_amount || ' tax, Stripe ' || s.tax_amount ||
        '; after a discount of ' || p.discount_amount || ', Stripe ' || s.discount_amount as detail
    from payments p join orders o on o.id = p.order_id
    join payment_sessions s on s.session_id = p.session_id and s.outcome = 'paid' and s.mismatch is null
    cross join lateral (
      select coalesce(sum(r.amount), 0) as amount from refunds r
      where r.payment_intent_id = s.payment_intent_id and r.status in ('requires_action', 'pending', 'succeeded')
    ) refunded
    where o.state in ('paid', 'partially_refunded', 'refunded') and ${among(sql`o.id`)}
      and (p.paid_amount, p.refunded_amount, p.discount_amount, p.tax_amount)
        <> (s.total_amount, refunded.amount, s.discount_amount, s.tax_amount)`;

  const receipts = sql`
    select 10 as invariant, 'receipt of order ' || o.id as subject, o.id as "orderId", null as "studentId",
      null as "alertKey", 'is dated before number ' || o.receipt_number - 1 as detail
    from orders o
    where o.receipt_number > (select coalesce(n.dated_from, 0) from receipt_numbers n) and ${among(sql`o.id`)}
      and exists (
        select from orders b where b.receipt_number = o.receipt_number - 1 and b.paid_at > o.paid_at
      )`;

  return [
    ungrantedLines,
    hangingGrants,
    groundlessGrants,
    excessiveRefunds,
    mixedAmounts,
    needlessPages,
    secondPurchases,
    secondPayments,
    linesGivenBack,
    codesBeyondLimit,
    untrueAmounts,
    receipts,
  ];
}

/** Returns SQL that is true for a grant `g` that is neither revoked nor suspended nor expired. */
const isOpen = (sql: Queries): Fragment =>
  sql`(g.revoked_at is null and g.suspended_at is null and (g.ends_at is null or g.ends_at > statement_timestamp()))`;

/**
 * Returns SQL for the open grants of erased or deactivated students, whatever the source: a gift has no order that
 * would be checked.
 */
function accessOfTheGone(sql: Queries): Fragment {
  return sql`
    select 6 as invariant, 'grant ' || g.id as subject, null::uuid as "orderId", u.id as "studentId", null as "alertKey",
      'active, but its account is ' || case when u.erased_at is null then 'deactivated' else 'erased' end as detail
    from users u join grants g on g.student_id = u.id
    where (u.deactivated_at is not null or u.erased_at is not null) and ${
    isOpen(sql)
  } and g.payment_hold is null`;
}

function deadLetters(sql: Queries): Fragment {
  return sql`
    select 5 as invariant, 'event ' || e.event_id as subject, null as "orderId", null as "studentId",
      'dead_letter:' || e.endpoint || ':' || e.event_id as "alertKey",
      e.type || ' was given up without an alert: ' || coalesce(e.reason, '') as detail
    from webhook_events e
    where e.outcome = 'dead'
      and not exists (
        select from operator_alerts a where a.key = 'dead_letter:' || e.endpoint || ':' || e.event_id
      )
    union all
    select 5, 'job ' || j.id, null, null, 'dead_job:' || j.id,
      'a job was given up without an alert: ' || coalesce(j.data ->> 'kind', '')
    from pgboss.job j
    where j.name = 'dead_jobs'
      and not exists (select from operator_alerts a where a.key = 'dead_job:' || j.id)`;
}
