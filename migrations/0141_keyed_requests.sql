-- What was answered to requests with an idempotency key. Kept for good: the same request is answered the same, always.

create table keyed_requests (
  caller_id text not null,
  operation text not null,
  target text not null, -- what it was for, as the path named it
  key text not null check (length(key) between 1 and 255),
  content_digest bytea, -- SHA-256 of what was asked; null of requests from before this table: not known
  answer_id uuid, -- null until the transaction that answers commits
  created_at timestamptz not null default statement_timestamp(),
  primary key (caller_id, operation, target, key)
);

-- Keys of refunds that people asked for were kept with the refund, as asked:<order>:<key>.
insert into keyed_requests (caller_id, operation, target, key, answer_id, created_at)
select requested_by, case origin when 'student' then 'refundOneself' else 'createRefund' end, order_id::text,
  substr(request_key, length('asked:' || order_id || ':') + 1), id, created_at
from refunds
where origin in ('administrator', 'student') and requested_by is not null
  and starts_with(request_key, 'asked:' || order_id || ':')
  and length(request_key) between length('asked:' || order_id || ':') + 1 and length('asked:' || order_id || ':') + 255;
