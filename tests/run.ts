// Runs the tests: `deno task test [files or options of deno test]`. Without any it runs all, requires that the domain is
// covered, and ends with the counts of tests. Types are not checked here: the gate does that before.
import { domainCoverage, THRESHOLD } from "./support/coverage.ts";
import { prepareDatabases } from "./support/prepared_databases.ts";
import { groupTests } from "./support/test_groups.ts";
import { watchedRun } from "./support/watched_run.ts";

const OPTIONS = [
  "test",
  "--no-check",
  "--allow-all", // the browser's driver looks about the whole machine
  "--sanitize-ops",
  "--sanitize-resources",
  "--parallel",
];

const directory = await Deno.makeTempDir({ prefix: "tests-" });
const databases = await prepareDatabases();
let failed = true;
try {
  console.log(
    databases.engines.includes("postgres")
      ? "Databases: PGlite and PostgreSQL."
      : "Databases: PGlite only. Install PostgreSQL or set TEST_DATABASE_URL to test races on a real server too.",
  );
  // Coverage is judged for the whole suite only: a chosen few tests cover what they cover, and run faster without.
  failed = !(Deno.args.length > 0 ? await runSome(...Deno.args) : await runAll() && await isCovered());
} finally {
  await databases.stop();
  await Deno.remove(directory, { recursive: true });
}
Deno.exit(failed ? 1 : 0);

/** Runs `deno test` as asked; true when every test passed. */
async function runSome(...args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...OPTIONS, ...args],
    env: databases.env,
  }).spawn().status;
  return success;
}

/**
 * Runs all; prints the slowest, and the counts as the last line of their report. Those that go alone run beside the
 * others, for they wait more than they work, and without coverage, which slows down whatever they start.
 */
async function runAll(): Promise<boolean> {
  const { alone, groups } = await groupTests(directory);
  const coverage = [`--coverage=${directory}/coverage`, "--coverage-raw-data-only"];
  const runs = [
    { name: "alone", options: [], files: alone },
    { name: "groups", options: coverage, files: groups },
  ];
  const results = await Promise.all(runs.map(async ({ name, options, files }) => {
    const report = `${directory}/${name}.xml`;
    const args = [...OPTIONS, ...options, `--junit-path=${report}`];
    const success = await watchedRun({ args, env: databases.env, files });
    return countsOf(await Deno.readTextFile(report).catch(() => null), success);
  }));
  const slowest = results.flatMap(({ tests }) => tests).sort((a, b) => b.seconds - a.seconds).slice(0, 5);
  for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(6)} s  ${name}`);
  const sum = (of: "passed" | "broken") => results.reduce((total, result) => total + result[of], 0);
  console.log(`${sum("passed")} passed, ${sum("broken")} failed`);
  return sum("broken") === 0;
}

/**
 * What a run's report says; null: it could not be loaded, which counts as one failure, as does a file that fails
 * outside its tests.
 */
function countsOf(report: string | null, success: boolean) {
  const xml = report ?? "";
  const count = (name: string) =>
    Number(xml.match(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`))?.[1] ?? 0);
  const broken = Math.max(count("failures") + count("errors"), success ? 0 : 1);
  const skipped = xml.match(/<skipped/g)?.length ?? 0;
  return {
    broken,
    passed: Math.max(0, count("tests") - broken - skipped),
    tests: [...xml.matchAll(/<testcase name="([^"]*)"[^>]* time="([\d.]+)"/g)]
      .map(([, name, seconds]) => ({ name, seconds: Number(seconds) })),
  };
}

async function isCovered(): Promise<boolean> {
  const { lines, branches } = await domainCoverage(`${directory}/coverage`);
  console.log(`domain/ is covered: ${lines.toFixed(1)} % of lines, ${branches.toFixed(1)} % of branches.`);
  if (lines >= THRESHOLD && branches >= THRESHOLD) return true;
  console.error(
    `At least ${THRESHOLD} % of each are required. Run \`deno coverage\` to see what is missing.`,
  );
  return false;
}
