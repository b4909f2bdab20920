alter table mails add column lane smallint not null default 1;
update mails set lane = 4 where is_bulk and state in ('queued', 'sending');
create index mails_due_by_lane on mails (lane, due_at) where state in ('queued', 'sending');
drop index mails_due;
create index mails_recipient on mails (recipient, handed_over_at) where handed_over_at is not null;

create table mail_event_tokens (
  token text primary key,
  said text not null,
  seen_at timestamptz not null default statement_timestamp()
);
create index mail_event_tokens_seen_at on mail_event_tokens (seen_at);
