-- Mails on their way, one row per cause; and notices shown within the shop.

create table mails (
  id uuid primary key default gen_random_uuid(), -- the Message-ID
  kind text not null,
  subject text not null, -- what it is about, such as the order; a kind is sent once per subject
  occasion text not null default '', -- tells apart mails that may be sent again about the same, such as a new password's
  notice jsonb not null,
  is_bulk boolean not null,
  state text not null default 'queued' check (
    state in ('queued', 'sending', 'sent', 'failed', 'cancelled', 'unconfirmed')
  ), -- unconfirmed: handed over, no answer; it may have arrived
  reason text, -- of the last failure, or why it was cancelled
  recipient text, -- the address, once it is known
  attempts integer not null default 0,
  due_at timestamptz not null default now(), -- while queued: not before; while sending: when whoever sends it is given up
  handed_over_at timestamptz, -- the last moment at which it surely had not arrived; null when it surely has not
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (kind, subject, occasion)
);
create index mails_due on mails (is_bulk, due_at) where state in ('queued', 'sending');
create index mails_handed_over_at on mails (handed_over_at) where handed_over_at is not null;

-- Addresses that bounced or complained; nothing is mailed to them.
create table mail_suppressions (
  email text primary key check (email = lower(email)),
  reason text not null,
  created_at timestamptz not null default now()
);

-- What people declined; a topic without a row is wanted.
create table declined_topics (
  user_id text not null references users on delete cascade,
  topic text not null,
  declined_at timestamptz not null default now(),
  primary key (user_id, topic)
);

create table notices (
  id uuid primary key default gen_random_uuid(),
  mail_id uuid not null unique,
  user_id text not null references users on delete cascade,
  kind text not null,
  title text not null,
  body text not null,
  url text,
  read_at timestamptz,
  created_at timestamptz not null default now()
);
create index notices_user_id on notices (user_id, created_at desc, id);
create index notices_unread on notices (user_id) where read_at is null;

create table course_updates (
  id uuid primary key default gen_random_uuid(),
  course_id uuid not null references courses on delete cascade,
  author_id text not null,
  title text not null check (title <> ''),
  body text not null check (body <> ''),
  created_at timestamptz not null default now(),
  mailed_up_to text not null default '', -- the last student whose mail is in the outbox, in order of id
  mailed_at timestamptz -- when all were
);
create index course_updates_course_id on course_updates (course_id, created_at desc, id);
