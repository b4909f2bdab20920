-- What is left when a tutor's powers end: drafts copied from a course, and codes that somebody ended.

alter table courses
  add column copied_from uuid references courses on delete set null;
create index courses_copied_from on courses (copied_from) where copied_from is not null;

alter table promotions
  add column ended_by text;
