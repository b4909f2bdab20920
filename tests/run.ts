// Runs the tests: `deno task test [files or options of deno test]`. Prepares one migrated database per engine for them
// to copy, requires that the domain is covered, and ends with the counts of tests.
import { createLog } from "../adapters/log.ts";
import { domainCoverage, THRESHOLD } from "./support/coverage.ts";
import { preparePglite } from "./support/prepare_pglite.ts";
import { preparePostgres } from "./support/prepare_postgres.ts";
import { startPostgresCluster } from "./support/postgres_cluster.ts";
import { groupTests } from "./support/test_groups.ts";

/** Coverage is judged for the whole suite only: a chosen few tests cover what they cover, and run faster without. */
const isWhole = Deno.args.length === 0;
const log = createLog("readable", () => {});
const directory = await Deno.makeTempDir({ prefix: "tests-" });
const given = Deno.env.get("TEST_DATABASE_URL");
const cluster = given ? null : await startPostgresCluster();
let failed = true;
try {
  const server = given ?? cluster?.url;
  console.log(
    server
      ? "Databases: PGlite and PostgreSQL."
      : "Databases: PGlite only. Install PostgreSQL or set TEST_DATABASE_URL to test races on a real server too.",
  );
  // One after the other: compiling PGlite keeps the thread busy for longer than a connection may take.
  const snapshot = await preparePglite(`${directory}/pglite.tar`, log);
  if (server) await preparePostgres(server, log);
  failed = !(await runTests(snapshot, server)) || !(await isCovered());
} finally {
  await cluster?.stop();
  await Deno.remove(directory, { recursive: true });
}
Deno.exit(failed ? 1 : 0);

/** True when every test passed; prints the counts as the last line of their report. */
async function runTests(snapshot: string, server: string | undefined): Promise<boolean> {
  const report = `${directory}/junit.xml`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-all", // the browser's driver looks about the whole machine
      "--sanitize-ops",
      "--sanitize-resources",
      "--parallel",
      "--reporter=dot",
      `--junit-path=${report}`,
      ...(isWhole
        ? [`--coverage=${directory}/coverage`, "--coverage-raw-data-only", ...await groupTests(directory)]
        : Deno.args),
    ],
    env: { TEST_PGLITE_SNAPSHOT: snapshot, ...(server ? { TEST_DATABASE_URL: server } : {}) },
  }).spawn().status;
  const xml = await Deno.readTextFile(report).catch(() => null);
  if (xml === null) {
    console.log("0 passed, 1 failed"); // they do not compile
    return false;
  }
  const count = (name: string) =>
    Number(xml.match(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`))?.[1] ?? 0);
  // A file that fails outside its tests is in no count.
  const broken = Math.max(count("failures") + count("errors"), success ? 0 : 1);
  const skipped = xml.match(/<skipped/g)?.length ?? 0;
  console.log(`${count("tests") - broken - skipped} passed, ${broken} failed`);
  return success;
}

async function isCovered(): Promise<boolean> {
  if (!isWhole) return true;
  const { lines, branches } = await domainCoverage(`${directory}/coverage`);
  console.log(`domain/ is covered: ${lines.toFixed(1)} % of lines, ${branches.toFixed(1)} % of branches.`);
  if (lines >= THRESHOLD && branches >= THRESHOLD) return true;
  console.error(
    `At least ${THRESHOLD} % of each are required. Run \`deno coverage\` to see what is missing.`,
  );
  return false;
}
