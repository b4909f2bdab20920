import { fileURLToPath } from "node:url";
import { DEVELOPMENT_DATABASE_URL } from "./read_config.ts";
import { isDatabaseUrl } from "./variables.ts";

/** The folder for all data of `deno task dev`. */
export const DEVELOPMENT_DATA = Deno.env.get("SANDBOX_DATA")?.replace(/\/*$/, "/") ??
  fileURLToPath(new URL("../../.data/", import.meta.url));

/** The file in which a running `deno task dev` stores its database's URL, whatever the port. */
export const SERVED_DATABASE = `${DEVELOPMENT_DATA}database_url`;

/**
 * Returns the database for commands that need nothing else: that of DATABASE_URL; without it, outside production,
 * that of a running `deno task dev`. Throws if there is none.
 */
export async function databaseUrl(): Promise<string> {
  const given = Deno.env.get("DATABASE_URL")?.trim();
  if (given) {
    if (isDatabaseUrl(given)) return given;
    throw new Error("DATABASE_URL must be a postgres:// URL.");
  }
  if (Deno.env.get("APP_ENV") === "production") throw new Error("Set DATABASE_URL to a postgres:// URL.");
  try {
    return (await Deno.readTextFile(SERVED_DATABASE)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return DEVELOPMENT_DATABASE_URL;
    throw error;
  }
}
