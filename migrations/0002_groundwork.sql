-- What several capabilities write and read: course attributes and counters, learning progress, the audit log.

alter table users
  add column language text not null default 'en' check (language in ('en', 'ru', 'es'));

alter table courses
  add column level text not null default '' check (level in ('', 'beginner', 'intermediate', 'advanced')),
  add column language text not null default 'en' check (language in ('en', 'ru', 'es')),
  add column objectives text[] not null default '{}',
  add column requirements text[] not null default '{}',
  add column rating_sum integer not null default 0 check (rating_sum >= 0), -- stars, of all visible reviews
  add column rating_count integer not null default 0 check (rating_count >= 0),
  add column student_count integer not null default 0 check (student_count >= 0), -- enrollments
  add column archived_at timestamptz; -- no longer sold or listed, still there for those who bought it

-- In the order's currency and minor units; what the line earned is amount - discount_amount - refunded_amount.
alter table order_lines
  add column discount_amount bigint not null default 0 check (discount_amount between 0 and amount),
  add column refunded_amount bigint not null default 0 check (refunded_amount >= 0);

create table lesson_progress (
  student_id text not null references users on delete cascade,
  lesson_id uuid not null references lessons on delete cascade,
  position_seconds integer not null default 0 check (position_seconds >= 0),
  watched_seconds integer not null default 0 check (watched_seconds >= 0),
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (student_id, lesson_id)
);
create index lesson_progress_lesson_id on lesson_progress (lesson_id);

-- Who did what to whom. Rows are only ever added; it keeps ids without foreign keys, for it outlives what it tells of.
create table audit_log (
  id bigint generated always as identity primary key,
  actor_id text, -- null: the shop itself
  action text not null, -- such as user.deactivate, grant.revoke, order.refund
  subject_type text not null,
  subject_id text not null,
  before jsonb,
  after jsonb,
  reason text not null default '',
  request_id text not null default '',
  occurred_at timestamptz not null default now()
);
create index audit_log_subject on audit_log (subject_type, subject_id, id desc);
create index audit_log_actor_id on audit_log (actor_id, id desc);
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed', tg_table_name;
end $$;
create trigger audit_log_is_append_only before update or delete on audit_log
  for each row execute function refuse_change();
