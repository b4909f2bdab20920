-- What was charged for each line, what was given back, and what it was when it was sold.

alter table order_lines
  add column paid_amount bigint check (paid_amount >= 0),
  add column sold_lessons integer,
  add column sold_seconds integer,
  add constraint order_lines_refunded_within_paid check (refunded_amount <= paid_amount);

alter table receipt_numbers
  add column last_at timestamptz not null default '-infinity';
update receipt_numbers set last_at = coalesce((select max(paid_at) from orders), '-infinity');

alter table orders add constraint orders_paid_have_moment
  check (paid_at is not null or state not in ('paid', 'partially_refunded', 'refunded'));

create index orders_paid_at on orders (paid_at) where paid_at is not null;
create index attachment_links_viewer_id on attachment_links (viewer_id, course_id) where viewer_id is not null;
create index playback_log_tickets on playback_log (viewer_id, course_id) where outcome = 'ticket_issued';
