// Changes the rules one place at a time and tells which changes nothing notices: `deno task mutate [file …]`. A change is
// noticed by the compiler, or by the fast tests of the file's own folder. Exits 1 when too few are, or when one that is not
// noticed is not named as harmless in survivors.ts.
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { copyOfTree, outcome, root } from "./copy_of_tree.ts";
import { applied, type Mutant, mutantsOf } from "./mutants.ts";
import { SURVIVORS } from "./survivors.ts";
import { TARGETS } from "./targets.ts";

/** Percent of the changes of each file that must be noticed. */
const GOAL = 90;
/** Mutants that are tried at the same time. */
const AT_ONCE = Math.max(1, navigator.hardwareConcurrency);
/**
 * How many times as long as the unchanged tests those of a mutant may take: one that makes a loop endless counts as
 * noticed.
 */
const PATIENCE = 15;

type Fate = "tests" | "types" | "survived";
type Tried = { mutant: Mutant; fate: Fate };

const asked = Deno.args.length > 0 ? TARGETS.filter(({ file }) => Deno.args.includes(file)) : TARGETS;
const unknown = Deno.args.filter((arg) => !TARGETS.some(({ file }) => file === arg));
if (unknown.length > 0) throw new Error(`Not among tests/mutation/targets.ts: ${unknown.join(", ")}`);

const copies = await Promise.all(Array.from({ length: AT_ONCE }, copyOfTree));
let failed = false;
try {
  console.log("mutants   tests   types  survived  noticed  file");
  for (const { file, tests } of asked) {
    const tried = await tryAll(file, tests);
    const by = (fate: Fate) => tried.filter((each) => each.fate === fate);
    const noticed = tried.length === 0 ? 100 : 100 * (1 - by("survived").length / tried.length);
    const columns = [tried.length, by("tests").length, by("types").length, by("survived").length];
    const shown = columns.map((count, index) => String(count).padStart(index === 3 ? 9 : 7)).join(" ");
    console.log(`${shown}  ${noticed.toFixed(1).padStart(5)} %  ${file}`);
    const source = await Deno.readTextFile(new URL(file, root));
    for (const { mutant } of by("survived")) {
      const { line, text, change } = described(source, mutant);
      const known = SURVIVORS.some((one) => one.file === file && one.line === text && one.change === change);
      if (known) continue;
      failed = true;
      console.log(`  ${file}:${line} ${mutant.kind}: ${change}\n      ${text}`);
    }
    if (noticed < GOAL) failed = true;
  }
} finally {
  for (const copy of copies) await Deno.remove(copy, { recursive: true });
}
Deno.exit(failed ? 1 : 0);

async function tryAll(file: string, tests: string[]): Promise<Tried[]> {
  const source = await Deno.readTextFile(new URL(file, root));
  const started = performance.now();
  if (await outcome(copies[0]!, tests, 300_000) !== "green") {
    throw new Error(`The tests of ${file} fail as they are.`);
  }
  const patienceMs = Math.max(10_000, PATIENCE * (performance.now() - started));
  const compiles = compiler(file);
  const waiting = mutantsOf(source);
  const tried: Tried[] = [];
  await Promise.all(copies.map(async (copy) => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const changed = applied(source, mutant);
      await Deno.writeTextFile(`${copy}/${file}`, changed);
      const isNoticed = await outcome(copy, tests, patienceMs) === "red";
      tried.push({ mutant, fate: isNoticed ? "tests" : compiles(changed) ? "survived" : "types" });
    }
    await Deno.writeTextFile(`${copy}/${file}`, source);
  }));
  return tried.sort((a, b) => a.mutant.start - b.mutant.start);
}

/** Tells whether the file, changed, still compiles, with the files that import it. */
function compiler(file: string): (changed: string) => boolean {
  const path = fileURLToPath(new URL(file, root));
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ESNext,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  const kept = new Map<string, ts.SourceFile | undefined>();
  let text: string | undefined;
  host.getSourceFile = (name, target) => {
    if (name === path && text !== undefined) return ts.createSourceFile(name, text, target, true);
    if (!kept.has(name)) kept.set(name, read(name, target));
    return kept.get(name);
  };
  const files = file.startsWith("domain/") ? sourcesIn(new URL("domain/", root)) : [path];
  let program = ts.createProgram(files, options, host);
  const users = program.getSourceFiles()
    .filter((source) => importsOf(source).some((name) => path.endsWith(name)))
    .map(({ fileName }) => fileName);
  const known = new Set(errors());

  function errors(): string[] {
    return [path, ...users].flatMap((name) =>
      program.getSemanticDiagnostics(program.getSourceFile(name)).map(({ code, messageText }) =>
        `${name} ${code} ${ts.flattenDiagnosticMessageText(messageText, " ")}`
      )
    );
  }
  return (changed) => {
    text = changed;
    program = ts.createProgram(files, options, host, program);
    const broken = program.getSyntacticDiagnostics(program.getSourceFile(path)).length > 0;
    return !broken && errors().every((error) => known.has(error));
  };
}

function importsOf(source: ts.SourceFile): string[] {
  return source.statements.filter(ts.isImportDeclaration)
    .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text.replace(/^(\.\.?\/)+/, "/"));
}

function sourcesIn(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return sourcesIn(new URL(`${name}/`, folder));
    return name.endsWith(".ts") ? [fileURLToPath(new URL(name, folder))] : [];
  });
}

function described(source: string, { start, end, replacement }: Mutant) {
  const before = source.slice(0, start);
  const line = before.split("\n").length;
  const text = source.split("\n")[line - 1]!.trim();
  const oneLine = (piece: string) => piece.replace(/\s+/g, " ");
  return { line, text, change: `${oneLine(source.slice(start, end))} -> ${oneLine(replacement)}` };
}
