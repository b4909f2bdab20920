alter table operator_alerts add column times integer not null default 1, add column resolved_at timestamptz;
alter table mails add column vendor_id text, add column delivery text
  constraint mails_delivery_check check (delivery in ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed'));
