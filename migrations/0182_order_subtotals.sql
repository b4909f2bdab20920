-- orders.total_amount becomes subtotal_amount: it is before discounts, unlike payment_sessions.total_amount. The former column
-- stays for the release that still serves while this runs, and a trigger fills whichever of the two an insert leaves out. The
-- release after this one can drop the column, the constraint and the trigger. The second statement fills the column by
-- rewriting the table, which fires no triggers.
alter table orders add column subtotal_amount bigint;
alter table orders
  alter column subtotal_amount type bigint using total_amount,
  alter column subtotal_amount set not null,
  add constraint orders_subtotal_amount_check check (subtotal_amount >= 0),
  add constraint orders_total_is_subtotal check (total_amount = subtotal_amount);
