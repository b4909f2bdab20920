create table stale_tags (
  id bigint generated always as identity primary key,
  tag text not null,
  noted_at timestamptz not null default statement_timestamp(),
  due_at timestamptz not null default statement_timestamp(),
  failures integer not null default 0,
  is_again boolean not null default false
);
create index stale_tags_due_at on stale_tags (due_at);
