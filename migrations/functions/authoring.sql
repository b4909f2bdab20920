create or replace function check_earning_shares() returns trigger language plpgsql as $$
declare
  total integer := (select sum(percent) from earning_shares where course_id = new.course_id and valid_until is null);
begin
  if total <> 100 then
    raise exception 'the shares of course % add up to %', new.course_id, total using errcode = 'check_violation';
  end if;
  return null;
end $$;
comment on function check_earning_shares() is 'Requires that the current shares of a course add up to 100 percent.';

drop trigger if exists earning_shares_add_up on earning_shares;
create constraint trigger earning_shares_add_up after insert or update on earning_shares
  deferrable initially deferred for each row execute function check_earning_shares();
