import type { Database, DatabaseTransaction } from "./queries.ts";

/**
 * The settings of every session of the application, whatever the defaults of the database or the server, and also
 * behind a transaction pooler, which keeps few settings for its clients. (`connect` sets the time zone and the date
 * format itself.)
 */
const SESSION = {
  // The limit of every statement, except in migrations. Long administrative work can raise it for its own session.
  statement_timeout: "15s",
  // A process that freezes in the middle of a transaction keeps its locks no longer than this.
  idle_in_transaction_session_timeout: "60s",
  // The isolation level that all locks are designed for.
  default_transaction_isolation: "read committed",
  // Numbers are returned as stored.
  extra_float_digits: "1",
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  standard_conforming_strings: "on",
};
const MIGRATIONS = new URL("../../migrations/", import.meta.url);

type Script = { name: string; script: string; checksum: string };
type Numbered = Script & { replaces: string[]; release: string };

/**
 * Brings the schema up to date in one transaction, and returns the names of the files applied: first the numbered
 * files that the database lacks, then `functions/*.sql` and `comments.sql`, each if it differs from the version
 * applied last. A numbered file that replaces others is not applied to a database that has those; it is only
 * recorded. Several instances may call it at once: one does the work, the others wait. Throws, without any change, if
 * an applied numbered file was changed, if two files have the same number, or if the database has only some of the
 * files that one replaces.
 */
export async function migrate(sql: Database, directory: URL = MIGRATIONS): Promise<string[]> {
  const files = await migrationFiles(directory);
  const numbered = await readNumbered(directory, files.numbered);
  const repeated = await readScripts(directory, files.repeated);
  return await sql.begin(async (tx) => {
    // In a large shop a migration, and waiting for one, may take longer than a request may.
    await tx`set local statement_timeout = 0`;
    await tx`set local idle_in_transaction_session_timeout = 0`;
    await tx`select pg_advisory_xact_lock(hashtextextended('migrations', 0))`;
    await tx`create table if not exists schema_migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default statement_timestamp()
    )`;
    await tx`create table if not exists schema_scripts (
      name text, checksum text, applied_at timestamptz not null default clock_timestamp(), primary key (name, checksum)
    )`;
    const names = [...await applyNumbered(tx, numbered), ...await applyRepeated(tx, repeated)];
    // Every time, because a restored or copied database lacks these settings.
    const settings = Object.entries(SESSION).map(([name, value]) =>
      `execute format('alter role %I in database %I set ${name} = %L', current_user, current_database(), '${value}');`
    );
    await tx.unsafe(`do $$ begin ${settings.join(" ")} end $$`);
    return names;
  });
}

async function applyNumbered(tx: DatabaseTransaction, files: Numbered[]): Promise<string[]> {
  const rows = await tx<{ name: string; checksum: string }[]>`select name, checksum from schema_migrations`;
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const names: string[] = [];
  for (const file of files) {
    const { name, script, checksum } = file;
    if (applied.get(name) === checksum) continue;
    if (applied.has(name)) {
      throw new Error(
        `Migration ${name} was changed after it had been applied. Restore it and add a new file. ` +
          "If it is a database of `deno task dev` from before a release, start it afresh with --reset.",
      );
    }
    if (!isInPlace(file, applied)) {
      const missing = file.replaces.filter((former) => !applied.has(former));
      if (missing.length < file.replaces.length) {
        throw new Error(
          `The database has only some of the migrations that ${name} replaces. It lacks ${
            missing.join(", ")
          }. ` +
            `Migrate it with the release at commit ${file.release} first.`,
        );
      }
      await tx.unsafe(script);
      names.push(name);
    }
    await tx`insert into schema_migrations (name, checksum) values (${name}, ${checksum})`;
  }
  return names;
}

async function applyRepeated(tx: DatabaseTransaction, files: Script[]): Promise<string[]> {
  const rows = await tx<{ name: string; checksum: string }[]>`
    select distinct on (name) name, checksum from schema_scripts order by name, applied_at desc`;
  const latest = new Map(rows.map((row) => [row.name, row.checksum]));
  const changed = files.filter(({ name, checksum }) => latest.get(name) !== checksum);
  // A trigger cannot be replaced while deferred constraint checks are pending.
  if (changed.length > 0) await tx`set constraints all immediate`;
  for (const { name, script, checksum } of changed) {
    await tx.unsafe(script);
    await tx`
      insert into schema_scripts (name, checksum) values (${name}, ${checksum})
      on conflict (name, checksum) do update set applied_at = clock_timestamp()`;
  }
  return changed.map(({ name }) => name);
}

