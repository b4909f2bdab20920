-- Several tutors per course: who is invited, and whose share of the earnings is how large from when to when.

create table tutor_invitations (
  id uuid primary key default gen_random_uuid(),
  course_id uuid not null references courses on delete cascade,
  email text not null check (email = lower(email)),
  share_percent smallint not null check (share_percent between 0 and 100),
  invited_by text not null references users on delete cascade,
  state text not null default 'open' check (state in ('open', 'accepted', 'declined', 'withdrawn')),
  created_at timestamptz not null default now(),
  answered_at timestamptz
);
create unique index tutor_invitations_one_open on tutor_invitations (course_id, email) where state = 'open';
create index tutor_invitations_email on tutor_invitations (email) where state = 'open';
create index tutor_invitations_invited_by on tutor_invitations (invited_by);

-- What a sale earned belongs to those who had a share when it was made. A course that has no rows here belongs to its
-- first tutor. Ids without foreign keys, as in all tables of money.
create table earning_shares (
  id bigint generated always as identity primary key,
  course_id uuid not null,
  user_id text not null,
  percent smallint not null check (percent between 0 and 100),
  offset_percent smallint not null, -- the shares before this one: so divided, no part of a cent is lost or made
  valid_from timestamptz not null default now(),
  valid_until timestamptz check (valid_until > valid_from),
  check (offset_percent >= 0 and offset_percent + percent <= 100)
);
create unique index earning_shares_one_now on earning_shares (course_id, user_id) where valid_until is null;
create index earning_shares_course_id on earning_shares (course_id);
create index earning_shares_user_id on earning_shares (user_id);

create function check_earning_shares() returns trigger language plpgsql as $$
declare
  total integer := (select sum(percent) from earning_shares where course_id = new.course_id and valid_until is null);
begin
  if total <> 100 then
    raise exception 'the shares of course % add up to %', new.course_id, total using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger earning_shares_add_up after insert or update on earning_shares
  deferrable initially deferred for each row execute function check_earning_shares();

-- The course's page of lines sold, for statistics and for the question whether anybody ever bought it.
create index order_lines_of_course on order_lines (course_id);
create index enrollments_of_course on enrollments (course_id, enrolled_at desc);
