-- What ends the need for an order ends its page first. What an order held is given back once its page is known to be closed.
-- Of two payments for one course, one stands.

alter table orders
  add column is_needless boolean not null default false,
  add column page_closed_at timestamptz;
update orders set page_closed_at = updated_at
where state in ('failed', 'expired') and (abandoned_at is null or session_expires_at < now());
create index orders_pages_to_close on orders (session_expires_at)
  where state = 'expired' and abandoned_at is not null and page_closed_at is null;

create unique index order_lines_one_page_per_student_and_course on order_lines (student_id, course_id)
  where order_state in ('created', 'open');
drop index order_lines_one_open_per_student_and_course;
create index order_lines_student_id on order_lines (student_id, course_id);

alter table promotion_redemptions
  add column redeemed_at timestamptz not null default clock_timestamp(),
  add column released_at timestamptz;
update promotion_redemptions r set redeemed_at = o.created_at,
  released_at = case when o.state in ('failed', 'expired') then coalesce(o.page_closed_at, o.updated_at) end
from orders o where o.id = r.order_id;
update promotion_redemptions r set released_at = null
from orders o where o.id = r.order_id and o.state = 'expired' and o.page_closed_at is null;
create index promotion_redemptions_held on promotion_redemptions (promotion_id, redeemed_at, order_id)
  where released_at is null;

alter table grants
  add column suspended_at timestamptz,
  drop constraint grants_payment_hold_check,
  add constraint grants_payment_hold_check
    check (payment_hold in ('disputed', 'refunded', 'dispute_lost', 'duplicate'));
update grants g set suspended_at = u.deactivated_at
from users u where u.id = g.student_id and u.deactivated_at is not null;
update grants g set revoked_at = coalesce(u.erased_at, now()), revoked_reason = 'account erased'
from users u where u.id = g.student_id and u.erased_at is not null and g.revoked_at is null;

-- Where a course was paid twice before this was checked, the later of the two purchases gives way.
update grants g set payment_hold = 'duplicate', payment_hold_at = now()
from order_lines l join orders o on o.id = l.order_id
where l.id = g.order_line_id and g.revoked_at is null and g.payment_hold is null and g.ends_at is null and exists (
  select from grants g2 join order_lines l2 on l2.id = g2.order_line_id join orders o2 on o2.id = l2.order_id
  where g2.student_id = g.student_id and g2.course_id = g.course_id and g2.id <> g.id
    and g2.revoked_at is null and g2.payment_hold is null and g2.ends_at is null
    and (o2.abandoned_at is not null, o2.created_at, o2.id) < (o.abandoned_at is not null, o.created_at, o.id)
);
alter table grants add constraint grants_one_standing_purchase
  exclude using btree (student_id with =, course_id with =)
  where (order_line_id is not null and ends_at is null and revoked_at is null and payment_hold is null)
  deferrable initially deferred;
