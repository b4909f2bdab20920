-- What Stripe says of each order's payments, kept as facts from which the order's state and its access follow.

create table payment_sessions (
  session_id text primary key,
  order_id uuid not null references orders,
  attempt integer not null,
  payment_intent_id text, -- null when nothing had to be paid
  outcome text not null check (outcome in ('awaiting_funds', 'expired', 'failed', 'paid')),
  mismatch text, -- why this cannot be a payment of the order; null when it fits
  currency text not null check (currency ~ '^[a-z]{3}$'),
  subtotal_amount bigint not null, -- minor units, before discounts and tax
  discount_amount bigint not null,
  tax_amount bigint not null,
  total_amount bigint not null, -- what was charged
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index payment_sessions_order_id on payment_sessions (order_id);
create index payment_sessions_payment_intent_id on payment_sessions (payment_intent_id);

-- How certain an outcome is: a later one never gives way to an earlier one, in whatever order they are reported.
create function session_outcome_rank(outcome text) returns integer language sql immutable as $$
  select array_position(array['awaiting_funds', 'expired', 'failed', 'paid'], outcome)
$$;

-- Every refund, asked for by us or made at Stripe. requested -> submitted -> what Stripe says of it.
create table refunds (
  id uuid primary key default gen_random_uuid(),
  stripe_refund_id text unique, -- null until Stripe has taken it
  order_id uuid references orders, -- null until the payment is known
  payment_intent_id text not null,
  amount bigint not null check (amount > 0), -- minor units
  currency text not null check (currency ~ '^[a-z]{3}$'),
  status text not null check (
    status in ('requested', 'submitted', 'requires_action', 'pending', 'succeeded', 'failed', 'canceled')
  ),
  origin text not null check (origin in ('administrator', 'student', 'duplicate', 'mismatch', 'stripe')),
  request_key text unique, -- asking twice with one key is asking once
  requested_by text,
  reason text not null default '',
  failure_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index refunds_payment_intent_id on refunds (payment_intent_id);
create index refunds_order_id on refunds (order_id);
create index refunds_under_way on refunds (updated_at) where status in ('requested', 'submitted');

create function refund_status_rank(status text) returns integer language sql immutable as $$
  select array_position(
    array['requested', 'submitted', 'requires_action', 'pending', 'succeeded', 'failed', 'canceled'], status)
$$;

-- Which lines a refund is for; a refund without any counts against the whole order.
create table refund_lines (
  refund_id uuid not null references refunds,
  order_line_id uuid not null references order_lines,
  amount bigint not null check (amount > 0),
  primary key (refund_id, order_line_id)
);

create table disputes (
  id text primary key, -- Stripe's
  order_id uuid references orders, -- null until the payment is known
  payment_intent_id text not null,
  amount bigint not null,
  currency text not null check (currency ~ '^[a-z]{3}$'),
  status text not null, -- as Stripe says; unknown ones are kept too
  reason text not null default '',
  evidence_due_at timestamptz,
  observed_at timestamptz not null, -- when Stripe was asked: an older answer never replaces a newer one
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index disputes_payment_intent_id on disputes (payment_intent_id);
create index disputes_order_id on disputes (order_id);

alter table orders
  add column abandoned_at timestamptz, -- given up by the shop or the student while its page could still be paid
  add column checked_at timestamptz; -- when Stripe was last asked about it outside of events
create index orders_under_way on orders (created_at) where state in ('created', 'open', 'processing');

alter table payments
  add column discount_amount bigint not null default 0,
  add column tax_amount bigint not null default 0,
  add column paid_amount bigint not null default 0, -- what was charged
  add column refunded_amount bigint not null default 0,
  add column decline_code text, -- why the last try was declined
  add column declined_at timestamptz;
create index payments_to_review on payments (updated_at desc) where review_reason is not null;

alter table order_lines
  add column no_grant_reason text; -- why a paid line has no grant

-- What the payment of a grant says, besides what administrators decide: disputed suspends it, the others end it.
alter table grants
  add column payment_hold text check (payment_hold in ('disputed', 'refunded', 'dispute_lost')),
  add column payment_hold_at timestamptz;

alter table webhook_events
  add column id uuid not null default gen_random_uuid() unique,
  add column attempts integer not null default 0, -- failed ones
  add column updated_at timestamptz not null default now();
create index webhook_events_received_at on webhook_events (received_at desc, id);
create index webhook_events_outcome on webhook_events (outcome, received_at desc);

-- What was settled before these tables were there.
insert into payment_sessions (
  session_id, order_id, attempt, payment_intent_id, outcome, currency, subtotal_amount, discount_amount, tax_amount,
  total_amount
)
select p.session_id, p.order_id, o.attempt, p.payment_intent_id, 'paid', p.currency, p.amount, 0, 0, p.amount
from payments p join orders o on o.id = p.order_id
where p.status = 2 and p.session_id is not null;
update payments set paid_amount = amount where status = 2;
