import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { startEmbeddedPostgres } from "../../adapters/sandbox/embedded_postgres.ts";

export type Engine = "pglite" | "postgres";
export type TestDatabase = { engine: Engine; url: string; sql: Database };

/** Where the prepared databases are asked for (prepared_databases.ts). */
const PREPARED = Deno.env.get("TEST_DATABASES");
export const TEMPLATE = "shop_template";

/** The engines that this run has: always PGlite, and PostgreSQL where there is a server. */
export const engines = (Deno.env.get("TEST_ENGINES") ?? "pglite").split(",") as Engine[];

/** The path of a snapshot of a migrated PGlite, or the URL of a server with the migrated database `TEMPLATE`. */
export const prepared = async (engine: Engine): Promise<string> =>
  await (prepares[engine] ??= prepare(engine));
const prepares: Partial<Record<Engine, Promise<string>>> = {};

async function prepare(engine: Engine): Promise<string> {
  if (!PREPARED) throw new Error("Run the tests with `deno task test`, which prepares their databases.");
  const response = await fetch(`${PREPARED}/${engine}`, { signal: AbortSignal.timeout(180_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/** What a test runs on unless it asks for both: PostgreSQL, where there is a server. */
export const oneEngine: Engine[] = engines.slice(-1);

/** Declares a test once per engine, each with a migrated database of its own. */
export function databaseTest(
  name: string,
  run: (database: TestDatabase) => Promise<void>,
  on: Engine[] = oneEngine,
): void {
  for (const engine of engines.filter((available) => on.includes(available))) {
    Deno.test(`${name} (${engine})`, async () => {
      const { url, drop } = await freshDatabase(engine);
      // As without a pooler in between; shopTest is as with one.
      const sql = await connect(url, { max: 25, prepares: engine === "postgres" });
      try {
        await run({ engine, url, sql });
      } finally {
        await sql.end({ timeout: 1 });
        await drop();
      }
    });
  }
}

/** A migrated, empty database; `drop` removes it. */
export async function freshDatabase(engine: Engine): Promise<{ url: string; drop(): Promise<void> }> {
  if (engine === "pglite") {
    const snapshot = new Blob([await Deno.readFile(await prepared("pglite"))]);
    const { url, stop } = await startEmbeddedPostgres({ directory: null, snapshot });
    return { url, drop: stop };
  }
  return await createdDatabase(`template ${TEMPLATE} strategy file_copy`);
}

/** A database of PostgreSQL without anything in it; `drop` removes it. */
export const emptyDatabase = () => createdDatabase("template template0");

async function createdDatabase(how: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await administer((sql) => sql.unsafe(`create database ${name} ${how}`));
  const url = new URL(await prepared("postgres"));
  url.pathname = name;
  return {
    url: url.href,
    drop: () => administer((sql) => sql.unsafe(`drop database ${name} with (force)`)),
  };
}

/** Does something on the test server's own database, over a connection of its own. */
async function administer(work: (sql: Database) => Promise<unknown>): Promise<void> {
  const sql = await connect(await prepared("postgres"), { max: 1 });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
