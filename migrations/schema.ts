// Writes migrations/schema.sql, the schema of a database with all migrations applied: `deno task schema`. With
// --check it only reports whether the file is up to date, and exits with 1 if not. Needs no server: it uses PGlite.
import { connect } from "../adapters/postgres/connection.ts";
import { migrate } from "../adapters/postgres/migrate.ts";
import { startEmbeddedPostgres } from "../adapters/sandbox/embedded_postgres.ts";
import { dumpSchema } from "./dump_schema.ts";

const FILE = new URL("schema.sql", import.meta.url);

const schema = await freshSchema();
if (!Deno.args.includes("--check")) {
  await Deno.writeTextFile(FILE, schema);
  console.log("Wrote migrations/schema.sql.");
} else if (schema === await Deno.readTextFile(FILE)) {
  console.log("migrations/schema.sql is up to date.");
} else {
  console.error("Out of date: migrations/schema.sql. Run `deno task schema` and commit what it writes.");
  Deno.exit(1);
}

async function freshSchema(): Promise<string> {
  const database = await startEmbeddedPostgres({ directory: null });
  const sql = await connect(database.url, { max: 1 });
  try {
    await migrate(sql);
    return "-- Written by `deno task schema`. Do not edit: change the migrations (README.md beside this file says how).\n\n" +
      await dumpSchema(sql);
  } finally {
    await sql.end({ timeout: 1 });
    await database.stop();
  }
}
