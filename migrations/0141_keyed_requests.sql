create table keyed_requests (
  caller_id text not null,
  operation text not null,
  target text not null,
  key text not null check (length(key) between 1 and 255),
  content_digest bytea,
  answer_id uuid,
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
