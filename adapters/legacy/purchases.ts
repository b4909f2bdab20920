import { allot } from "../../domain/money.ts";
import type { Queries } from "../postgres/queries.ts";
import { analyze, namedUuid } from "./staging.ts";

/**
 * How long before the last click on "Buy" an unpaid order still matters: its page is open for a day, and Stripe repeats
 * an event for three.
 */
const RECENT = "5 days";
/** How long after its order a payment was created at most. */
const TOGETHER = "2 seconds";
const ORDERS_AT_ONCE = 1000;

/**
 * Finds the order of each payment. Until it was completed, nothing but the time connected a payment with its order:
 * same buyer, same amount, within two seconds. The nearest pair counts first, and each only once. Creates
 * `payments_here`: each payment with its order and what it is.
 */
export async function matchPayments(sql: Queries): Promise<void> {
  await sql.unsafe(`
    create temporary table pairs on commit drop as
    select p.id as payment_id, o.id as order_id, p.created_at - o.created_at as distance,
      count(*) over (partition by p.id) = 1 and count(*) over (partition by o.id) = 1 as is_only
    from former_payments_payment p
    join former_payments_order o on o.user_id = p.user_id and o.total_amount = p.amount
      and p.created_at >= o.created_at and p.created_at < o.created_at + interval '${TOGETHER}'
    where p.order_id is null and coalesce(p.transaction_id, '') !~ '^cs_'
      and not exists (select from former_payments_payment l where l.order_id = o.id)`);
  await sql.unsafe(`
    create temporary table matches (payment_id uuid primary key, order_id uuid unique) on commit drop;
    insert into matches select payment_id, order_id from pairs where is_only;
    do $$
    declare
      pair record;
    begin
      for pair in select * from pairs where not is_only order by distance, payment_id, order_id loop
        insert into matches values (pair.payment_id, pair.order_id) on conflict do nothing;
      end loop;
    end $$`);
  await analyze(sql, "matches");
  // What Stripe charged is the order's total, fixed at the click; anybody could change a payment's amount and status.
  await sql.unsafe(`
    create temporary table payments_here on commit drop as
    select p.*, o.id as order_ref, coalesce(o.total_amount, p.amount) as total, o.created_at as ordered_at,
      o.updated_at as order_updated_at, coalesce(o.user_id, p.user_id) as buyer,
      row_number() over (
        partition by coalesce(o.id, p.id) order by array_position(
          array['paid', 'refunded', 'taken', 'doubtful', 'unproven', 'failed', 'pending', 'by_hand', 'unknown'], k.kind
        ), p.created_at, p.id
      ) as place, k.kind
    from (
      select f.*, case when f.transaction_id ~ '^cs_[A-Za-z0-9_]+$' then f.transaction_id end as session
      from former_payments_payment f
    ) p
    left join matches m on m.payment_id = p.id
    left join former_payments_order o on o.id = coalesce(p.order_id, m.order_id)
    cross join lateral (
      select case
        when p.session is not null and p.status = 2 then 'paid'
        when p.session is not null and p.status = -2 then
          case when coalesce(o.total_amount, p.amount) = 0 then 'paid' else 'refunded' end
        when p.session is not null and p.status in (1, -1) then 'doubtful'
        when upper(p.method) <> 'STRIPE' and p.status in (1, 2, -1, -2) then 'by_hand'
        when p.status in (2, -2) then 'unproven'
        when p.status = -1 and p.reason = 1 then 'taken'
        when p.status = -1 then 'failed'
        when p.status = 1 then 'pending'
        else 'unknown'
      end as kind
    ) k`);
  await sql`create unique index on payments_here (id)`;
  await sql`create index on payments_here (order_ref)`;
  await analyze(sql, "payments_here");
}

/**
 * Decides what becomes of each payment and order, and creates `sales`: the orders to write, each with its one payment.
 * `lines_of`: the former order that has its courses; null: the order is gone.
 */
