import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { startEmbeddedPostgres } from "../../adapters/sandbox/embedded_postgres.ts";

export type Engine = "pglite" | "postgres";
export type TestDatabase = { engine: Engine; url: string; sql: Database };

/** What tests/run.ts prepares: a snapshot of a migrated PGlite, and a server with a migrated template database. */
const SNAPSHOT = Deno.env.get("TEST_PGLITE_SNAPSHOT");
const SERVER = Deno.env.get("TEST_DATABASE_URL");
export const TEMPLATE = "shop_template";

/** The engines that this run has: always PGlite, and PostgreSQL where there is a server. */
export const engines: Engine[] = SERVER ? ["pglite", "postgres"] : ["pglite"];

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
      const sql = await connect(url, { max: 25 });
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
    if (!SNAPSHOT) throw new Error("Run the tests with `deno task test`, which prepares their databases.");
    const snapshot = new Blob([await Deno.readFile(SNAPSHOT)]);
    const { url, stop } = await startEmbeddedPostgres({ directory: null, snapshot });
    return { url, drop: stop };
  }
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await administer((sql) => sql.unsafe(`create database ${name} template ${TEMPLATE}`));
  const url = new URL(SERVER!);
  url.pathname = name;
  return {
    url: url.href,
    drop: () => administer((sql) => sql.unsafe(`drop database ${name} with (force)`)),
  };
}

/** Does something on the test server's own database, over a connection of its own. */
async function administer(work: (sql: Database) => Promise<unknown>): Promise<void> {
  const sql = await connect(SERVER!, { max: 1 });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
