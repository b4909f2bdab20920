-- Announces events to the webhook endpoints that want them, in the transaction that causes them. Without an endpoint an
-- event costs one look at an empty table.

create or replace function is_announced(event text) returns boolean language sql stable as $$
  select exists (select from webhook_endpoints e where e.disabled_at is null and event = any (e.event_types))
$$;
comment on function is_announced(text) is 'Returns whether any endpoint wants an event.';

create or replace function announce(event text, subject text, told jsonb) returns void language plpgsql as $$
declare
  message uuid;
begin
  if not is_announced(event) then
    return;
  end if;
  insert into webhook_messages (type, key, data) values (event, event || ':' || subject, told)
  on conflict (key) do nothing returning id into message;
  -- An endpoint that is being deleted is waited for, and left out: what happens in the shop never fails because of it.
  insert into webhook_deliveries (message_id, endpoint_id)
  select message, e.id from webhook_endpoints e
  where message is not null and e.disabled_at is null and event = any (e.event_types)
  for key share;
end $$;
comment on function announce(text, text, jsonb) is
  'Queues an event for each endpoint that wants it, once for a subject: of two that happen to it, only the first counts.';

create or replace function announce_order() returns trigger language plpgsql as $$
begin
  perform announce('order.paid', new.id::text, jsonb_build_object('order_id', new.id, 'user_id', new.student_id));
  return null;
end $$;
create or replace trigger orders_announce after update of state on orders for each row
  when (old.paid_at is null and new.paid_at is not null)
  execute function announce_order();

create or replace function announce_refund() returns trigger language plpgsql as $$
begin
  perform announce('order.refunded', new.id::text, jsonb_build_object(
    'order_id', new.order_id, 'refund_id', new.id, 'amount', new.amount, 'currency', new.currency));
  return null;
end $$;
comment on function announce_refund() is
  'Announces a refund that has succeeded, once its order is known. Its amount is in minor units.';
create or replace trigger refunds_announce after insert or update of status, order_id on refunds for each row
  when (new.status = 'succeeded' and new.order_id is not null)
  execute function announce_refund();

create or replace function announce_dispute() returns trigger language plpgsql as $$
declare
  is_new constant boolean := tg_op = 'INSERT' or old.order_id is null;
  told constant jsonb := jsonb_build_object(
    'order_id', new.order_id, 'dispute_id', new.id, 'status', new.status, 'amount', new.amount,
    'currency', new.currency);
begin
  if is_new then
    perform announce('dispute.opened', new.id, told);
  end if;
  if new.status in ('won', 'lost', 'warning_closed') and (is_new or new.status <> old.status) then
    perform announce('dispute.closed', new.id || ':' || new.status, told);
  end if;
  return null;
end $$;
comment on function announce_dispute() is
  'Announces a dispute once its order is known, and its end, again if that changes: a lost one may be won on appeal.';
drop trigger if exists disputes_announce_opened on disputes;
drop trigger if exists disputes_announce_closed on disputes;
create or replace trigger disputes_announce after insert or update of status, order_id on disputes for each row
  when (new.order_id is not null)
  execute function announce_dispute();

create or replace function announce_access() returns trigger language plpgsql as $$
begin
  perform announce(tg_argv[0], gen_random_uuid()::text, jsonb_build_object(
    'grant_id', new.id, 'user_id', new.student_id, 'course_id', new.course_id));
  return null;
end $$;
comment on function announce_access() is
  'Announces that a grant began or ended, each time: one that ended with a refund begins again if the refund fails.';
create or replace trigger grants_announce after insert on grants for each row
  when (new.payment_hold is null and new.revoked_at is null)
  execute function announce_access('access.granted');
create or replace trigger grants_announce_again after update of payment_hold on grants for each row
  when (old.payment_hold is not null and new.payment_hold is null and new.revoked_at is null
    and new.ended_announced_at is null)
  execute function announce_access('access.granted');
create or replace trigger grants_announce_end after update of revoked_at, payment_hold, ended_announced_at on grants
  for each row
  when (
    (new.revoked_at is not null or new.ended_announced_at is not null
      or coalesce(new.payment_hold in ('refunded', 'dispute_lost'), false))
    and not (old.revoked_at is not null or old.ended_announced_at is not null
      or coalesce(old.payment_hold in ('refunded', 'dispute_lost'), false))
  )
  execute function announce_access('access.ended');

create or replace function announce_course() returns trigger language plpgsql as $$
declare
  course courses := case when tg_op = 'DELETE' then old else new end;
begin
  perform announce(tg_argv[0], gen_random_uuid()::text, jsonb_build_object('course_id', course.id, 'slug', course.slug));
  return null;
end $$;
comment on function announce_course() is 'Announces that a course came on sale or left it, each time.';
drop trigger if exists courses_announce on courses;
create or replace trigger courses_announce_published after update of is_published, archived_at on courses for each row
  when (new.is_published and new.archived_at is null and not (old.is_published and old.archived_at is null))
  execute function announce_course('course.published');
create or replace trigger courses_announce_unpublished after update of is_published, archived_at on courses
  for each row
  when (old.is_published and old.archived_at is null and not (new.is_published and new.archived_at is null))
  execute function announce_course('course.unpublished');
create or replace trigger courses_announce_deleted after delete on courses for each row
  when (old.is_published and old.archived_at is null)
  execute function announce_course('course.unpublished');

create or replace function announce_completion() returns trigger language plpgsql as $$
declare
  course uuid;
begin
  if tg_op = 'UPDATE' and old.completed_at is not null or not is_announced('enrollment.completed') then
    return null;
  end if;
  select p.course_id into course from lessons l join course_parts p on p.id = l.part_id where l.id = new.lesson_id;
  -- Of two lessons that are completed at once, the later sees the other.
  perform pg_advisory_xact_lock(hashtextextended('completion:' || new.student_id || ':' || course, 0));
  if not exists (
    select from lessons l join course_parts p on p.id = l.part_id
    where p.course_id = course and not exists (
      select from lesson_progress done
      where done.lesson_id = l.id and done.student_id = new.student_id and done.completed_at is not null
    )
  ) then
    perform announce('enrollment.completed', new.student_id || ':' || course, jsonb_build_object(
      'user_id', new.student_id, 'course_id', course));
  end if;
  return null;
end $$;
comment on function announce_completion() is
  'Announces that a student has completed every lesson of a course, when they complete the last one.';
create or replace trigger lesson_progress_announce after insert or update of completed_at on lesson_progress
  for each row when (new.completed_at is not null)
  execute function announce_completion();

create or replace function announce_user() returns trigger language plpgsql as $$
begin
  perform announce('user.registered', new.id, jsonb_build_object('user_id', new.id));
  return null;
end $$;
create or replace trigger users_announce after insert on users for each row execute function announce_user();

create or replace function announce_review() returns trigger language plpgsql as $$
begin
  perform announce('review.created', new.id::text, jsonb_build_object(
    'review_id', new.id, 'course_id', new.course_id, 'rating', new.rating));
  return null;
end $$;
create or replace trigger reviews_announce after insert on reviews for each row execute function announce_review();

create or replace function announce_alert() returns trigger language plpgsql as $$
begin
  perform announce('operator.alert', new.key || ':' || new.times, jsonb_build_object(
    'key', new.key, 'subject', new.subject, 'text', new.text));
  return null;
end $$;
create or replace trigger operator_alerts_announce after insert or update of times on operator_alerts
  for each row execute function announce_alert();
