import { connect } from "../../adapters/postgres/connection.ts";
import type { Database } from "../../adapters/postgres/queries.ts";
import { startEmbeddedPostgres } from "../../adapters/sandbox/embedded_postgres.ts";
import { NO_WAY_BACK, wayBack } from "./way_back.ts";

export type Engine = "pglite" | "postgres";
export type TestDatabase = { engine: Engine; url: string; sql: Database };

/** Where the prepared databases are asked for (prepared_databases.ts). */
const PREPARED = Deno.env.get("TEST_DATABASES");
export const TEMPLATE = "shop_template";

/** The engines that this run has: always PGlite, and PostgreSQL where there is a server. */
export const engines = (Deno.env.get("TEST_ENGINES") ?? "pglite").split(",") as Engine[];

/**
 * The path of a snapshot of a migrated PGlite; the URL of a server with the migrated database `TEMPLATE`; the URL of a
 * pooler in front of that, or its own where there is none.
 */
export const prepared = async (what: Engine | "pooler"): Promise<string> =>
  await (prepares[what] ??= prepare(what));
const prepares: Partial<Record<Engine | "pooler", Promise<string>>> = {};

async function prepare(what: Engine | "pooler"): Promise<string> {
  if (!PREPARED) throw new Error("Run the tests with `deno task test`, which prepares their databases.");
  const response = await fetch(`${PREPARED}/${what}`, { signal: AbortSignal.timeout(180_000) });
  const text = await response.text();
  if (what === "pooler" && response.status === 404) return await prepared("postgres");
  if (!response.ok) throw new Error(text);
  return text;
}

/** What a test runs on unless it asks for both: PostgreSQL, where there is a server. */
export const oneEngine: Engine[] = engines.slice(-1);

export type DatabaseOptions = {
  /** `engines` for both. */
  on?: Engine[];
  /**
   * Nobody used the database or its sessions before, nor will. For tests that cut connections, end processes, or look at
   * the settings of new sessions or at statistics.
   */
  isFresh?: boolean;
  /** The test leaves timers of a library behind, which keep nothing alive. */
  isUntidy?: boolean;
};

/** Declares a test once per engine, each with a migrated, empty database that nobody else uses meanwhile. */
export function databaseTest(
  name: string,
  run: (database: TestDatabase) => Promise<void>,
  { on = oneEngine, isFresh = false, isUntidy = false }: DatabaseOptions = {},
): void {
  for (const engine of engines.filter((available) => on.includes(available))) {
    Deno.test(`${name} (${engine})`, tidiness(isUntidy), async () => {
      const { url, release } = await emptyDatabase(engine, { isFresh });
      // As without a pooler in between; shopTest is as with one.
      const sql = await connect(url, { max: 25, prepares: engine === "postgres" });
      try {
        await run({ engine, url, sql });
      } finally {
        await sql.end({ timeout: 1 });
        await release();
      }
    });
  }
}

/** What a test may leave behind. */
export const tidiness = (isUntidy = false) =>
  isUntidy ? { sanitizeOps: false, sanitizeResources: false } : {};

/** What this thread's tests take turns on, while none of them uses it. */
const idle: (FreshDatabase & { back: string })[] = [];
Deno.test.afterAll(async () => {
  for (const { drop } of idle.splice(0)) await drop();
});

/**
 * A migrated, empty database. On PostgreSQL the next test gets the same one, with the same sessions behind a pooler,
 * for most of a test's costs are those of a new database and of sessions that know nothing of it yet. `release` brings it
 * back to what it was, or removes it if that cannot be, as when its schema was changed.
 */
export async function emptyDatabase(
  engine: Engine,
  { isFresh = false }: { isFresh?: boolean } = {},
): Promise<{ url: string; release(): Promise<void> }> {
  if (isFresh || engine === "pglite") {
    const { url, drop } = await freshDatabase(engine);
    return { url, release: drop };
  }
  const database = idle.pop() ?? await returnableDatabase();
  return {
    url: database.url,
    async release() {
      try {
        await withConnection(database.url, (sql) => sql.unsafe(database.back));
        idle.push(database);
      } catch (error) {
        await database.drop();
        if (!NO_WAY_BACK.includes((error as { code?: string }).code ?? "")) throw error;
      }
    },
  };
}

async function returnableDatabase(): Promise<FreshDatabase & { back: string }> {
  const { url, drop } = await freshDatabase("postgres");
  const pooled = new URL(await prepared("pooler"));
  pooled.pathname = new URL(url).pathname;
  return { url: pooled.href, drop, back: await withConnection(url, wayBack) };
}

type FreshDatabase = { url: string; drop(): Promise<void> };

/** A migrated, empty database that nobody used before; `drop` removes it. */
export async function freshDatabase(engine: Engine): Promise<FreshDatabase> {
  if (engine === "pglite") {
    const snapshot = new Blob([await Deno.readFile(await prepared("pglite"))]);
    const { url, stop } = await startEmbeddedPostgres({ directory: null, snapshot });
    return { url, drop: stop };
  }
  return await createdDatabase(`template ${TEMPLATE} strategy file_copy`);
}

/** A database of PostgreSQL without anything in it; `drop` removes it. */
export const unmigratedDatabase = (encoding = "UTF8") =>
  createdDatabase(
    `template template0 encoding '${encoding}'${encoding === "UTF8" ? "" : " lc_collate 'C' lc_ctype 'C'"}`,
  );

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

/** Does something on the test server's own database. */
const administer = async (work: (sql: Database) => Promise<unknown>) =>
  void await withConnection(await prepared("postgres"), work);

async function withConnection<Result>(
  url: string,
  work: (sql: Database) => Promise<Result>,
): Promise<Result> {
  const sql = await connect(url, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
