import type { Queries } from "../adapters/postgres/queries.ts";

type Table = { oid: number; name: string; persistence: string };
type Part = { table: number; name: string; definition: string };
type Column = Part & { fallback: string | null; generated: string; identity: string; required: boolean };
type Comment = { on: string; table: number | null; position: number; text: string };

/**
 * Returns SQL that describes the schema `public`: extensions, text search configurations, tables with their
 * constraints, indexes, triggers and comments, functions. Sorted by name, so that equal schemas have equal text on
 * any server; columns are in their own order. Objects of extensions are left out. The text is for reading and
 * comparing, not for execution: tables may come before those that they refer to. Throws on kinds of objects that it
 * does not support.
 */
export async function dumpSchema(sql: Queries): Promise<string> {
  await refuseUnknownKinds(sql);
  const comments = await commentsOf(sql);
  const sections = [
    await extensions(sql),
    await textSearchConfigurations(sql),
    ...await tables(sql, comments),
    ...await functions(sql, comments),
  ];
  return sections.filter((section) => section !== "").join("\n\n") + "\n";
}

async function refuseUnknownKinds(sql: Queries): Promise<void> {
  const unknown = await sql<{ what: string }[]>`
    select 'relation ' || relname as what from pg_class c
    where relnamespace = 'public'::regnamespace and relkind not in ('r', 'i', 'S')
      or relnamespace = 'public'::regnamespace and relkind = 'S' and not exists (
        select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i'))
      or relnamespace = 'public'::regnamespace and relkind = 'r' and (relrowsecurity or relispartition or relhassubclass)
    union all
    select 'type ' || typname from pg_type t
    where typnamespace = 'public'::regnamespace and typtype in ('d', 'e', 'r') and ${
    isOurs(sql, "pg_type", "t")
  }
    union all
    select 'aggregate ' || proname from pg_proc p
    where pronamespace = 'public'::regnamespace and prokind not in ('f', 'p') and ${
    isOurs(sql, "pg_proc", "p")
  }`;
  if (unknown.length === 0) return;
  throw new Error(`${import.meta.filename} cannot describe ${unknown.map(({ what }) => what).join(", ")}.`);
}

/** Returns SQL that is true if the object `alias` of a catalog does not belong to an extension. */
function isOurs(sql: Queries, catalog: string, alias: string) {
  return sql.unsafe(`not exists (
    select from pg_depend e
    where e.classid = '${catalog}'::regclass and e.objid = ${alias}.oid and e.deptype = 'e'
  )`);
}

async function extensions(sql: Queries): Promise<string> {
  const rows = await sql<{ name: string }[]>`
    select extname::text as name from pg_extension where extname <> 'plpgsql' order by extname`;
  return rows.map(({ name }) => `CREATE EXTENSION ${name};`).join("\n");
}

async function textSearchConfigurations(sql: Queries): Promise<string> {
  const rows = await sql<{ name: string; parser: string; dictionaries: string; tokens: string }[]>`
    select name, parser, dictionaries, string_agg(token, ', ' order by token collate "C") as tokens from (
      select c.cfgname::text as name, p.prsname::text as parser, t.alias as token,
        string_agg(d.dictname, ', ' order by m.mapseqno) as dictionaries
      from pg_ts_config c join pg_ts_parser p on p.oid = c.cfgparser
      join pg_ts_config_map m on m.mapcfg = c.oid join pg_ts_dict d on d.oid = m.mapdict
      join lateral ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype
      where c.cfgnamespace = 'public'::regnamespace
      group by c.cfgname, p.prsname, t.alias
    ) mapped
    group by name, parser, dictionaries
    order by name collate "C", dictionaries collate "C"`;
  const byName = Map.groupBy(rows, ({ name }) => name);
  return [...byName].map(([name, mappings]) =>
    [
      `CREATE TEXT SEARCH CONFIGURATION ${name} (PARSER = ${mappings[0]!.parser});`,
      ...mappings.map(({ tokens, dictionaries }) =>
        `ALTER TEXT SEARCH CONFIGURATION ${name} ADD MAPPING FOR ${tokens} WITH ${dictionaries};`
      ),
    ].join("\n")
  ).join("\n");
}

