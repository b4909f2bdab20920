-- now() is when a transaction began, before it waited for the locks behind which it judges. What is written behind a lock gets
-- the time at which it is written (adapters/postgres/queries.ts has the rule).

do $$
declare c record;
begin
  for c in
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and column_default like '%now()%'
      and table_name in (select tablename from pg_tables where schemaname = 'public')
  loop
    execute format('alter table %I alter column %I set default statement_timestamp()', c.table_name, c.column_name);
  end loop;
end $$;

alter table receipt_numbers
  add column dated_from bigint;
update receipt_numbers set dated_from = last + 1 where last > 0;
