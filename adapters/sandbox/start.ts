// `deno task dev`: runs the whole shop on this machine, without any vendor account. --reset deletes its data first.
import { rebuildSearch } from "../../domain/catalog/rebuild_search.ts";
import { migrateDatabase } from "../composition/migrate_database.ts";
import { DEVELOPMENT_DATA, SERVED_DATABASE } from "../config/database_url.ts";
import type { VariableName } from "../config/descriptions.ts";
import { DEVELOPMENT_DATABASE_URL, readConfig } from "../config/read_config.ts";
import { connectElasticsearch } from "../elasticsearch/client.ts";
import { elasticsearchEngine } from "../elasticsearch/engine.ts";
import { postgresSearchIndexes } from "../postgres/catalog/search_indexes.ts";
import { stopOnSignal, watchForErrors } from "../deno/process.ts";
import { createLog } from "../log.ts";
import { connect } from "../postgres/connection.ts";
import { r2Files } from "../r2/files.ts";
import { argon2Passwords } from "../argon2/passwords.ts";
import { serve } from "../../main.ts";
import { startEmbeddedPostgres } from "./embedded_postgres.ts";
import { SAMPLE_ACCOUNTS, SAMPLE_PASSWORD, SAMPLE_PROMOTION, seedSample } from "./sample/seed.ts";
import { startSandbox } from "./sandbox.tsx";

const DATA = DEVELOPMENT_DATA;
const log = createLog("readable");
const began = performance.now();

watchForErrors(log);
try {
  await start();
} catch (error) {
  log.error(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}

async function start(): Promise<void> {
  const appEnv = variable("APP_ENV", "development");
  if (!["development", "test"].includes(appEnv) || Deno.env.has("DENO_DEPLOYMENT_ID")) {
    throw new Error("`deno task dev` is for development. In production use `deno task start`.");
  }
  if (Deno.args.includes("--reset")) await removeData();
  await Deno.mkdir(DATA, { recursive: true });
  console.log(
    `Starting${await exists(`${DATA}postgres`) ? "" : " for the first time, which takes a few seconds"} …`,
  );

  const port = portOf("PORT", 8000);
  const apiUrl = `http://localhost:${port}`;
  const [sandbox, database] = await Promise.all([
    startSandbox({
      state: `${DATA}sandbox.sqlite`,
      httpPort: portOf("SANDBOX_PORT", 8100),
      smtpPort: portOf("SANDBOX_SMTP_PORT", 8125),
      apiUrl,
      appEnv,
      log: (line) => log.warn(line),
    }),
    startDatabase(),
  ]);
  const config = readConfig({
    ...sandbox.environment,
    ...sandbox.supportEnvironment,
    ...sandbox.analyticsEnvironment,
    ...sandbox.searchEnvironment,
    APP_ENV: appEnv,
    FRONTEND_URL: "http://localhost:3000",
    JWT_SECRET: await developmentSecret(),
    DATABASE_URL: database.url,
    ...nonEmpty(Deno.env.toObject()),
  });
  await migrateDatabase(config.databaseUrl, log);
  await fillShop(config);
  await Deno.writeTextFile(SERVED_DATABASE, config.databaseUrl, { mode: 0o600 });
  const server = await serve(config, log, { hostname: "127.0.0.1" });
  stopOnSignal(async () => {
    await server.stop();
    await sandbox.stop();
    await database.stop();
    await Deno.remove(SERVED_DATABASE);
  }, log);
  fillSearch(config).catch((error) => log.error("search engine not filled", { error: String(error) }));
  console.log(screen({ apiUrl, sandboxUrl: sandbox.origin, frontendUrl: config.frontendUrl }));
}

async function startDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = Deno.env.get("DATABASE_URL");
  if (given) return { url: given, stop: () => Promise.resolve() };
  const name = "SANDBOX_DATABASE_PORT";
  const port = portOf(name, Number(new URL(DEVELOPMENT_DATABASE_URL).port));
  try {
    return await startEmbeddedPostgres({ directory: `${DATA}postgres`, port });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `Port ${port} is taken. Stop the program that listens there, or set ${name} to another port.`,
      {
        cause: error,
      },
    );
  }
}

