import { connect } from "../../adapters/postgres/connection.ts";
import { createLog } from "../../adapters/log.ts";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { TEMPLATE } from "./test_database.ts";

// Makes a migrated, empty database anew on the server that is given, for tests to copy.
const server = Deno.args[0]!;
const sql = await connect(server, { max: 1 });
await sql.unsafe(`drop database if exists ${TEMPLATE} with (force)`);
await sql.unsafe(`create database ${TEMPLATE}`);
await sql.end();
const template = new URL(server);
template.pathname = TEMPLATE;
await migrateDatabase(template.href, createLog("readable", () => {}));
