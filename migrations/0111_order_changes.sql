-- Orders to be looked at anew, so that the look at the invariants that recurs need not read all of them: whoever changes a
-- row that an invariant is about leaves the order here, in the same transaction. What is broken stays until it is whole.

create table order_changes (
  changed_in xid8 not null default pg_current_xact_id(), -- a row of its own for each transaction: none waits for another
  order_id uuid not null,
  primary key (changed_in, order_id)
);

create function note_changed_order() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id) values (coalesce(new.id, old.id)) on conflict do nothing;
  return null;
end $$;

-- Of a row that names its order.
create function note_order_of_row() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id) values (coalesce(new.order_id, old.order_id)) on conflict do nothing;
  if tg_op = 'UPDATE' and new.order_id <> old.order_id then
    insert into order_changes (order_id) values (old.order_id) on conflict do nothing;
  end if;
  return null;
end $$;

-- Of a refund or dispute, which may be there before its order is known.
create function note_orders_of_payment() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id)
  select order_id from payment_sessions where payment_intent_id in (old.payment_intent_id, new.payment_intent_id)
  union select id from unnest(array[old.order_id, new.order_id]) id where id is not null
  on conflict do nothing;
  return null;
end $$;

create function note_order_of_grant() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id)
  select order_id from order_lines where id in (old.order_line_id, new.order_line_id)
  on conflict do nothing;
  return null;
end $$;

create trigger note_change after insert or update or delete on orders
  for each row execute function note_changed_order();
create trigger note_change after insert or update or delete on order_lines
  for each row execute function note_order_of_row();
create trigger note_change after insert or update or delete on payments
  for each row execute function note_order_of_row();
create trigger note_change after insert or update or delete on payment_sessions
  for each row execute function note_order_of_row();
create trigger note_change after insert or update or delete on refunds
  for each row execute function note_orders_of_payment();
create trigger note_change after insert or update or delete on disputes
  for each row execute function note_orders_of_payment();
create trigger note_grant after insert on grants
  for each row when (new.order_line_id is not null) execute function note_order_of_grant();
create trigger note_change after update or delete on grants
  for each row when (old.order_line_id is not null) execute function note_order_of_grant();
