-- Receipts are numbered without gaps, in the order in which orders were paid: the number is taken in the transaction that
-- settles the order, from one row that the next settlement waits for, and goes back when that transaction fails.

alter table orders
  add column receipt_number bigint unique,
  add column paid_at timestamptz;

with paid as (
  select id, row_number() over (order by updated_at, id) as number from orders
  where state in ('paid', 'partially_refunded', 'refunded')
)
update orders o set receipt_number = paid.number, paid_at = o.updated_at from paid where paid.id = o.id;

create table receipt_numbers (
  only_row boolean primary key default true check (only_row),
  last bigint not null
);
insert into receipt_numbers (last) select count(receipt_number) from orders;

create function number_receipt() returns trigger language plpgsql as $$
begin
  update receipt_numbers set last = last + 1 returning last into new.receipt_number;
  new.paid_at := now();
  return new;
end $$;
create trigger orders_number_receipt before update of state on orders for each row
  when (new.receipt_number is null and new.state in ('paid', 'partially_refunded', 'refunded'))
  execute function number_receipt();

create index orders_created_at on orders (created_at desc, id);
create index order_lines_course_id on order_lines (course_id);
