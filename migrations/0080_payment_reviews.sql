-- What is wrong with a payment is reckoned from its facts and stays; that somebody has looked at it is noted beside it.

alter table payments
  add column reviewed_reason text; -- the review_reason that somebody has looked at; a new one opens the review again

drop index payments_to_review;
create index payments_to_review on payments (order_id)
  where review_reason is not null and review_reason is distinct from reviewed_reason;
