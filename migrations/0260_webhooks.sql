create table webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  url text not null,
  description text not null default '',
  event_types text[] not null check (cardinality(event_types) > 0),
  secret text not null,
  former_secret text,
  former_until timestamptz,
  created_at timestamptz not null default statement_timestamp(),
  disabled_at timestamptz,
  disabled_reason text,
  constraint webhook_endpoints_former_ends check ((former_secret is null) = (former_until is null)),
  constraint webhook_endpoints_disabled_why check ((disabled_at is null) = (disabled_reason is null))
);

create table webhook_messages (
  id uuid primary key default gen_random_uuid(),
  type text not null,
  data jsonb not null,
  key text unique,
  occurred_at timestamptz not null default clock_timestamp()
);
create index webhook_messages_occurred_at on webhook_messages (occurred_at);

create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  message_id uuid not null references webhook_messages (id) on delete cascade,
  endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
  state text not null default 'pending' check (state in ('pending', 'sending', 'delivered', 'failed')),
  attempts integer not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  response_status integer,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index webhook_deliveries_due_at on webhook_deliveries (endpoint_id, due_at) where state in ('pending', 'sending');
create index webhook_deliveries_endpoint_id on webhook_deliveries (endpoint_id, created_at desc);
create index webhook_deliveries_message_id on webhook_deliveries (message_id);
