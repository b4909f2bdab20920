import type { Database } from "./queries.ts";

/**
 * What every session of the application has, whatever the database's or the server's own defaults are, and also behind a
 * transaction pooler, which keeps few settings for its clients. (`connect` asks for the time zone and the dates' form itself.)
 */
const SESSION = {
  // No statement may run longer. Migrations may; long administration can raise it for its own session.
  statement_timeout: "15s",
  // A process that is frozen in the middle of a transaction keeps its locks no longer than this.
  idle_in_transaction_session_timeout: "60s",
  // What all locks are made for.
  default_transaction_isolation: "read committed",
  // Numbers are answered as they are stored.
  extra_float_digits: "1",
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  standard_conforming_strings: "on",
};
const MIGRATIONS = new URL("../../migrations/", import.meta.url);

/**
 * Applies the numbered SQL files that the database lacks, each with its record in one transaction, and answers their
 * names. Several instances may call it at once: one works, the others wait. Throws when an applied file was changed.
 */
export async function migrate(sql: Database, directory: URL = MIGRATIONS): Promise<string[]> {
  const files = await migrationFiles(directory);
  return await sql.begin(async (tx) => {
    // In a large shop a migration may take longer than a request may, and so may those who wait for it.
    await tx`set local statement_timeout = 0`;
    await tx`set local idle_in_transaction_session_timeout = 0`;
    await tx`select pg_advisory_xact_lock(hashtextextended('migrations', 0))`;
    await tx`create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now()
    )`;
    const rows = await tx<{ name: string; checksum: string }[]>`select name, checksum from schema_migrations`;
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    const missing = files.filter((file) => !applied.has(file.name));
    for (const { name, checksum } of files) {
      if (applied.has(name) && applied.get(name) !== checksum) {
        throw new Error(
          `Migration ${name} was changed after it had been applied. Restore it and add a new file.`,
        );
      }
    }
    for (const { name, script, checksum } of missing) {
      await tx.unsafe(script);
      await tx`insert into schema_migrations (name, checksum) values (${name}, ${checksum})`;
    }
    // Every time, for a database that was restored or copied comes without it.
    const settings = Object.entries(SESSION).map(([name, value]) =>
      `execute format('alter role %I in database %I set ${name} = %L', current_user, current_database(), '${value}');`
    );
    await tx.unsafe(`do $$ begin ${settings.join(" ")} end $$`);
    return missing.map((file) => file.name);
  });
}

/** Names of the migrations that the database still lacks, without changing anything. */
export async function pendingMigrations(sql: Database, directory: URL = MIGRATIONS): Promise<string[]> {
  const files = await migrationFiles(directory);
  const [table] = await sql<{ name: string | null }[]>`select to_regclass('schema_migrations')::text as name`;
  if (!table?.name) return files.map((file) => file.name);
  const rows = await sql<{ name: string }[]>`select name from schema_migrations`;
  const applied = new Set(rows.map((row) => row.name));
  return files.map((file) => file.name).filter((name) => !applied.has(name));
}

async function migrationFiles(directory: URL): Promise<{ name: string; script: string; checksum: string }[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (/^\d{4}_\w+\.sql$/.test(entry.name)) names.push(entry.name);
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      const script = await Deno.readTextFile(new URL(name, directory));
      return { name, script, checksum: await sha256(script) };
    }),
  );
}

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
