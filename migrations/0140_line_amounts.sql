-- One reckoning of each line: what was charged for it, what was given back, what it was when it was sold.

alter table order_lines
  -- What was charged for the line, with its share of the tax; null before it was reckoned: amount - discount_amount.
  -- What is left of it is paid_amount - refunded_amount.
  add column paid_amount bigint check (paid_amount >= 0),
  -- How many lessons the course had when it was paid, and how long they were together, lessons of unknown length taken as
  -- long as the others: what a student may take back is judged by no less, whatever its tutors change afterwards.
  add column sold_lessons integer,
  add column sold_seconds integer,
  add constraint order_lines_refunded_within_paid check (refunded_amount <= paid_amount);

-- Number and moment of a receipt are taken together, under the lock of the row of numbers, so that the moments run as the numbers
-- do: a transaction's now() may be older than what it waited for.
alter table receipt_numbers
  add column last_at timestamptz not null default '-infinity';
update receipt_numbers set last_at = coalesce((select max(paid_at) from orders), '-infinity');

alter table orders add constraint orders_paid_have_moment
  check (paid_at is not null or state not in ('paid', 'partially_refunded', 'refunded'));

create index orders_paid_at on orders (paid_at) where paid_at is not null;
create index attachment_links_viewer_id on attachment_links (viewer_id, course_id) where viewer_id is not null;
create index playback_log_tickets on playback_log (viewer_id, course_id) where outcome = 'ticket_issued';
