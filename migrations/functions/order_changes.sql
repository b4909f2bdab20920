-- Notes orders to check again. A change to a row that an invariant depends on adds its order to order_changes in the
-- same transaction.

create or replace function note_changed_order() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id) values (coalesce(new.id, old.id)) on conflict do nothing;
  return null;
end $$;
create or replace trigger note_change after insert or update or delete on orders
  for each row execute function note_changed_order();

create or replace function note_order_of_row() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id) values (coalesce(new.order_id, old.order_id)) on conflict do nothing;
  if tg_op = 'UPDATE' and new.order_id <> old.order_id then
    insert into order_changes (order_id) values (old.order_id) on conflict do nothing;
  end if;
  return null;
end $$;
comment on function note_order_of_row() is 'Notes the order that a row names in order_id.';
create or replace trigger note_change after insert or update or delete on order_lines
  for each row execute function note_order_of_row();
create or replace trigger note_change after insert or update or delete on payments
  for each row execute function note_order_of_row();
create or replace trigger note_change after insert or update or delete on payment_sessions
  for each row execute function note_order_of_row();
create or replace trigger note_change after insert or update or delete on promotion_redemptions
  for each row execute function note_order_of_row();

create or replace function note_orders_of_payment() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id)
  select order_id from payment_sessions where payment_intent_id in (old.payment_intent_id, new.payment_intent_id)
  union select id from unnest(array[old.order_id, new.order_id]) id where id is not null
  on conflict do nothing;
  return null;
end $$;
comment on function note_orders_of_payment() is
  'Notes the orders of a refund or dispute, which may be reported before its order is known.';
create or replace trigger note_change after insert or update or delete on refunds
  for each row execute function note_orders_of_payment();
create or replace trigger note_change after insert or update or delete on disputes
  for each row execute function note_orders_of_payment();

create or replace function note_order_of_grant() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id)
  select order_id from order_lines where id in (old.order_line_id, new.order_line_id)
  on conflict do nothing;
  return null;
end $$;
create or replace trigger note_grant after insert on grants
  for each row when (new.order_line_id is not null) execute function note_order_of_grant();
create or replace trigger note_change after update or delete on grants
  for each row when (old.order_line_id is not null) execute function note_order_of_grant();

create or replace function note_orders_of_gift() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id)
  select order_id from order_lines where student_id = new.student_id and course_id = new.course_id
  on conflict do nothing;
  return null;
end $$;
comment on function note_orders_of_gift() is
  'Notes the orders for the course of a grant that an administrator gave. The grant may make a payment redundant.';
create or replace trigger note_gift after insert or update on grants
  for each row when (new.order_line_id is null) execute function note_orders_of_gift();

create or replace function note_orders_of_person() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id) select id from orders where student_id = new.id on conflict do nothing;
  return null;
end $$;
comment on function note_orders_of_person() is
  'Notes the orders of a person whose account was deactivated, reactivated or erased.';
create or replace trigger note_change after update of deactivated_at, erased_at on users for each row
  when ((old.deactivated_at, old.erased_at) is distinct from (new.deactivated_at, new.erased_at))
  execute function note_orders_of_person();

create or replace function note_orders_of_promotion() returns trigger language plpgsql as $$
begin
  insert into order_changes (order_id) select order_id from promotion_redemptions where promotion_id = new.id
  on conflict do nothing;
  return null;
end $$;
comment on function note_orders_of_promotion() is 'Notes the orders that used a promotion whose limits have changed.';
create or replace trigger note_change after update of max_redemptions, per_student_limit on promotions for each row
  when ((old.max_redemptions, old.per_student_limit) is distinct from (new.max_redemptions, new.per_student_limit))
  execute function note_orders_of_promotion();
