-- The mails as administrators list them: all, and the few that did not arrive.
create index mails_created_at on mails (created_at desc, id);
create index mails_not_sent on mails (state, created_at desc, id) where state in ('failed', 'cancelled', 'unconfirmed');
