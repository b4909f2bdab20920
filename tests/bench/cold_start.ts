// How long a server takes from the start of its process to its first response, beside bare servers: --rounds N. They
// take turns, so that whatever else the machine does touches all of them.
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { places } from "../../openapi/generated/server/operations.ts";
import { denoOfDeploy } from "../support/deno_of_deploy.ts";
import { serverEnvironment } from "../support/environment.ts";
import { freePort, startPostgresCluster } from "../support/postgres_cluster.ts";
import { migrateDatabase } from "../../adapters/composition/migrate_database.ts";
import { createLog } from "../../adapters/log.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DEPLOY = "adapters/composition/deploy.ts";
const CATALOG = "/api/courses/courses/";
const ROUTES = String(Object.keys(places).length);

const cluster = await startPostgresCluster();
if (!cluster) throw new Error("Install PostgreSQL: the measurement needs its server.");
const databaseUrl = cluster.url;
await migrateDatabase(databaseUrl, createLog("readable", () => {}));

type Server = { name: string; path: string; script: string; args: string[] };
const servers: Server[] = [
  { name: "bare, as many routes", path: "/health", script: "tests/bench/bare_start.ts", args: [ROUTES] },
  { name: "the shop", path: "/health", script: DEPLOY, args: [] },
  { name: "bare, one query", path: CATALOG, script: "tests/bench/bare_query.ts", args: [databaseUrl] },
  { name: "the shop", path: CATALOG, script: DEPLOY, args: [] },
];

try {
  for (const deno of [Deno.execPath(), await denoOfDeploy()]) {
    const times = servers.map((): number[] => []);
    for (let round = 0; round <= Number(values.rounds); round++) {
      for (const [at, server] of servers.entries()) {
        const ms = await firstResponse(deno, server);
        if (round > 0) times[at]!.push(ms); // the first one fills the caches
      }
    }
    console.log(await version(deno));
    for (const [at, { name, path }] of servers.entries()) {
      const ms = middle(times[at]!);
      const ratio = at % 2 === 1
        ? `, ${(ms / middle(times[at - 1]!)).toFixed(2)} times the bare server's`
        : "";
      console.log(`  ${path} of ${name}: ${ms.toFixed(0)} ms${ratio}`);
    }
  }
} finally {
  await cluster.stop();
}
Deno.exit(0);

/** Starts the server, asks it until it responds, and ends it. Returns the milliseconds until then. */
async function firstResponse(deno: string, { path, script, args }: Server): Promise<number> {
  const port = freePort();
  const began = performance.now();
  const process = new Deno.Command(deno, {
    args: ["run", "-A", "--no-check", script, String(port), ...args],
    cwd: ROOT,
    env: {
      ...serverEnvironment({ port, databaseUrl }),
      DENO_NO_UPDATE_CHECK: "1",
      DENO_DEPLOYMENT_ID: "deployment",
      DENO_TIMELINE: "production",
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    for (;;) {
      const status = await fetch(`http://127.0.0.1:${port}${path}`).then(async (response) => {
        await response.body?.cancel();
        return response.status;
      }, () => 0);
      if (status === 200) return performance.now() - began;
      if (performance.now() - began > 30_000) throw new Error(`${script} does not respond.`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    process.kill("SIGKILL");
    await process.status;
  }
}

async function version(deno: string): Promise<string> {
  const { stdout } = await new Deno.Command(deno, { args: ["--version"] }).output();
  return new TextDecoder().decode(stdout).split("\n")[0]!;
}

function middle(all: number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;
}
