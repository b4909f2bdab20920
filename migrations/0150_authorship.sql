-- What a tutor's powers leave behind: drafts copied from a course, and codes that somebody ended.

alter table courses
  add column copied_from uuid references courses on delete set null; -- who leaves that one leaves this one too
create index courses_copied_from on courses (copied_from) where copied_from is not null;

alter table promotions
  add column ended_by text; -- who ended it by hand; null while it is active, and when it ended with its creator's powers
