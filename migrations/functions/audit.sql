create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed', tg_table_name;
end $$;
comment on function refuse_change() is 'Keeps a table append-only.';

create or replace trigger audit_log_is_append_only before update or delete on audit_log
  for each row execute function refuse_change();
