create or replace function session_outcome_rank(outcome text) returns integer language sql immutable as $$
  select array_position(array['awaiting_funds', 'expired', 'failed', 'paid'], outcome)
$$;
comment on function session_outcome_rank(text) is
  'Returns how final the outcome of a payment session is. An outcome is never replaced by a less final one, in whatever '
  'order they are reported.';

create or replace function refund_status_rank(status text) returns integer language sql immutable as $$
  select array_position(
    array['requested', 'submitted', 'requires_action', 'pending', 'succeeded', 'failed', 'canceled'], status)
$$;
comment on function refund_status_rank(text) is
  'Returns how final the status of a refund is. A status is never replaced by a less final one, in whatever order they '
  'are reported.';

create or replace function lock_order(intent text, named uuid, former_payment uuid) returns uuid language plpgsql as $$
declare
  order_id uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('payment:' || intent, 0)) where intent is not null;
  order_id := coalesce(
    (select o.id from orders o where o.id = named),
    (select p.order_id from payments p where p.id = former_payment)
  );
  perform lock_purchases(order_id);
  return order_id;
end $$;
comment on function lock_order(text, uuid, uuid) is
  'Locks a payment (null: none) and the purchases of the order that a payment page names, by its id or by that of its '
  'payment in the former shop. Returns the id of the order; null: there is none.';

create or replace function lock_order_of_payment(intent text) returns uuid language plpgsql as $$
declare
  order_id uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended('payment:' || intent, 0)) where intent is not null;
  order_id := (select s.order_id from payment_sessions s where s.payment_intent_id = intent limit 1);
  perform lock_purchases(order_id);
  return order_id;
end $$;
comment on function lock_order_of_payment(text) is
  'Locks a payment and the purchases of its order. Returns the id of the order; null: none is known so far.';

create or replace function lock_purchases(of_order uuid) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('checkout:' || o.student_id, 0)) from orders o where o.id = of_order;
  perform from orders o where o.id = of_order for update;
  perform from courses c join order_lines l on l.course_id = c.id
  where l.order_id = of_order order by c.id for key share of c;
  perform from promotions m join promotion_redemptions r on r.promotion_id = m.id
  where r.order_id = of_order for update of m;
end $$;
comment on function lock_purchases(uuid) is
  'Locks the student''s purchases, with the same lock as a checkout, then the order, keeps its courses from being '
  'deleted, and locks its code. Always in this order, after the payment, so that settlements and checkouts never '
  'deadlock. Each statement sees what was committed while the one before it waited.';