async function fillShop(config: ReturnType<typeof readConfig>): Promise<void> {
  const sql = await connect(config.databaseUrl, { max: 1 });
  const passwords = argon2Passwords();
  try {
    await seedSample(sql, { files: r2Files(config.r2), hashPassword: passwords.hash });
  } finally {
    passwords.close();
    await sql.end({ timeout: 1 });
  }
}

/** Fills the search engine once; later changes reach it as they are made. */
async function fillSearch({ elasticsearch, databaseUrl }: ReturnType<typeof readConfig>): Promise<void> {
  if (elasticsearch === null) return;
  const connection = connectElasticsearch(elasticsearch);
  const searchEngine = elasticsearchEngine(connection, elasticsearch.index);
  const sql = await connect(databaseUrl, { max: 1 });
  try {
    if ((await searchEngine.existing()).some(({ isUsed }) => isUsed)) return;
    await rebuildSearch({ searchEngine, searchIndexes: postgresSearchIndexes(sql) }, { onProgress() {} });
  } finally {
    await connection.close();
    await sql.end({ timeout: 1 });
  }
}

/** Returns this checkout's own token secret, stored so that a restart signs nobody out. */
async function developmentSecret(): Promise<string> {
  const path = `${DATA}jwt_secret`;
  if (!(await exists(path))) {
    await Deno.writeTextFile(path, crypto.randomUUID() + crypto.randomUUID(), { mode: 0o600 });
  }
  return await Deno.readTextFile(path);
}

async function removeData(): Promise<void> {
  if (!(await exists(DATA))) return;
  // A running server still uses these files.
  if (await exists(`${DATA}postgres/lock`)) {
    using lock = await Deno.open(`${DATA}postgres/lock`, { write: true });
    if (!(await lock.tryLock(true))) {
      throw new Error("Another `deno task dev` is running. Stop it before --reset.");
    }
  }
  await Deno.remove(DATA, { recursive: true });
}

function screen(urls: { apiUrl: string; sandboxUrl: string; frontendUrl: string }): string {
  const bold = (text: string) => `\x1b[1m${text}\x1b[0m`;
  const row = (label: string, value: string) => `  ${label.padEnd(15)}${value}`;
  return [
    "",
    bold(`11Tutors is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`),
    "",
    row("API", urls.apiUrl),
    row("Swagger docs", `${urls.apiUrl}/docs`),
    row("Mailbox", `${urls.sandboxUrl}/mailbox`),
    row("Analytics", `${urls.sandboxUrl}/sandbox/analytics`),
    row("Support", `${urls.sandboxUrl}/sandbox/support`),
    row("SMS", `${urls.sandboxUrl}/sandbox/sms`),
    row("Payments", `${urls.sandboxUrl}/sandbox/stripe  (refund and dispute)`),
    row("Search engine", `${urls.sandboxUrl}/sandbox/search`),
    row("Payment page", `${urls.sandboxUrl}/pay/…  (checkout_url of POST /api/payments/payments/)`),
    row("Video player", `${urls.sandboxUrl}/vdocipher/player?otp=…&playbackInfo=…`),
    row("Frontend", `${urls.frontendUrl}  (yours; not started here)`),
    "",
    ...SAMPLE_ACCOUNTS.map(({ role, email }) => row(role, email)),
    row("password", SAMPLE_PASSWORD),
    row("promotion code", SAMPLE_PROMOTION),
    row("card that pays", "4242 4242 4242 4242, any future expiry, any CVC"),
    "",
    `  Ctrl-C stops. Everything is kept in ${DATA}; \`deno task dev --reset\` starts afresh.`,
    "",
  ].join("\n");
}

function variable(name: VariableName, fallback: string): string {
  return Deno.env.get(name)?.trim() || fallback;
}

function portOf(name: VariableName, fallback: number): number {
  const text = variable(name, String(fallback));
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new Error(`${name} is "${text}": set it to the number of a port, from 1 to 65535.`);
}

/** Drops empty variables, which count as unset. */
function nonEmpty(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value.trim() !== ""));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
