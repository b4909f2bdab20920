-- What the operator was told, once per key.
create table operator_alerts (
  key text primary key,
  subject text not null,
  text text not null,
  raised_at timestamptz not null default now()
);
create index operator_alerts_raised_at on operator_alerts (raised_at desc);