export async function judgePayments(sql: Queries): Promise<void> {
  await sql.unsafe(`
    create temporary table moments on commit drop as
    select coalesce(max(at) filter (where at <= statement_timestamp()), '-infinity') - interval '${RECENT}' as recent
    from (select created_at as at from former_payments_order union all select created_at from former_payments_payment) all_of_them`);
  await sql.unsafe(`
    alter table payments_here add column fate text;
    update payments_here p set fate = case
      when p.total < 0 or p.total = 'NaN' then 'its amount is below 0, which nobody could pay'
      when p.kind in ('paid', 'refunded') then null
      when p.kind = 'by_hand' and p.status = 2 then 'was entered by hand: it is a reason for access, not a sale'
      when p.kind = 'by_hand' then 'was entered by hand and not completed'
      when p.kind = 'unknown' then 'has an unknown status'
      when p.total = 0 then 'is for nothing and was not completed'
      when p.kind in ('taken', 'doubtful') and (p.place = 1 or p.order_ref is null) then null
      when p.order_ref is null then
        case p.kind when 'unproven' then 'was marked as completed without a Stripe session, and has no order'
          else 'was not completed, and its order is gone' end
      when p.place > 1 then 'is a second payment of an order, and was not completed'
      when p.kind = 'pending' and p.created_at < m.recent then 'was never paid, and is too old to be'
    end
    from moments m`);
  await sql.unsafe(`
    create temporary table sales on commit drop as
    select case when p.order_ref is not null and p.place = 1 then p.order_ref else p.id end as id, p.id as payment_id,
      p.order_ref as lines_of, p.buyer, p.kind, (p.total * 100)::bigint as cents, p.session,
      case when p.session is not null and p.total > 0 then p.stripe_payment_intent end as intent,
      case when p.order_ref is not null and p.place = 1 then p.ordered_at else p.created_at end as created_at,
      case when p.order_ref is not null and p.place = 1 then p.order_updated_at else p.updated_at end as updated_at,
      p.created_at as payment_created_at, p.updated_at as payment_updated_at, p.cancel_time, p.reason,
      null::timestamptz as paid_at, null::bigint as receipt_number
    from payments_here p where p.fate is null
    union all
    select o.id, ${
    namedUuid("'payment:' || o.id")
  }, o.id, o.user_id, 'pending', (o.total_amount * 100)::bigint, null, null,
      o.created_at, o.updated_at, o.created_at, o.created_at, null, null, null, null
    from former_payments_order o, moments m
    where o.total_amount > 0 and o.total_amount <> 'NaN' and o.created_at >= m.recent
      and not exists (select from payments_here p where p.order_ref = o.id)`);
  // Only one order can have an intent, because refunds and disputes find their order by it.
  await sql`
    update sales s set intent = null
    from (
      select id, row_number() over (partition by intent order by created_at, id) as place from sales where intent is not null
    ) p where p.id = s.id and p.place > 1`;
  await sql`create unique index on sales (id)`;
  await analyze(sql, "sales");
  // A payment may have been changed long after it was paid. Its student was enrolled as it was paid.
  await sql`
    update sales s set paid_at = least(statement_timestamp(), greatest(e.since, least(s.payment_updated_at, e.enrolled_at)))
    from (
      select s.id, min(greatest(s.created_at, s.payment_created_at)) as since, min(e.enrolled_at) as enrolled_at
      from sales s left join former_payments_order_courses i on i.order_id = s.lines_of
      left join former_courses_enrollment e
        on e.student_id = s.buyer and e.course_id = i.course_id and e.enrolled_at >= greatest(s.created_at, s.payment_created_at)
      group by s.id
    ) e
    where e.id = s.id and s.kind in ('paid', 'refunded')`;
  await sql`
    update sales s set receipt_number = r.last + n.number
    from (select id, row_number() over (order by paid_at, id) as number from sales where paid_at is not null) n,
      receipt_numbers r
    where n.id = s.id`;
}