/**
 * Returns the names of the files that the database still lacks, without changing anything: numbered files, and files
 * of functions and comments whose current version was never applied. A version that was applied and has since been
 * replaced does not count, so that instances of a release can still start while the next one is deployed.
 */
export async function pendingMigrations(sql: Database, directory: URL = MIGRATIONS): Promise<string[]> {
  const files = await migrationFiles(directory);
  const [tables] = await sql<{ numbered: boolean; repeated: boolean }[]>`
    select to_regclass('schema_migrations') is not null as numbered, to_regclass('schema_scripts') is not null as repeated`;
  const applied = tables!.numbered ? await sql<{ name: string }[]>`select name from schema_migrations` : [];
  const versions = tables!.repeated
    ? await sql<{ name: string; checksum: string }[]>`select name, checksum from schema_scripts`
    : [];
  const names = new Set(applied.map(({ name }) => name));
  const isApplied = (file: Script) =>
    versions.some(({ name, checksum }) => name === file.name && checksum === file.checksum);
  // Files that were applied are not read: there are many, and a server's start waits for this.
  const unknown = await readNumbered(directory, files.numbered.filter((name) => !names.has(name)));
  return [
    ...unknown.filter((file) => !isInPlace(file, names)),
    ...(await readScripts(directory, files.repeated)).filter((file) => !isApplied(file)),
  ].map(({ name }) => name);
}

/** Throws an error that says what to do if the database lacks files. Names the first three. */
export async function requireMigrated(sql: Database): Promise<void> {
  const pending = await pendingMigrations(sql);
  if (pending.length === 0) return;
  const others = pending.length > 3 ? ` and ${pending.length - 3} more files` : "";
  throw new Error(
    `The database lacks ${pending.slice(0, 3).join(", ")}${others}. Run \`deno task migrate\` first.`,
  );
}

/** Returns whether a numbered file was applied, or all those that it replaces. */
function isInPlace({ name, replaces }: Numbered, applied: { has(name: string): boolean }): boolean {
  return applied.has(name) || replaces.length > 0 && replaces.every((former) => applied.has(former));
}

/**
 * Returns the names of the numbered files, and of those that are applied whenever they change, each in the order in
 * which to apply them.
 */
async function migrationFiles(directory: URL): Promise<{ numbered: string[]; repeated: string[] }> {
  const names = await filesIn(directory);
  const functions = (await filesIn(new URL("functions/", directory))).map((name) => `functions/${name}`);
  const numbered = names.filter((name) => /^\d{4}_\w+\.sql$/.test(name));
  refuseSharedNumber(numbered);
  return { numbered, repeated: [...functions, ...names.filter((name) => name === "comments.sql")] };
}

async function readNumbered(directory: URL, names: string[]): Promise<Numbered[]> {
  return (await readScripts(directory, names)).map((file) => ({
    ...file,
    replaces: [...file.script.matchAll(/^-- replaces: (.+)$/gm)].flatMap(([, list]) =>
      list!.trim().split(/ +/)
    ),
    release: file.script.match(/^-- by release: (.+)$/m)?.[1] ?? "",
  }));
}

/** Throws if two files have the same number, because their order would depend on the rest of their names. */
function refuseSharedNumber(names: string[]): void {
  const byNumber = Map.groupBy(names, (name) => name.slice(0, 4));
  const shared = [...byNumber.values()].find((files) => files.length > 1);
  if (shared) {
    throw new Error(
      `Migrations ${shared.join(" and ")} have one number. Give one of them the next free number.`,
    );
  }
}

function readScripts(directory: URL, names: string[]): Promise<Script[]> {
  return Promise.all(names.map(async (name) => {
    const script = await Deno.readTextFile(new URL(name, directory));
    return { name, script, checksum: await sha256(script) };
  }));
}

/** Returns the names of the SQL files in a folder, sorted; none if there is no such folder. */
async function filesIn(folder: URL): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => name).filter((name) => name.endsWith(".sql")).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
