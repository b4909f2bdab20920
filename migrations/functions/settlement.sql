create or replace function session_outcome_rank(outcome text) returns integer language sql immutable as $$
  select array_position(array['awaiting_funds', 'expired', 'failed', 'paid'], outcome)
$$;
comment on function session_outcome_rank(text) is
  'Returns how final the outcome of a payment session is. An outcome is never replaced by a less final one, in whatever '
  'order they are reported.';

create or replace function refund_status_rank(status text) returns integer language sql immutable as $$
  select array_position(
    array['requested', 'submitted', 'requires_action', 'pending', 'succeeded', 'failed', 'canceled'], status)
$$;
comment on function refund_status_rank(text) is
  'Returns how final the status of a refund is. A status is never replaced by a less final one, in whatever order they '
  'are reported.';
