create table analytics_visits (
  id uuid primary key default gen_random_uuid(),
  student_id text not null references users on delete cascade,
  order_id uuid unique references orders on delete cascade,
  client_id text not null check (client_id ~ '^[0-9]{1,20}\.[0-9]{1,20}$'),
  session_id text not null check (session_id ~ '^[0-9]{1,20}$'),
  ad_user_data boolean not null,
  ad_personalization boolean not null,
  created_at timestamptz not null default statement_timestamp()
);
create index analytics_visits_student_id on analytics_visits (student_id);

create table analytics_hits (
  id uuid primary key default gen_random_uuid(),
  visit_id uuid not null references analytics_visits on delete cascade,
  key text not null,
  event jsonb not null,
  happened_at timestamptz not null,
  tries smallint not null default 0,
  is_sending boolean not null default false,
  ended_as text check (ended_as in ('sent', 'dropped')),
  unique (visit_id, key)
);
