-- Administrators keep the ledger of access too, and courses may be sold for a time.

alter table courses
  add column access_days integer check (access_days > 0); -- how long a purchase gives access; null: for good

-- As it was when the course was bought.
alter table order_lines
  add column access_days integer check (access_days > 0);

alter table grants
  add column granted_by text, -- the administrator; null when a purchase gave it
  add column reason text not null default '',
  add column end_announced_at timestamptz, -- the student was told that it will end
  add column ended_announced_at timestamptz, -- the student was told that it has ended
  drop constraint grants_source_check,
  drop constraint grants_check,
  add constraint grants_source_check
    check (source in ('order_line', 'free_enrolment', 'administrator', 'import')),
  add constraint grants_source_exists
    check ((source in ('order_line', 'free_enrolment')) = (order_line_id is not null)),
  add constraint grants_end_follows_start check (ends_at > starts_at);

update grants set source = 'free_enrolment'
from order_lines l where l.id = grants.order_line_id and l.amount = 0;

create index grants_course_id on grants (course_id, created_at desc);
create index grants_to_announce on grants (ends_at) where revoked_at is null and ended_announced_at is null;
