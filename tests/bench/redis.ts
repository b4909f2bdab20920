// `deno task bench:redis`: what a cache in Redis could save: its answers beside those of PostgreSQL that it would replace,
// and what the look-up of a session costs a whole request.
import { parseArgs } from "node:util";
import { createClient } from "redis";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { joseTokens } from "../../adapters/jose/tokens.ts";
import { createLog } from "../../adapters/log.ts";
import { postgresSessions } from "../../adapters/postgres/accounts/sessions.ts";
import { postgresCatalog } from "../../adapters/postgres/catalog/catalog.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { seedMany } from "../../adapters/sandbox/sample/many.ts";
import { ROLE } from "../../domain/accounts/ports.ts";
import { hasRedis, startRedis } from "../support/daemons.ts";
import { serverEnvironment } from "../support/environment.ts";
import { freePort, startPostgresCluster } from "../support/postgres_cluster.ts";
import { load, start, stopServers } from "./load.ts";

const { values } = parseArgs({
  options: {
    courses: { type: "string", default: "100000" },
    seconds: { type: "string", default: "5" },
  },
});
const seconds = Number(values.seconds);
const cluster = await startPostgresCluster();
if (!cluster || !hasRedis) throw new Error("Install PostgreSQL and Redis.");
const parts = new AsyncDisposableStack();
parts.defer(() => cluster.stop());
try {
  await migrateDatabase(cluster.url, createLog("readable", () => {}));
  const sql = await connect(cluster.url, { max: 10, prepares: true, deadlines: { answer: Infinity } });
  parts.defer(() => sql.end());
  await seedMany(sql, { courses: Number(values.courses), enrollments: 1000, passwordHash: "-" }, () => {});
  await sql`vacuum analyze`;
  const redis = await startRedis();
  parts.defer(() => redis.stop());
  const client = createClient({ url: redis.url });
  await client.connect();
  parts.defer(() => client.destroy());

  const [tutor, student] = await Promise.all([ROLE.tutor, ROLE.student].map(async (role) => {
    const [row] = await sql<[{ id: string; signInId: string }]>`
      with person as (
        insert into users (email, password_hash, role, email_verified_at)
        values (${`bench-${role}@example.com`}, '-', ${role}, now()) returning id
      )
      insert into sessions (user_id, expires_at) select id, now() + interval '1 day' from person
      returning user_id as id, id as "signInId"`;
    return { ...row, role };
  }));
  const catalog = postgresCatalog(sql);
  const sessions = postgresSessions(sql);
  const list = () => catalog.onSale(null, { offset: 0, limit: 12 });
  await client.set("session", String(tutor!.role));
  await client.set(
    "list",
    JSON.stringify(await list(), (_, value) => typeof value === "bigint" ? String(value) : value),
  );
  await client.set("version", "1");

  const row = (name: string, ...cells: string[]) =>
    console.log(name.padEnd(44) + cells.map((cell) => cell.padStart(12)).join(""));
  row("", "p50 ms", "p99 ms", "p50, 10 at once");
  const asked: [string, () => Promise<unknown>][] = [
    ["how a session stands, PostgreSQL", () => sessions.roleOf(tutor!, new Date())],
    ["how a session stands, Redis", () => client.get("session")],
    ["list of 12, PostgreSQL", list],
    ["list of 12 and its version, Redis", () => Promise.all([client.get("version"), client.get("list")])],
  ];
  for (const [name, ask] of asked) {
    const alone = await times(ask, 1);
    const among = await times(ask, 10);
    row(name, alone(0.5).toFixed(2), alone(0.99).toFixed(2), among(0.5).toFixed(2));
  }

  const port = freePort();
  parts.defer(stopServers);
  const environment = serverEnvironment({ port, databaseUrl: cluster.url });
  const api = await start(["run", "--no-prompt", "-P=server", "main.ts"], port, "/ready", {
    ...environment,
    DATABASE_PREPARED_STATEMENTS: "true",
  });
  const tokens = joseTokens([environment.JWT_SECRET!]);
  row("", "requests/s", "p50 ms", "p99 ms");
  const callers = [["a student, whose token suffices", student!], [
    "a tutor, with a look-up",
    tutor!,
  ]] as const;
  for (const [name, caller] of [...callers, ...callers]) {
    const headers = { authorization: `Bearer ${await tokens.issueAccess(caller)}` };
    const path = "/api/courses/courses/?page_size=12";
    await load(api, [path], headers, 1);
    const { perSecond, p50, p99, failed } = await load(api, [path], headers, seconds);
    if (failed > 0) throw new Error(`${failed} requests failed.`);
    row(`list of 12 for ${name}`, perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(1));
  }
} finally {
  await parts.disposeAsync();
}
Deno.exit(0);

/** Asks for some seconds, so many at once. Returns the percentiles in milliseconds. */
async function times(ask: () => Promise<unknown>, atOnce: number): Promise<(share: number) => number> {
  const taken: number[] = [];
  for (let n = 0; n < 200; n++) await ask();
  const end = performance.now() + 1000 * seconds / 2;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (performance.now() < end) {
      const began = performance.now();
      await ask();
      taken.push(performance.now() - began);
    }
  }));
  taken.sort((one, other) => one - other);
  return (share) => taken[Math.floor(taken.length * share)] ?? 0;
}
