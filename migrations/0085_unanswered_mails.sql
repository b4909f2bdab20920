-- How often a mail was handed over and no answer came. Such a mail is handed over again, but not for ever.
alter table mails add column unanswered integer not null default 0;
