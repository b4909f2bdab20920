create table support_contacts (
  user_id text primary key references users on delete cascade,
  contact_id text not null,
  created_at timestamptz not null default statement_timestamp()
);
