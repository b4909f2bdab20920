create table sms_numbers (
  user_id text primary key references users (id) on delete cascade,
  number text not null,
  created_at timestamptz not null default statement_timestamp(),
  confirmed_at timestamptz,
  problem text constraint sms_numbers_problem_check check (problem in ('stopped', 'unreachable')),
  code_requested_at timestamptz,
  code_hash text,
  code_expires_at timestamptz,
  code_tries integer not null default 0
);
create index sms_numbers_number on sms_numbers (number);

create table sms_consents (
  user_id text not null references sms_numbers (user_id) on delete cascade,
  topic text not null,
  given_at timestamptz not null default statement_timestamp(),
  primary key (user_id, topic)
);
