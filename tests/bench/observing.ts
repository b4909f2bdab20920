// `deno task bench:observing`: what metrics, telemetry and Sentry cost, on processes that are otherwise the same, in
// processor time per request, which other programs on the machine change less than requests per second.
import { parseArgs } from "node:util";
import { freePort, startPostgresCluster } from "../support/postgres_cluster.ts";
import { load, processorSeconds, start, stopServers } from "./load.ts";
import { headersFor, prepareShop, type Shop, startApi } from "./shop.ts";

const SIZE = { courses: 300, enrollments: 3000 };

const PATHS: Record<string, (shop: Shop) => string[]> = {
  "list of 12": () => ["/api/courses/courses/?page_size=12"],
  "details in turn": ({ courses }) => courses.map((course) => `/api/courses/courses/${course}/`),
  lesson: ({ lesson }) => [`/api/courses/lessons/${lesson}/`],
  enrollments: () => ["/api/courses/enrollments/"],
};

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "3" }, rounds: { type: "string", default: "5" } },
});
const seconds = Number(values.seconds);
const given = Deno.env.get("BENCH_DATABASE_URL");
const cluster = given ? null : await startPostgresCluster();
const server = given ?? cluster?.url;
if (!server) throw new Error("Install PostgreSQL, or name a server in BENCH_DATABASE_URL.");
try {
  const shop = await prepareShop(server, SIZE);
  const port = freePort();
  const collector = await start(["run", "-A", "tests/bench/collector.ts", String(port)], port, "/", {});
  const observed = {
    METRICS_TOKEN: "a-token-for-prometheus",
    SENTRY_DSN: "http://key@127.0.0.1:9/1",
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_EXPORTER_OTLP_TIMEOUT: "1000",
  };
  const { METRICS_TOKEN, SENTRY_DSN } = observed;
  const kinds = {
    off: await startApi(shop.url),
    "metrics, Sentry": await startApi(shop.url, { METRICS_TOKEN, SENTRY_DSN }),
    "and telemetry": await startApi(shop.url, observed),
  };
  const row = (cells: string[]) =>
    cells.map((cell, at) => at === 0 ? cell.padEnd(18) : cell.padStart(18)).join("");
  console.log(row(["µs per request", ...Object.keys(kinds)]));
  for (const [name, pathsOf] of Object.entries(PATHS)) {
    const paths = pathsOf(shop);
    const headers = headersFor(paths[0]!, shop.token);
    const costs: number[][] = Object.keys(kinds).map(() => []);
    for (const origin of Object.values(kinds)) await load(origin, paths, headers, 1);
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [index, origin] of Object.values(kinds).entries()) {
        const before = await processorSeconds(origin);
        const { perSecond, failed } = await load(origin, paths, headers, seconds);
        if (failed > 0) throw new Error(`${name}: ${failed} requests failed.`);
        costs[index]!.push(1e6 * (await processorSeconds(origin) - before) / (perSecond * seconds));
      }
    }
    const [off, ...others] = costs.map((rounds) => Math.min(...rounds)); // the least disturbed
    const change = (cost: number) => `${cost.toFixed(0)} (${(100 * (cost / off! - 1)).toFixed(1)} %)`;
    console.log(row([name, off!.toFixed(0), ...others.map(change)]));
  }
} finally {
  await stopServers();
  await cluster?.stop();
}
Deno.exit(0);