/** Creates `lines`: the courses of each sale with their amounts, which add up to its total. */
export async function itemize(sql: Queries): Promise<void> {
  await sql.unsafe(`
    create temporary table lines on commit drop as
    select s.id as sale_id, i.course_id, c.slug, c.title, s.cents as amount, c.price_amount as weight, false as is_invented,
      row_number() over (partition by s.id order by i.id) - 1 as position, count(*) over (partition by s.id) as of
    from sales s join former_payments_order_courses i on i.order_id = s.lines_of join courses c on c.id = i.course_id
    union all
    select s.id, ${namedUuid("'course of:' || s.id")}, '', 'A course that was deleted', s.cents, 1, true, 0, 1
    from sales s
    where not exists (select from former_payments_order_courses i where i.order_id = s.lines_of)`);
  await sql`create unique index on lines (sale_id, course_id)`;
  for (let after: string | null = null;;) {
    const rows: { sale: string; courses: string[]; weights: bigint[]; cents: bigint }[] = await sql`
      select l.sale_id as sale, array_agg(l.course_id order by l.position) as courses,
        array_agg(l.weight order by l.position) as weights, min(l.amount) as cents
      from lines l where l.of > 1 and (${after}::uuid is null or l.sale_id > ${after}::uuid)
      group by l.sale_id order by l.sale_id limit ${ORDERS_AT_ONCE}`;
    if (rows.length === 0) break;
    const split = rows.flatMap(({ sale, courses, weights, cents }) =>
      shareOut(cents, weights).map((amount, index) => ({
        sale,
        course: courses[index]!,
        amount: String(amount),
      }))
    );
    await sql`
      update lines l set amount = s.amount
      from json_to_recordset(${JSON.stringify(split)}::text::json) as s(sale uuid, course uuid, amount bigint)
      where l.sale_id = s.sale and l.course_id = s.course`;
    after = rows.at(-1)!.sale;
  }
  await analyze(sql, "lines");
}

/** Splits an order's total over its courses by their prices of today; equally if all of them are free. */
function shareOut(cents: bigint, weights: bigint[]): bigint[] {
  const isFree = weights.every((weight) => weight === 0n);
  return allot({ amount: cents, currency: "usd" }, isFree ? weights.map(() => 1n) : weights);
}

