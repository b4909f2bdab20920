import {
  FORMER_TABLES,
  type FormerRow,
  type FormerRows,
  type FormerShop,
  type FormerTable,
  ImportRefusal,
} from "../../domain/legacy/ports.ts";
import type { Database, Queries } from "../postgres/queries.ts";
import { COLUMNS, LAST_MIGRATIONS, READ_AS, TYPES } from "./former_schema.ts";

/** Rows that are in memory at once. */
const BATCH = 1000;

/** PostgreSQL's codes for text that is not in the encoding it should be in, or has no form in the reader's. */
const NOT_UTF8 = ["22021", "22P05"];

/** Returns the former shop in a database of Django. */
export function djangoShop(sql: Database): FormerShop {
  return {
    async snapshot(work) {
      let failure: unknown = null;
      try {
        return await readSnapshot(sql, async (tx) => {
          await refuseStrangers(tx);
          try {
            return await work(rowsOf(tx));
          } catch (error) {
            failure = error;
            throw error;
          }
        });
      } catch (error) {
        // The work has other reasons to fail than this database.
        if (error instanceof ImportRefusal || error === failure && !isOfFormer(error)) throw error;
        const reason = (error instanceof Error ? error.message : String(error)).replace(/\.?$/, ".");
        const { code } = error as { code?: string };
        throw new ImportRefusal(
          NOT_UTF8.includes(code ?? "")
            ? `The former shop's database has text that cannot be read as UTF-8: ${reason} ` +
              "Nothing was imported. Correct the text there, and run the command again."
            : `The former shop's database cannot be read any further: ${reason} Nothing was imported; run the command again.`,
          { cause: error },
        );
      }
    },
  };
}

/** Performs work in a read-only transaction that sees one state of the database. */
export async function readSnapshot<Result>(
  sql: Database,
  work: (tx: Queries) => Promise<Result>,
): Promise<Result> {
  return await sql.begin(async (tx) => {
    await tx`set transaction isolation level repeatable read, read only`;
    await tx`set local statement_timeout = 0`;
    await tx`set local idle_in_transaction_session_timeout = 0`;
    return await work(tx);
  });
}

/** Marks the errors of this database, which the work passes on. */
const ofFormer = new WeakSet<object>();
const isOfFormer = (error: unknown) => typeof error === "object" && error !== null && ofFormer.has(error);
async function reading<Result>(statement: PromiseLike<Result>): Promise<Result> {
  try {
    return await statement;
  } catch (error) {
    if (typeof error === "object" && error !== null) ofFormer.add(error);
    throw error;
  }
}

function rowsOf(sql: Queries): FormerRows {
  return {
    async counts() {
      const selects = FORMER_TABLES.map((table) =>
        `select '${table}' as "table", count(*)::integer as count from public.${table}`
      );
      const rows = await reading(
        sql.unsafe<{ table: FormerTable; count: number }[]>(selects.join(" union all ")),
      );
      return Object.fromEntries(rows.map(({ table, count }) => [table, count])) as Record<
        FormerTable,
        number
      >;
    },

    async *read(table) {
      await reading(sql.unsafe(
        `declare rows_of no scroll cursor for
        select to_json(r)::text as row from (select ${
          columnsOf(table)
        } from public.${table} t order by t.id) r`,
      ));
      for (;;) {
        const rows = await reading(sql.unsafe<{ row: string }[]>(`fetch ${BATCH} from rows_of`));
        if (rows.length === 0) break;
        yield rows.map(({ row }) => JSON.parse(row) as FormerRow);
      }
      await sql`close rows_of`;
    },
  };
}

/** Returns the columns of a table as they are read. Long numbers and amounts are text, because JSON rounds them. */
function columnsOf(table: FormerTable): string {
  return Object.entries(COLUMNS[table]).map(([name, kind]) =>
    READ_AS[table]?.[name] ??
      (kind === "amount" || kind === "number" ? `t."${name}"::text as "${name}"` : `t."${name}"`)
  ).join(", ");
}

async function refuseStrangers(sql: Queries): Promise<void> {
  const tables = ["django_migrations", ...FORMER_TABLES];
  const found = await sql<{ table: string; column: string; type: string; isReadable: boolean }[]>`
    select c.relname as "table", a.attname as "column", format_type(a.atttypid, null) as type,
      has_table_privilege(c.oid, 'select') as "isReadable"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname = any(${tables})`;
  const there = new Set(found.map(({ table }) => table));
  const missing = tables.filter((table) => !there.has(table));
  if (missing.length === tables.length) {
    throw new ImportRefusal(
      "This is not the former shop's database: it has none of its tables. Check --from.",
    );
  }
  if (missing.length > 0) {
    throw new ImportRefusal(
      `The former shop's database lacks the table ${missing.join(", ")}. Restore all of it.`,
    );
  }
  const secret = [...new Set(found.filter(({ isReadable }) => !isReadable).map(({ table }) => table))];
  if (secret.length > 0) {
    throw new ImportRefusal(
      `The role in --from may not read ${
        secret.join(", ")
      }. Grant it select on all tables of the former shop.`,
    );
  }
  await refuseOtherVersion(sql);
  const types = new Map(found.map(({ table, column, type }) => [`${table}.${column}`, type]));
  for (const table of FORMER_TABLES) {
    for (const [column, kind] of Object.entries(COLUMNS[table])) {
      const type = types.get(`${table}.${column}`);
      if (type === undefined) {
        throw new ImportRefusal(
          `The former shop's database lacks the column ${column} of ${table}, although its version is the right one.`,
        );
      }
      if (!TYPES[kind].includes(type)) {
        throw new ImportRefusal(
          `In the former shop's database, the column ${column} of ${table} is of type ${type}, not ${
            TYPES[kind].join(" or ")
          }.`,
        );
      }
    }
  }
}

async function refuseOtherVersion(sql: Queries): Promise<void> {
  const apps = Object.keys(LAST_MIGRATIONS);
  const rows = await sql<{ app: string; names: string[] }[]>`
    select m.app::text, array_agg(m.name::text order by m.name) as names
    from public.django_migrations m where m.app = any(${apps}) group by m.app`;
  for (const app of apps) {
    const names = rows.find((row) => row.app === app)?.names ?? [];
    const last = LAST_MIGRATIONS[app]!;
    if (!names.includes(last)) {
      throw new ImportRefusal(
        `The former shop's database is of an older version: it lacks the migration ${app} ${last}. ` +
          "Migrate it with the last release of the former shop first.",
      );
    }
    const newer = names.find((name) => name > last);
    if (newer !== undefined) {
      throw new ImportRefusal(
        `The former shop's database is of a newer version than this importer knows: it has the migration ${app} ${newer}.`,
      );
    }
  }
}
