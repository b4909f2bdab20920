-- Records on payment of an order its receipt number, its date, and what was sold.

create or replace function date_paid_order() returns trigger language plpgsql as $$
begin
  new.paid_at := clock_timestamp();
  return new;
end $$;
comment on function date_paid_order() is 'Dates an order that is paid, until number_receipt gives it the time of its receipt.';
create or replace trigger orders_date_paid before update of state on orders for each row
  when (new.paid_at is null and new.state in ('paid', 'partially_refunded', 'refunded'))
  execute function date_paid_order();

create or replace function number_receipt() returns trigger language plpgsql as $$
declare
  number receipt_numbers.last%type;
  taken_at timestamptz;
begin
  if not exists (select from orders where id = new.id and receipt_number is null) then
    return null;
  end if;
  update receipt_numbers set last = last + 1, last_at = greatest(clock_timestamp(), last_at)
  returning last, last_at into number, taken_at;
  update orders set receipt_number = number, paid_at = coalesce(old.paid_at, taken_at) where id = new.id;
  return null;
end $$;
comment on function number_receipt() is
  'Takes the number and the time of a receipt together, under the lock of the row of receipt_numbers, so that times are '
  'in the order of numbers. now() would be wrong: it may be earlier than the receipt that the transaction waited for. '
  'It runs at the commit, because all settlements wait for that lock.';
drop trigger if exists orders_number_receipt on orders;
create constraint trigger orders_number_receipt after update of state on orders
  deferrable initially deferred for each row
  when (new.state in ('paid', 'partially_refunded', 'refunded'))
  execute function number_receipt();

create or replace function date_order_brought_in_paid() returns trigger language plpgsql as $$
begin
  new.paid_at := new.created_at;
  return new;
end $$;
comment on function date_order_brought_in_paid() is
  'Dates an order that is inserted as paid without a time of payment: it gets the time of its creation.';
create or replace trigger orders_date_brought_in_paid before insert on orders for each row
  when (new.paid_at is null and new.state in ('paid', 'partially_refunded', 'refunded'))
  execute function date_order_brought_in_paid();

create or replace function note_what_was_sold() returns trigger language plpgsql as $$
begin
  update order_lines l set sold_lessons = c.lessons, sold_seconds = c.seconds
  from (
    select p.course_id, count(*)::integer as lessons,
      least(coalesce(round(avg(lesson_seconds(e)) * count(*)), 0), 2147483647)::integer as seconds
    from course_parts p join lessons e on e.part_id = p.id
    where p.course_id in (select course_id from order_lines where order_id = new.id)
    group by p.course_id
  ) c
  where l.order_id = new.id and l.course_id = c.course_id;
  return null;
end $$;
comment on function note_what_was_sold() is
  'Notes in order_lines how many lessons a course had when it was paid, and their length. Lessons of unknown length '
  'count with the average of the others.';
create or replace trigger orders_note_what_was_sold after update of state on orders for each row
  when (old.paid_at is null and new.paid_at is not null)
  execute function note_what_was_sold();

create or replace function fill_order_subtotal() returns trigger language plpgsql as $$
begin
  new.subtotal_amount := coalesce(new.subtotal_amount, new.total_amount);
  new.total_amount := coalesce(new.total_amount, new.subtotal_amount);
  return new;
end $$;
comment on function fill_order_subtotal() is
  'Fills total_amount, the former name of subtotal_amount, or subtotal_amount when the previous release inserts an order.';
create or replace trigger orders_fill_subtotal before insert on orders for each row
  execute function fill_order_subtotal();
