// `deno task bench:edge`: readers of the catalogue through Varnish, while courses are changed, beside readers of the API
// itself.
import { parseArgs } from "node:util";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { createLog } from "../../adapters/log.ts";
import { connect } from "../../adapters/postgres/connection.ts";
import { seedMany } from "../../adapters/sandbox/sample/many.ts";
import { hasVarnish, startVarnish } from "../support/daemons.ts";
import { serverEnvironment } from "../support/environment.ts";
import { freePort, startPostgresCluster } from "../support/postgres_cluster.ts";
import { load, startShop, stopServers } from "./load.ts";

const { values } = parseArgs({
  options: {
    courses: { type: "string", default: "1000" },
    seconds: { type: "string", default: "20" },
    /** How often a course is changed. */
    "change-every": { type: "string", default: "5" },
  },
});
const seconds = Number(values.seconds);
/** Requests a second of a busy shop. */
const RATE = 50;
const cluster = await startPostgresCluster();
if (!cluster || !hasVarnish) throw new Error("Install PostgreSQL and Varnish.");
const parts = new AsyncDisposableStack();
parts.defer(() => cluster.stop());
try {
  await migrateDatabase(cluster.url, createLog("readable", () => {}));
  const sql = await connect(cluster.url, { max: 2, deadlines: { answer: Infinity } });
  parts.defer(() => sql.end());
  await seedMany(sql, { courses: Number(values.courses), enrollments: 5000, passwordHash: "-" }, () => {});
  await sql`delete from stale_tags`;
  await sql`vacuum analyze`;
  const paths = readersPaths((await sql<{ slug: string }[]>`
    select slug from courses where is_published order by student_count desc limit 200`).map(({ slug }) =>
    slug
  ));

  const [port, edgePort] = [freePort(), freePort()];
  const varnish = await startVarnish(edgePort, port);
  parts.defer(() => varnish.stop());
  parts.defer(stopServers);
  const api = await startShop(port, {
    ...serverEnvironment({ port, databaseUrl: cluster.url }),
    DATABASE_PREPARED_STATEMENTS: "true",
    VARNISH_URL: varnish.url,
  });

  const row = (name: string, ...cells: string[]) =>
    console.log(name.padEnd(24) + cells.map((cell) => cell.padStart(12)).join(""));
  console.log(`A course is changed every ${values["change-every"]} s.`);
  row("", "requests/s", "p50 ms", "p99 ms", "of 1,000");
  const measured = [
    { name: "the API itself", origin: api, seconds },
    { name: "through the edge", origin: varnish.url, seconds },
    // As long as two responses are kept, so that the figure does not depend on when they were stored.
    { name: `${RATE} a second`, origin: varnish.url, seconds: 120, rate: RATE },
  ];
  for (const { name, origin, seconds, rate } of measured) {
    await load(origin, paths, {}, 1);
    const before = await varnish.passedOn();
    let changes = 0;
    const changing = setInterval(async () => {
      const slug = paths[changes++ % paths.length]!.split("/").at(-2)!;
      await sql`update courses set title = title || '.' where slug = ${slug}`;
    }, 1000 * Number(values["change-every"]));
    const { perSecond, p50, p99, failed } = await load(origin, paths, {}, seconds, rate);
    clearInterval(changing);
    if (failed > 0) throw new Error(`${failed} requests failed.`);
    const passedOn = (await varnish.passedOn() - before) / (perSecond * seconds) * 1000;
    const cells = [perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(1)];
    row(name, ...cells, origin === api ? "1000" : passedOn.toFixed(1));
  }
} finally {
  await parts.disposeAsync();
}
Deno.exit(0);

/** What readers ask for: lists, and courses the more often the more popular they are. */
function readersPaths(courses: string[]): string[] {
  const lists = [
    "/api/courses/courses/?page_size=12",
    "/api/courses/categories/",
    "/api/courses/courses/?page_size=12&page=2",
  ];
  return courses.flatMap((course, rank) => {
    const detail = `/api/courses/courses/${course}/`;
    const times = Math.max(1, Math.round(20 / (rank + 1)));
    return [...Array.from({ length: times }, () => detail), lists[rank % lists.length]!];
  });
}
