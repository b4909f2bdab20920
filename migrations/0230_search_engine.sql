create table search_indexes (
  id bigint generated always as identity primary key,
  name text not null unique,
  state text not null default 'new' check (state in ('new', 'open', 'filled')),
  kept_until timestamptz not null default statement_timestamp() + interval '7 days'
);
create table search_changes (
  id bigint generated always as identity primary key,
  course_id uuid not null,
  due_at timestamptz not null default statement_timestamp(),
  failures integer not null default 0
);
create index search_changes_due_at on search_changes (due_at);
create table search_version (
  is_the_row boolean primary key default true check (is_the_row),
  latest bigint not null default 0
);
insert into search_version default values;
