import type { Database } from "../../adapters/postgres/queries.ts";

/** Bytes of rows, living and dead, beyond which a new database is cheaper than this one. */
const MOST_BYTES = 16 * 1024 ** 2;

/** The codes of the errors with which the way back refuses: by itself, and because the user is no superuser. */
export const NO_WAY_BACK = ["P0001", "42501"];

/** Condition on pg_class: in no schema of the server itself. */
const IS_OURS = `relnamespace in (
  select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
)`;

/**
 * Reads everything that a database holds, and returns the statement that makes it hold exactly that again. The
 * statement ends the other sessions that are still busy. It fails before it changes a row if the schema or a setting
 * of the database is no longer the same, or if the database has become large; no user but a superuser may run it.
 */
export async function wayBack(sql: Database): Promise<string> {
  const schema = await schemaQuery(sql);
  const [before] = await sql.unsafe<[{ schema: string }]>(`select (${schema}) as schema`);
  const tables = await sql.unsafe<{ name: string; size: number }[]>(
    `select oid::regclass::text as name, pg_relation_size(oid)::integer as size
    from pg_class where relkind = 'r' and ${IS_OURS}`,
  );
  const inserts = await Promise.all(
    tables.filter(({ size }) => size > 0).map(({ name }) => insertOf(sql, name)),
  );
  const sequences = await sql.unsafe<{ name: string; last: string; called: boolean }[]>(
    `select format('%I.%I', schemaname, sequencename) as name, coalesce(last_value, start_value)::text as last,
      last_value is not null as called
    from pg_sequences`,
  );
  return `do $way_back$
#variable_conflict use_column
declare
  tables regclass[];
  name regclass;
  busy integer;
begin
  for busy in
    select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      and state <> 'idle' and query <> 'DISCARD ALL'
  loop
    if not pg_terminate_backend(busy, 5000) then
      raise 'A session does not end.';
    end if;
  end loop;
  if (${schema}) <> ${literal(before.schema)} then
    raise 'The schema was changed.';
  end if;
  tables := ${literal(`{${tables.map(({ name }) => JSON.stringify(name))}}`)};
  if (select sum(pg_relation_size(t)) from unnest(tables) t) > ${MOST_BYTES} then
    raise 'The database has become large.';
  end if;
  set local session_replication_role = replica; -- no trigger runs, no foreign key is checked
  foreach name in array tables loop
    if pg_relation_size(name) > 0 then
      execute format('delete from %s', name);
    end if;
  end loop;
  ${inserts.join("\n  ")}
  ${
    sequences.map(({ name, last, called }) => `perform setval(${literal(name)}, ${last}, ${called});`).join(
      "\n  ",
    )
  }
end $way_back$`;
}

/**
 * Returns a query for a text that differs once anything in the database's own catalogs or settings is added, changed
 * or removed. Left out are statistics, and what never changes alone.
 */
async function schemaQuery(sql: Database): Promise<string> {
  const catalogs = await sql<{ name: string }[]>`
    select relname::text as name from pg_class
    where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared
      and relname not in ('pg_statistic', 'pg_statistic_ext_data', 'pg_depend')
    order by relname`;
  // Every change leaves a row with a new xmin, and every removal one row less.
  const states = catalogs.map(({ name }) =>
    `(select count(*) || '-' || max(xmin::text::bigint) from ${name})`
  );
  return `select concat_ws(' ', ${states}, (
    select string_agg(setrole || ':' || setconfig::text, ' ' order by setrole) from pg_db_role_setting
    where setdatabase = (select oid from pg_database where datname = current_database())
  ))`;
}

/** Returns the statement that inserts the rows that a table has; empty if there are none. */
async function insertOf(sql: Database, table: string): Promise<string> {
  const [{ rows }] = await sql.unsafe<[{ rows: string | null }]>(
    `select json_agg(t)::text as rows from ${table} t`,
  );
  if (rows === null) return "";
  const [{ columns }] = await sql<[{ columns: string }]>`
    select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
  return `insert into ${table} (${columns}) overriding system value
  select ${columns} from json_populate_recordset(null::${table}, ${literal(rows)});`;
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
