// `deno task bench`: the API beside a bare server on one PostgreSQL, and the API on a small shop beside a large one.
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { freePort, startPostgresCluster } from "../support/postgres_cluster.ts";
import { type Load, load, start, stopServers } from "./load.ts";
import { sequentialScans } from "./query_plans.ts";
import { headersFor, prepareShop, type Shop, startApi } from "./shop.ts";

const SMALL = { courses: 300, enrollments: 3000 };

/** What is asked for: one address all the time, which the API may answer to several at once, or several in turn. */
const PATHS: Record<string, (shop: Shop) => string[]> = {
  list: () => ["/api/courses/courses/"],
  "list of 12": () => ["/api/courses/courses/?page_size=12"],
  "lists in turn": ({ courses }) => courses.map((_, n) => `/api/courses/courses/?page_size=${n + 1}`),
  detail: ({ courses }) => [`/api/courses/courses/${courses[0]}/`],
  "details in turn": ({ courses }) => courses.map((course) => `/api/courses/courses/${course}/`),
  search: ({ tutor }) => [`/api/courses/courses/?page_size=12&${new URLSearchParams({ search: tutor })}`],
  universities: () => ["/api/core/universities/"],
  lesson: ({ lesson }) => [`/api/courses/lessons/${lesson}/`],
  enrollments: () => ["/api/courses/enrollments/"],
};
const { values } = parseArgs({
  options: {
    courses: { type: "string", default: "100000" },
    enrollments: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

const given = Deno.env.get("BENCH_DATABASE_URL");
const cluster = given ? null : await startPostgresCluster();
const server = given ?? cluster?.url;
if (!server) throw new Error("Install PostgreSQL, or name a server in BENCH_DATABASE_URL.");
try {
  const small = await prepareShop(server, SMALL);
  const large = await prepareShop(server, {
    courses: Number(values.courses),
    enrollments: Number(values.enrollments),
  });
  const scans = await sequentialScans(large.url);
  console.log(scans.length === 0 ? "No read of the catalog scans a large table." : scans.join("\n"));

  const [apiSmall, apiLarge, bare] = await Promise.all([
    startApi(small.url),
    startApi(large.url),
    startBare(large),
  ]);
  console.log(`\n${"".padEnd(16)}${"API".padStart(27)}${"bare server".padStart(27)}`);
  const row = (name: string, cells: string[]) =>
    name.padEnd(16) + cells.map((cell) => cell.padStart(9)).join("");
  console.log(
    row("", ["req/s", "p50 ms", "p99 ms", "req/s", "p50 ms", "p99 ms", "ratio", "small", "growth"]),
  );
  for (const [name, pathsOf] of Object.entries(PATHS)) {
    const targets = [
      [apiLarge, large],
      [bare, large],
      [apiSmall, small],
    ] as const;
    for (const path of pathsOf(large)) {
      const [ourAnswer, bareAnswer] = await Promise.all(
        [apiLarge, bare].map((origin) => answerOf(origin, path, large.token)),
      );
      assert.deepEqual(ourAnswer, bareAnswer, `${path}: the bare server answers otherwise`);
    }
    const loads: Load[][] = [[], [], []];
    for (const [origin, shop] of targets) {
      await load(origin, pathsOf(shop), headersFor(pathsOf(shop)[0]!, shop.token), 1);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [index, [origin, shop]] of targets.entries()) {
        loads[index]!.push(
          await load(origin, pathsOf(shop), headersFor(pathsOf(shop)[0]!, shop.token), seconds),
        );
      }
    }
    const [ours, theirs, few] = loads.map(middle);
    const cells = [ours!, theirs!].flatMap((
      { perSecond, p50, p99 },
    ) => [perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(1)]);
    console.log(row(name, [
      ...cells,
      (ours!.perSecond / theirs!.perSecond).toFixed(2),
      few!.p50.toFixed(2),
      `×${(ours!.p50 / few!.p50).toFixed(2)}`,
    ]));
    const failed = loads.flat().reduce((sum, load) => sum + load.failed, 0);
    if (failed > 0) throw new Error(`${name}: ${failed} requests failed.`);
  }
} finally {
  await stopServers();
  await cluster?.stop();
}
Deno.exit(0);

async function startBare({ url, studentId }: Shop): Promise<string> {
  const port = freePort();
  return await start(
    ["run", "-A", "tests/bench/bare_server.ts", String(port), url, studentId],
    port,
    "/api/core/universities/",
    {},
  );
}

/**
 * An answer's JSON without what tells the servers apart: their addresses, how they write a moment, and what the API
 * leaves out where there is none of it.
 */
async function answerOf(origin: string, path: string, token: string): Promise<unknown> {
  const response = await fetch(origin + path, { headers: headersFor(path, token) });
  assert.equal(response.status, 200, path);
  return JSON.parse(
    (await response.text()).replaceAll(origin, ""),
    (key, value) => {
      if ((key === "enrolledStudents" || key === "progress") && value === null) return undefined;
      const isMoment = typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value);
      return isMoment ? new Date(value).toISOString() : value;
    },
  );
}

/** The round with the middle throughput. */
function middle(loads: Load[]): Load {
  return [...loads].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(loads.length / 2)]!;
}
