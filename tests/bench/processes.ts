// `deno task bench:processes`: what one, two and three processes on one PostgreSQL carry, of reads that nothing may answer
// for several readers at once, and of Stripe's events. The machine also runs PostgreSQL and the load, so the figures show
// when its cores are the wall, not what more machines would bring.
import { parseArgs } from "node:util";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { seedMany } from "../../adapters/sandbox/sample/many.ts";
import { runBurst } from "../settlement/burst.ts";
import { serverEnvironment } from "../support/environment.ts";
import { freePort, startPostgresCluster } from "../support/postgres_cluster.ts";
import { load, startShop, stopServers } from "./load.ts";

const { values } = parseArgs({
  options: {
    courses: { type: "string", default: "1000" },
    events: { type: "string", default: "2000" },
    seconds: { type: "string", default: "10" },
  },
});
const seconds = Number(values.seconds);

console.log(`The machine has ${navigator.hardwareConcurrency} cores.`);
console.log("processes   reads/s   p50 ms   p99 ms   connections   MiB each   events/s");
for (const count of [1, 2, 3]) {
  const cluster = await startPostgresCluster();
  if (!cluster) throw new Error("Install PostgreSQL.");
  const parts = new AsyncDisposableStack();
  parts.defer(() => cluster.stop());
  try {
    const read = await reads(cluster.url, count);
    const burst = await freshDatabase(cluster.url);
    const { took, seconds: lasted } = await runBurst(burst, Number(values.events), count);
    const cells = [
      read.perSecond.toFixed(0),
      read.p50.toFixed(1),
      read.p99.toFixed(1),
      String(read.connections),
      read.mebibytes.toFixed(0),
      (took.length / lasted).toFixed(0),
    ];
    const widths = [10, 9, 9, 14, 11, 11];
    console.log(String(count).padStart(9) + cells.map((cell, at) => cell.padStart(widths[at]!)).join(""));
  } finally {
    await parts.disposeAsync();
  }
}
Deno.exit(0);

async function freshDatabase(server: string): Promise<string> {
  const sql = await connect(server, { max: 1 });
  await sql`create database burst`;
  await sql.end();
  const url = new URL(server);
  url.pathname = "burst";
  await migrateDatabase(url.href, createLog("readable", () => {}));
  return url.href;
}

/** Has readers ask each of so many processes for courses in turn, at the same time. */
async function reads(databaseUrl: string, count: number) {
  await migrateDatabase(databaseUrl, createLog("readable", () => {}));
  const sql = await connect(databaseUrl, { max: 1, deadlines: { answer: Infinity } });
  await seedMany(sql, { courses: Number(values.courses), enrollments: 5000, passwordHash: "-" }, () => {});
  await sql`vacuum analyze`;
  const rows = await sql<
    { slug: string }[]
  >`select slug from courses where is_published order by id limit 200`;
  const paths = rows.map(({ slug }) => `/api/courses/courses/${slug}/`);
  const origins = await Promise.all(Array.from({ length: count }, () => {
    const port = freePort();
    return startShop(port, {
      ...serverEnvironment({ port, databaseUrl }),
      DATABASE_PREPARED_STATEMENTS: "true",
    });
  }));
  try {
    await Promise.all(origins.map((origin) => load(origin, paths, {}, 2)));
    const loads = await Promise.all(origins.map((origin) => load(origin, paths, {}, seconds)));
    const [{ connections }] = await sql<[{ connections: number }]>`
      select count(*)::int as connections from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    const mean = (of: (load: (typeof loads)[number]) => number) =>
      loads.reduce((sum, each) => sum + of(each), 0) / count;
    return {
      perSecond: count * mean(({ perSecond }) => perSecond),
      p50: mean(({ p50 }) => p50),
      p99: mean(({ p99 }) => p99),
      connections,
      mebibytes: await residentMebibytes(),
    };
  } finally {
    await sql.end();
    await stopServers();
  }
}

/** The mean memory that the servers under this process hold, as Linux says. */
async function residentMebibytes(): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["--ppid", String(Deno.pid), "-o", "rss=,args="] })
    .output();
  const sizes = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes("main.ts"))
    .map((line) => Number(line.trim().split(/\s+/)[0]) / 1024);
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}
