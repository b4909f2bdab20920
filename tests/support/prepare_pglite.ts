import { createLog } from "../../adapters/log.ts";
import { startEmbeddedPostgres } from "../../adapters/sandbox/embedded_postgres.ts";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";

// Writes a snapshot of a migrated, empty PGlite to the path that is given, for tests to copy.
const database = await startEmbeddedPostgres({ directory: null });
await migrateDatabase(database.url, createLog("readable", () => {}));
await Deno.writeFile(Deno.args[0]!, (await database.snapshot()).stream());
await database.stop();
