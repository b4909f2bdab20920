import { createLog } from "../../adapters/log.ts";
import { startEmbeddedPostgres } from "../../adapters/sandbox/embedded_postgres.ts";
import { migrateDatabase } from "../../main.ts";

/** Writes a snapshot of a migrated, empty PGlite to the path, for tests to copy; answers the path. */
export async function preparePglite(path: string, log: ReturnType<typeof createLog>): Promise<string> {
  const database = await startEmbeddedPostgres({ directory: null });
  await migrateDatabase(database.url, log);
  await Deno.writeFile(path, (await database.snapshot()).stream());
  await database.stop();
  return path;
}

if (import.meta.main) await preparePglite(Deno.args[0]!, createLog("readable", () => {}));
