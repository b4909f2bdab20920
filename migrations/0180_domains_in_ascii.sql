-- From now on an email address with an international domain has one spelling, that of DNS: `пример.рф` is `xn--e1afmkfd.xn--p1ai`.
-- Addresses that were stored in the other spelling are changed to it, so that their owners are found by either. Where another
-- account already has that spelling, both stay as they are. The functions are for these statements only.

-- A label as RFC 3492 encodes it.
create function ascii_label(label text) returns text language plpgsql immutable as $$
declare
  digits constant text := 'abcdefghijklmnopqrstuvwxyz0123456789';
  points int[] := array(
    select ascii(c) from regexp_split_to_table(normalize(label), '') with ordinality s(c, n) order by n);
  output text := coalesce((
    select string_agg(chr(p), '' order by n) from unnest(points) with ordinality s(p, n) where p < 128), '');
  basic int := length(output);
  handled int := basic;
  n int := 128;
  delta bigint := 0;
  bias int := 72;
  next_point int;
  point int;
  q bigint;
  k int;
  t int;
begin
  if basic = cardinality(points) then
    return label;
  end if;
  if basic > 0 then
    output := output || '-';
  end if;
  while handled < cardinality(points) loop
    next_point := (select min(p) from unnest(points) p where p >= n);
    delta := delta + (next_point - n)::bigint * (handled + 1);
    n := next_point;
    foreach point in array points loop
      if point < n then
        delta := delta + 1;
      elsif point = n then
        q := delta;
        k := 36;
        loop
          t := greatest(1, least(26, k - bias));
          exit when q < t;
          output := output || substr(digits, (t + (q - t) % (36 - t))::int + 1, 1);
          q := (q - t) / (36 - t);
          k := k + 36;
        end loop;
        output := output || substr(digits, q::int + 1, 1);
        -- The bias of what comes next.
        delta := case when handled = basic then delta / 700 else delta / 2 end;
        delta := delta + delta / (handled + 1);
        k := 0;
        while delta > 455 loop
          delta := delta / 35;
          k := k + 36;
        end loop;
        bias := k + (36 * delta / (delta + 38))::int;
        delta := 0;
        handled := handled + 1;
      end if;
    end loop;
    delta := delta + 1;
    n := n + 1;
  end loop;
  return 'xn--' || output;
end $$;

create function ascii_address(address text) returns text language sql immutable as $$
  select regexp_replace(address, '@[^@]*$', '') || '@' || (
    select string_agg(ascii_label(label), '.' order by n)
    from regexp_split_to_table(substring(address from '[^@]*$'), '\.') with ordinality s(label, n))
$$;

update users u set email = ascii_address(email)
where email ~ '@[^@]*[^\x01-\x7f][^@]*$'
  and not exists (select from users o where o.email = ascii_address(u.email));
update users set pending_email = ascii_address(pending_email) where pending_email ~ '@[^@]*[^\x01-\x7f][^@]*$';
update tutor_invitations i set email = ascii_address(email)
where email ~ '@[^@]*[^\x01-\x7f][^@]*$' and (state <> 'open' or not exists (
  select from tutor_invitations o
  where o.course_id = i.course_id and o.email = ascii_address(i.email) and o.state = 'open'
));
insert into mail_suppressions select (jsonb_populate_record(s, jsonb_build_object('email', ascii_address(s.email)))).*
from mail_suppressions s where email ~ '@[^@]*[^\x01-\x7f][^@]*$'
on conflict do nothing;
delete from mail_suppressions where email ~ '@[^@]*[^\x01-\x7f][^@]*$';

drop function ascii_address(text);
drop function ascii_label(text);
