// Takes conditions out of SQL one at a time and tells which no related test notices: `deno task mutate:sql [word …]`,
// where words choose conditions by what they are or by their file. On PostgreSQL where it is installed, else on
// PGlite, which takes four times as long. Exits 1 for one that is not noticed, or whose absence is no statement any
// more.
import { pathToFileURL } from "node:url";
import { prepareDatabases } from "../support/prepared_databases.ts";
import { copyOfTree } from "./copy_of_tree.ts";
import { SQL_CONDITIONS, type SqlCondition } from "./sql_conditions.ts";

/** Conditions that are tried at the same time, each in a copy of the tree. */
const AT_ONCE = Math.max(1, navigator.hardwareConcurrency);
const PATIENCE_MS = 300_000;
/** What is said of a statement that cannot be run, whatever it is about. */
const IS_NO_STATEMENT =
  /syntax error|could not (determine|identify)|does not exist|missing FROM-clause|invalid reference|must appear in|could not be parsed|ReferenceError|No database was prepared/;

type Fate = "noticed" | "NOT NOTICED" | "NO STATEMENT";
/** A copy of the tree, and where its tests find the databases that they copy. */
type Place = {
  copy: string;
  env: Record<string, string>;
  remove(): Promise<void>;
};

const asked = SQL_CONDITIONS.filter(({ what, file }) =>
  Deno.args.length === 0 || Deno.args.some((word) => what.includes(word) || file.includes(word))
);
const started = performance.now();
const fates: Fate[] = [];
const places: Place[] = [];
try {
  for (let n = 0; n < AT_ONCE; n++) places.push(await placeToTry());
  const unchanged = [...new Map(asked.map((one) => [testsOf(one).join(" "), one])).values()];
  await shared(unchanged, async (condition, place) => {
    const { success, said } = await run(place, condition);
    if (!success || /\b0 passed/.test(said)) {
      throw new Error(`${testsOf(condition).join(" ")} do not pass as they are:\n${said}`);
    }
  });
  await shared(asked, async (condition, place) => {
    const fate = await fateOf(condition, place);
    fates.push(fate);
    console.log(`${fate.padEnd(12)} ${condition.what} (${condition.file})`);
  });
} finally {
  for (const place of places) await place.remove();
}
const noticed = fates.filter((fate) => fate === "noticed").length;
const seconds = Math.round((performance.now() - started) / 1000);
console.log(`${noticed} of ${asked.length} conditions are noticed (${seconds} s)`);
Deno.exit(asked.length > 0 && noticed === asked.length ? 0 : 1);

/** Works on the items one after the other, in each place one at a time. */
async function shared<Item>(items: Item[], work: (item: Item, place: Place) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(places.map(async (place) => {
    for (const item of waiting) await work(item, place);
  }));
}

async function fateOf(condition: SqlCondition, place: Place): Promise<Fate> {
  const { file, find, replace } = condition;
  const path = `${place.copy}/${file}`;
  const source = await Deno.readTextFile(path);
  if (source.split(find).length !== 2) throw new Error(`${file} does not say once: ${find}`);
  if (find === replace) throw new Error(`${file}: nothing is taken out of ${find}`);
  await Deno.writeTextFile(path, source.replace(find, () => replace));
  const { success, said } = await run(place, condition);
  await Deno.writeTextFile(path, source);
  return success ? "NOT NOTICED" : IS_NO_STATEMENT.test(said) ? "NO STATEMENT" : "noticed";
}

async function placeToTry(): Promise<Place> {
  const copy = await copyOfTree();
  const { env, stop } = await prepareDatabases(pathToFileURL(`${copy}/`));
  return {
    copy,
    env,
    async remove() {
      await stop();
      await Deno.remove(copy, { recursive: true });
    },
  };
}

/** Runs a condition's tests in a copy of the tree, as it is now. Those that take too long do not succeed. */
async function run(
  { copy, env }: Place,
  condition: SqlCondition,
): Promise<{ success: boolean; said: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", "--allow-all", "--fail-fast", ...testsOf(condition)],
    cwd: copy,
    env: { NO_COLOR: "1", ...env },
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  return { success, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

function testsOf({ tests, filter }: SqlCondition): string[] {
  return [`--filter=${filter}`, ...tests];
}
