// Takes conditions out of SQL one at a time and tells which no related test notices: `deno task mutate:sql [word …]`, where
// words choose conditions by what they are. On PGlite alone. Exits 1 for one that is not noticed.
import { copyOfTree, outcome } from "./copy_of_tree.ts";
import { SQL_CONDITIONS, type SqlCondition } from "./sql_conditions.ts";

const PATIENCE_MS = 300_000;

const asked = SQL_CONDITIONS.filter(({ what }) =>
  Deno.args.length === 0 || Deno.args.some((word) => what.includes(word))
);
const copy = await copyOfTree();
let failed = asked.length === 0;
try {
  const whole = await prepared();
  const unchanged = [
    ...new Map(asked.map((condition) => [testsOf(condition).join(" "), condition])).values(),
  ];
  for (const condition of unchanged) {
    if (await tried(condition, whole) === "red") {
      throw new Error(`${condition.tests.join(", ")} fail as they are.`);
    }
  }
  for (const condition of asked) {
    const { what, file, find, replace } = condition;
    const path = `${copy}/${file}`;
    const source = await Deno.readTextFile(path);
    if (source.split(find).length !== 2) throw new Error(`${file} does not say once: ${find}`);
    await Deno.writeTextFile(path, source.replace(find, () => replace));
    const snapshot = file.startsWith("migrations/") ? await prepared() : whole;
    const isNoticed = snapshot === null || await tried(condition, snapshot) === "red";
    await Deno.writeTextFile(path, source);
    failed ||= !isNoticed;
    console.log(`${isNoticed ? "noticed     " : "NOT NOTICED "} ${what} (${file})`);
  }
} finally {
  await Deno.remove(copy, { recursive: true });
}
Deno.exit(failed ? 1 : 0);

/** A snapshot of PGlite with the copy's migrations; null when they do not run. */
async function prepared(): Promise<string | null> {
  const path = `${copy}/${crypto.randomUUID()}.tar`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", "tests/support/prepare_pglite.ts", path],
    cwd: copy,
    stdout: "null",
    stderr: "null",
  }).output();
  return success ? path : null;
}

function tried(condition: SqlCondition, snapshot: string | null) {
  if (snapshot === null) throw new Error("The migrations fail as they are.");
  return outcome(copy, testsOf(condition), PATIENCE_MS, {
    TEST_PGLITE_SNAPSHOT: snapshot,
    TEST_DATABASE_URL: "",
  });
}

function testsOf({ tests, filter }: SqlCondition): string[] {
  return [`--filter=${filter}`, ...tests];
}
