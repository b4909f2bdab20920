-- Accounts: standing, addresses to be confirmed, public profiles, devices, onboarding answers, counters of tries.

alter table users
  add column deactivated_at timestamptz, -- may not sign in, refresh or watch
  add column erased_at timestamptz, -- personal data is gone; the row stands for the id in money and audit rows
  add column credentials_version integer not null default 1, -- counts the passwords; a mailed link holds it
  add column pending_email text check (pending_email = lower(pending_email)), -- to become email once confirmed
  add column avatar_key text,
  add column bio text not null default '',
  add column university_id integer references universities on delete set null,
  add column publishes_email boolean not null default false;
create index users_created_at on users (created_at desc, id);
create index users_university_id on users (university_id);

alter table sessions
  add column device text not null default '', -- as people say it, such as Firefox on Linux
  add column address text not null default ''; -- where it was opened

create table onboarding_answers (
  id uuid primary key default gen_random_uuid(),
  user_id text not null unique references users on delete cascade,
  university_id integer references universities on delete set null,
  degree text not null check (degree in ('bachelors', 'masters', 'phd')),
  graduation_year integer not null,
  interests text not null default '',
  age smallint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index onboarding_answers_university_id on onboarding_answers (university_id);

-- Counters of tries as rate-limiter-flexible keeps them; keys are hashed. Not worth their way into the write-ahead log.
create unlogged table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint -- milliseconds since 1970
);