async function tables(sql: Queries, comments: Comment[]): Promise<string[]> {
  const all = await sql<Table[]>`
    select oid::integer, relname::text as name, relpersistence::text as persistence from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`;
  const columns = await sql<Column[]>`
    select a.attrelid::integer as table, quote_ident(a.attname) as name,
      replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz')
        || case when a.attcollation = t.typcollation then '' else ' COLLATE ' || a.attcollation::regcollation end
        as definition,
      pg_get_expr(d.adbin, d.adrelid, true) as fallback, a.attgenerated::text as generated,
      a.attidentity::text as identity, a.attnotnull as required
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    order by a.attnum`;
  // Since PostgreSQL 18, NOT NULL is a constraint too ('n'); constraint triggers ('t') are listed as triggers.
  const constraints = await sql<Part[]>`
    select conrelid::integer as table, quote_ident(conname) as name, pg_get_constraintdef(oid, true) as definition
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'x', 'f', 'c')
    order by array_position(array['p', 'u', 'x', 'f', 'c'], contype::text), conname`;
  const indexes = await sql<Part[]>`
    select i.indrelid::integer as table, c.relname::text as name, replace(pg_get_indexdef(c.oid, 0, true), ' USING btree ', ' ') as definition
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'public'::regnamespace and not exists (
      select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
    order by c.relname`;
  const triggers = await sql<Part[]>`
    select t.tgrelid::integer as table, t.tgname::text as name, pg_get_triggerdef(t.oid, true) as definition
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and not t.tgisinternal
    order by t.tgname`;
  return all.map(({ oid, name, persistence }) => {
    const own = <Of extends { table: number | null }>(parts: Of[]) =>
      parts.filter(({ table }) => table === oid);
    const lines = [
      ...own(columns).map(columnLine),
      ...own(constraints).map((one) => `CONSTRAINT ${one.name} ${one.definition}`),
    ];
    return [
      `CREATE ${persistence === "u" ? "UNLOGGED " : ""}TABLE ${name} (\n${
        lines.map((line) => `  ${line}`).join(",\n")
      }\n);`,
      ...own(indexes).map(({ definition }) => `${definition};`),
      ...own(triggers).map(({ definition }) => `${definition};`),
      ...own(comments).map(commentLine),
    ].join("\n");
  });
}

function columnLine({ name, definition, fallback, generated, identity, required }: Column): string {
  const always = { a: " GENERATED ALWAYS AS IDENTITY", d: " GENERATED BY DEFAULT AS IDENTITY" }[identity] ??
    "";
  const expression = fallback === null
    ? ""
    : generated === "s"
    ? ` GENERATED ALWAYS AS (${fallback}) STORED`
    : ` DEFAULT ${fallback}`;
  return `${name} ${definition}${required ? " NOT NULL" : ""}${always}${expression}`;
}

async function functions(sql: Queries, comments: Comment[]): Promise<string[]> {
  const rows = await sql<{ signature: string; definition: string }[]>`
    select p.oid::regprocedure::text as signature, pg_get_functiondef(p.oid) as definition
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p') and ${
    isOurs(sql, "pg_proc", "p")
  }
    order by p.oid::regprocedure::text collate "C"`;
  return rows.map(({ signature, definition }) =>
    [
      definition.replace("CREATE OR REPLACE ", "CREATE ").replace(" public.", " ").trimEnd() + ";",
      ...comments.filter(({ on }) => on === `FUNCTION ${signature}`).map(commentLine),
    ].join("\n")
  );
}

async function commentsOf(sql: Queries): Promise<Comment[]> {
  return await sql<Comment[]>`
    select 'TABLE ' || quote_ident(c.relname) as "on", c.oid::integer as table, 0 as position, d.description as text
    from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and d.objsubid = 0
    union all
    select 'COLUMN ' || quote_ident(c.relname) || '.' || quote_ident(a.attname), c.oid::integer, a.attnum, d.description
    from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and d.objsubid > 0
    union all
    select 'CONSTRAINT ' || quote_ident(k.conname) || ' ON ' || quote_ident(c.relname), c.oid::integer, 2000, d.description
    from pg_description d join pg_constraint k on k.oid = d.objoid and d.classoid = 'pg_constraint'::regclass
    join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'public'::regnamespace
    union all
    select 'INDEX ' || quote_ident(c.relname), i.indrelid::integer, 2001, d.description
    from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    join pg_index i on i.indexrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and d.objsubid = 0
    union all
    select 'TRIGGER ' || quote_ident(t.tgname) || ' ON ' || quote_ident(c.relname), c.oid::integer, 2002, d.description
    from pg_description d join pg_trigger t on t.oid = d.objoid and d.classoid = 'pg_trigger'::regclass
    join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace
    union all
    select 'FUNCTION ' || p.oid::regprocedure, null, 0, d.description
    from pg_description d join pg_proc p on p.oid = d.objoid and d.classoid = 'pg_proc'::regclass
    where p.pronamespace = 'public'::regnamespace and ${isOurs(sql, "pg_proc", "p")}
    order by position, "on"`;
}

function commentLine({ on, text }: Comment): string {
  return `COMMENT ON ${on} IS '${text.replaceAll("'", "''")}';`;
}
