alter table mails
  add column unanswered integer not null default 0, -- tries that followed a hand-over to which no answer came
  add column dated_at timestamptz; -- its Date, the same from try to try; null before the first
