-- What must be remembered of the former shop, whose database `deno task import` reads (adapters/legacy).
create table legacy_import (
  only_row boolean primary key default true check (only_row),
  begun_at timestamptz not null default statement_timestamp(),
  imported_at timestamptz,
  rows_digest text,
  completed_at timestamptz,
  check ((imported_at is null) = (rows_digest is null)),
  check (completed_at is null or imported_at is not null)
);

create table legacy_counts (
  table_name text primary key,
  position integer not null,
  rows_read bigint not null,
  rows_written bigint not null
);

create table legacy_report (
  id bigint generated always as identity primary key,
  table_name text not null,
  row_id text not null,
  what text not null check (what in ('merged', 'skipped', 'changed', 'person')),
  why text not null,
  other_id text
);
create index legacy_report_row on legacy_report (table_name, row_id);

create table legacy_accounts (
  former_id text primary key,
  user_id text not null references users on delete cascade
);
create index legacy_accounts_user_id on legacy_accounts (user_id);

create table password_invitations (
  user_id text primary key references users on delete cascade,
  reason text not null check (reason in ('no_password', 'merged')),
  invited_at timestamptz
);

create table legacy_pictures (
  subject text not null check (subject in ('course', 'university')),
  subject_id text not null,
  key text not null,
  moved_at timestamptz,
  problem text,
  primary key (subject, subject_id)
);
create index legacy_pictures_key on legacy_pictures (key);