/** Writes orders with their lines, payments, sessions and refunds. */
export async function writePurchases(sql: Queries): Promise<void> {
  const state =
    `case s.kind when 'paid' then 'paid' when 'refunded' then 'refunded' when 'pending' then 'expired'
    when 'unproven' then 'expired' else 'failed' end`;
  // A second purchase of a course is kept with a hold, as a payment that the shop settles.
  await sql`
    create temporary table second_purchases on commit drop as
    select sale_id, course_id, title from (
      select l.sale_id, l.course_id, l.title,
        row_number() over (partition by coalesce(a.user_id, s.buyer), l.course_id order by s.created_at, s.id) as place
      from lines l join sales s on s.id = l.sale_id left join accounts a on a.id = s.buyer
      where s.kind = 'paid' and not l.is_invented
    ) p where place > 1`;
  await sql.unsafe(`
    create temporary table orders_here on commit drop as
    select s.*, ${state} as state, coalesce(a.user_id, 'deleted:' || s.payment_id) as student_id,
      coalesce(u.email, '') as student_email, u.deactivated_at,
      case s.kind
        when 'taken' then 'imported: Stripe was paid and the buyer or the order was gone'
        when 'doubtful' then 'imported: has a Stripe session, but is not marked as completed'
        when 'unproven' then 'imported: marked as completed without a Stripe session'
        when 'paid' then (
          select string_agg(d.title || ' is paid by another order too', '; ' order by d.title)
          from second_purchases d where d.sale_id = s.id
        )
      end as review_reason
    from sales s left join accounts a on a.id = s.buyer left join users u on u.id = a.user_id`);
  await sql`create unique index on orders_here (id)`;
  await analyze(sql, "orders_here", "second_purchases");
  await sql`
    insert into orders (
      id, student_id, student_email, state, subtotal_amount, total_amount, currency, session_expires_at, receipt_number,
      paid_at, created_at, updated_at
    )
    select id, student_id, student_email, state, cents, cents, 'usd', created_at + interval '24 hours', receipt_number,
      paid_at, created_at, updated_at
    from orders_here`;
  await sql.unsafe(`
    insert into order_lines (
      id, order_id, order_state, student_id, course_id, course_slug, title, amount, position, paid_amount,
      refunded_amount, no_grant_reason
    )
    select ${
    namedUuid("'order_line:' || o.id || ':' || l.course_id")
  }, o.id, o.state, o.student_id, l.course_id, l.slug,
      l.title, l.amount, l.position, case when o.paid_at is not null then l.amount end,
      case when o.state = 'refunded' then l.amount else 0 end,
      case when l.is_invented and o.paid_at is not null then 'the course was gone when the books were imported' end
    from lines l join orders_here o on o.id = l.sale_id`);
  await sql`
    insert into payments (
      id, order_id, student_id, amount, currency, method, status, reason, session_id, payment_intent_id, review_reason,
      paid_amount, refunded_amount, created_at, updated_at
    )
    select payment_id, id, student_id, cents, 'usd', case when cents = 0 then 'free' else 'stripe' end,
      case state when 'paid' then 2 when 'refunded' then -2 else -1 end,
      case
        when kind = 'paid' then null
        when kind = 'refunded' then 5
        when kind = 'pending' then 4
        when kind in ('taken', 'doubtful', 'failed') and reason in (1, 2, 3, 4, 5, 10) then reason
        else 10
      end,
      session, ${sql.unsafe(intent)}, review_reason, case when paid_at is not null then cents else 0 end,
      case when state = 'refunded' then cents else 0 end, payment_created_at, payment_updated_at
    from orders_here`;
  await sql`
    insert into payment_sessions (
      session_id, order_id, attempt, payment_intent_id, outcome, currency, subtotal_amount, discount_amount, tax_amount,
      total_amount, created_at, updated_at
    )
    select session, id, 1, ${sql.unsafe(intent)}, 'paid', 'usd', cents, 0, 0, cents, created_at, paid_at
    from orders_here where paid_at is not null`;
  await sql.unsafe(`
    insert into refunds (
      id, stripe_refund_id, order_id, payment_intent_id, amount, currency, status, origin, created_at, updated_at
    )
    select ${
    namedUuid("'refund:' || payment_id")
  }, 'legacy:' || payment_id, id, ${intent}, cents, 'usd', 'succeeded',
      'stripe', coalesce(cancel_time, payment_updated_at), coalesce(cancel_time, payment_updated_at)
    from orders_here where state = 'refunded'`);
  await sql`
    update receipt_numbers set last = coalesce((select max(receipt_number) from orders), last),
      last_at = greatest(last_at, (select max(paid_at) from orders))`;
  await analyze(sql, "orders", "order_lines", "payments", "payment_sessions");
}

/** A refund names its payment by the intent. One that is unknown or another order's gets a name of its own. */
const intent = `case when state = 'refunded' then coalesce(intent, 'legacy:' || payment_id) else intent end`;

