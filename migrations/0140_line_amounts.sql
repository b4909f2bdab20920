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

-- How long a lesson is, in seconds: its video, as the video service says; what its tutor wrote where that is not known.
create function lesson_seconds(lesson lessons) returns integer language sql stable as $$
  select coalesce(
    (select v.length_seconds from videos v where v.id = lesson.video_id and v.status = 'ready' and v.length_seconds > 0),
    nullif(lesson.duration_seconds, 0)
  )
$$;

create function note_what_was_sold() returns trigger language plpgsql as $$
begin
  update order_lines l set sold_lessons = c.lessons, sold_seconds = c.seconds
  from (
    select p.course_id, count(*)::integer as lessons,
      coalesce(round(avg(lesson_seconds(e)) * count(*)), 0)::integer as seconds
    from course_parts p join lessons e on e.part_id = p.id
    where p.course_id in (select course_id from order_lines where order_id = new.id)
    group by p.course_id
  ) c
  where l.order_id = new.id and l.course_id = c.course_id;
  return null;
end $$;
create trigger orders_note_what_was_sold after update of state on orders for each row
  when (old.paid_at is null and new.paid_at is not null)
  execute function note_what_was_sold();

-- Number and moment of a receipt are taken together, under the lock of the row of numbers, so that the moments run as the numbers
-- do: a transaction's now() may be older than what it waited for.
alter table receipt_numbers
  add column last_at timestamptz not null default '-infinity';
update receipt_numbers set last_at = coalesce((select max(paid_at) from orders), '-infinity');

create or replace function number_receipt() returns trigger language plpgsql as $$
declare
  taken_at timestamptz;
begin
  update receipt_numbers set last = last + 1, last_at = greatest(clock_timestamp(), last_at)
  returning last, last_at into new.receipt_number, taken_at;
  new.paid_at := coalesce(new.paid_at, taken_at);
  return new;
end $$;

-- A sale has one moment, that of its payment: no paid order is without. One that is brought in paid says when, or was paid at once.
create function date_order_brought_in_paid() returns trigger language plpgsql as $$
begin
  new.paid_at := new.created_at;
  return new;
end $$;
create trigger orders_date_brought_in_paid before insert on orders for each row
  when (new.paid_at is null and new.state in ('paid', 'partially_refunded', 'refunded'))
  execute function date_order_brought_in_paid();
alter table orders add constraint orders_paid_have_moment
  check (paid_at is not null or state not in ('paid', 'partially_refunded', 'refunded'));

create index orders_paid_at on orders (paid_at) where paid_at is not null;
create index attachment_links_viewer_id on attachment_links (viewer_id, course_id) where viewer_id is not null;
create index playback_log_tickets on playback_log (viewer_id, course_id) where outcome = 'ticket_issued';
