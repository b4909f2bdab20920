create table api_keys (
  id uuid primary key default gen_random_uuid(),
  owner_id text not null references users (id) on delete cascade,
  name text not null,
  start text not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  secret_hash bytea not null unique,
  former_hash bytea unique,
  former_until timestamptz,
  created_at timestamptz not null default statement_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint api_keys_former_ends check ((former_hash is null) = (former_until is null))
);
create index api_keys_owner_id on api_keys (owner_id);

alter table audit_log add column api_key_id uuid;
