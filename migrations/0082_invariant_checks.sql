-- What the last look at the invariants found, so that metrics cost no look of their own.

create table invariant_checks (
  invariant smallint primary key,
  broken integer not null,
  checked_at timestamptz not null
);

-- Few of many: what the look begins with.
create index order_lines_not_paid on order_lines (id)
  where order_state not in ('paid', 'partially_refunded', 'refunded');
create index orders_refunded on orders (id) where state = 'refunded';