/** Reports orders and payments that were not copied, or need somebody. */
export async function reportPurchases(sql: Queries): Promise<void> {
  await sql.unsafe(`
    insert into legacy_report (table_name, row_id, what, why)
    select l.table_name, l.id, l.what, l.why from (
      select 1 as n, 'payments_payment' as table_name, p.id, 'skipped' as what, p.fate as why
      from payments_here p where p.fate is not null
      union all
      select 2, 'payments_order', o.id, 'skipped', case
          when o.total_amount < 0 or o.total_amount = 'NaN' then 'its amount is below 0, which nobody could pay'
          when p.kind = 'by_hand' then 'was paid by hand: it is a reason for access, not a sale'
          when p.fate is not null then 'its payment is skipped: ' || p.fate
          when o.total_amount = 0 then 'is for nothing and was not completed'
          else 'has no payment, and is too old to be paid'
        end
      from former_payments_order o left join payments_here p on p.order_ref = o.id and p.place = 1
      where not exists (select from sales s where s.id = o.id)
      union all
      select 3, 'payments_payment', p.id, 'person', 'was paid and its amount is below 0: look it up at Stripe'
      from payments_here p where p.kind in ('paid', 'refunded') and p.fate is not null
      union all
      select 4, 'payments_payment', p.id, 'person',
        case when p.status = -2 then 'was marked as refunded' else 'was marked as completed' end
          || ' without a Stripe session: it counts as unpaid'
      from payments_here p where p.kind = 'unproven'
      union all
      select 5, 'payments_payment', p.id, 'person', 'has an unknown status' from payments_here p where p.kind = 'unknown'
      union all
      select 6, 'payments_payment', p.id, 'person', 'Stripe was paid, but the buyer or the order was gone: give the course or refund it'
      from payments_here p where p.kind = 'taken' and p.fate is null
      union all
      select 6, 'payments_payment', p.id, 'person', 'has a Stripe session, but is not marked as completed: look it up at Stripe'
      from payments_here p where p.kind = 'doubtful'
      union all
      select 7, 'payments_payment', p.id, 'changed', 'its order was deleted: it is an order of its own, with a line for a deleted course'
      from payments_here p where p.kind in ('paid', 'refunded') and p.fate is null and p.order_ref is null
      union all
      select 8, 'payments_payment', p.id, 'person', 'was entered by hand for an order that has another payment'
      from payments_here p where p.kind = 'by_hand' and p.status = 2 and p.place > 1
      union all
      select 9, 'payments_payment', p.id, 'person', 'is a second payment of one order: it is an order of its own'
      from payments_here p where p.kind in ('paid', 'refunded') and p.fate is null and p.order_ref is not null and p.place > 1
      union all
      select 10, 'payments_payment', p.id, 'changed', 'its amount or currency differs from the order, whose total counts'
      from payments_here p join former_payments_order o on o.id = p.order_ref
      where p.fate is null and (p.amount <> o.total_amount or upper(p.currency) <> 'USD')
      union all
      select 11, 'payments_payment', p.id, 'changed', 'belongs to another account than its order, whose buyer counts'
      from payments_here p join former_payments_order o on o.id = p.order_ref
      left join accounts theirs on theirs.id = p.user_id join accounts ours on ours.id = o.user_id
      where p.fate is null and p.user_id is not null and theirs.user_id <> ours.user_id
      union all
      select 12, 'payments_payment', p.id, 'person', 'is marked as refunded, and access is as it was: compare it with Stripe'
      from payments_here p where p.kind = 'refunded' and p.fate is null
      union all
      select 13, 'payments_payment', s.payment_id, 'changed', 'its courses were deleted: it has a line for a deleted course'
      from sales s where s.kind in ('paid', 'refunded') and s.lines_of is not null
        and exists (select from lines l where l.sale_id = s.id and l.is_invented)
      union all
      select 14, 'payments_payment', s.payment_id, 'person', 'paid for a course that was paid already: refund one of them'
      from sales s where s.cents > 0 and exists (select from second_purchases d where d.sale_id = s.id)
      union all
      select 15, 'payments_order', o.id, 'changed', 'has several courses: its total is split by their prices of today'
      from former_payments_order o
      where exists (select from lines l where l.sale_id = o.id and l.of > 1)
      union all
      select 16, 'payments_payment', s.payment_id, 'person', 'its payment intent is that of another payment, or missing'
      from sales s where s.session is not null and s.cents > 0 and s.intent is null
    ) l order by l.n, l.id`);
  await sql`
    insert into legacy_report (table_name, row_id, what, why)
    select 'payments_order_courses', i.id, 'skipped', 'its order is skipped' from former_payments_order_courses i
    where not exists (select from sales s where s.id = i.order_id) order by i.id`;
}
