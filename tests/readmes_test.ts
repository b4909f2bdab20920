import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import deno from "../deno.json" with { type: "json" };
import document from "../openapi/generated/server/openapi.json" with { type: "json" };
import { ALERT_SUBJECTS, GAUGES } from "../domain/operations/ports.ts";
import { INVARIANTS } from "../domain/operations/invariants.ts";
import { MEASURED } from "../adapters/prometheus/metrics.ts";
import { codeIn, ROOT } from "./support/code.ts";

const SKIPPED = new Set(["node_modules", "coverage", ".data", ".git"]);
const DEPLOY = "adapters/config/deploy.md";

/** Every file and folder of the repository, as paths from the root; folders end in a slash. */
const paths = new Set<string>(await pathsIn(""));
const readmes = await Promise.all(
  [...paths].filter((path) => path.endsWith(".md")).map(async (path) => ({
    path,
    folder: dirname(path),
    text: await Deno.readTextFile(ROOT + path),
  })),
);

async function pathsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    if (SKIPPED.has(name)) continue;
    if (!isDirectory) found.push(folder + name);
    else found.push(`${folder}${name}/`, ...await pathsIn(`${folder}${name}/`));
  }
  return found;
}

/** What stands between single backticks; blocks of code are left out. */
const quoted = (text: string) =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, token]) => token!);

/** How GitHub names a heading in links. */
const anchorOf = (heading: string) =>
  heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");

const headingsOf = (text: string) =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);

Deno.test("the links in READMEs lead to files and headings that exist", () => {
  const broken: string[] = [];
  for (const { path, folder, text } of readmes) {
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^\w+:/.test(link!)) continue;
      const [file, anchor] = link!.split("#") as [string, string | undefined];
      const target = file === "" ? path : join(folder, file);
      const readme = readmes.find((readme) => readme.path === target);
      const isThere = paths.has(target) || paths.has(`${target}/`);
      const hasAnchor = anchor === undefined || headingsOf(readme?.text ?? "").map(anchorOf).includes(anchor);
      if (!isThere || !hasAnchor) broken.push(`${path} links to ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("the files and folders that READMEs name exist", () => {
  const looksLikePath = /^\.?[\w-]+(?:\/[\w.-]+)*(?:\/|\.(?:ts|tsx|yaml|sql|json|md))$/;
  const beginsAtRoot = /^(?:\.ci|adapters|domain|migrations|openapi|routes|tests)\/[\w./-]+$/;
  const missing: string[] = [];
  for (const { path, folder, text } of readmes) {
    for (const token of quoted(text)) {
      if (!looksLikePath.test(token) && !beginsAtRoot.test(token)) continue;
      const room = folder === "." ? "" : `${folder}/`;
      const isThere = paths.has(token) || paths.has(`${token}/`) || token === ".data/" ||
        [...paths].some((known) => known.startsWith(room) && `/${known}`.endsWith(`/${token}`));
      if (!isThere) missing.push(`${path} names ${token}`);
    }
  }
  assert.deepEqual(missing, []);
});

Deno.test("the tasks that READMEs name exist", () => {
  const missing = readmes.flatMap(({ path, text }) =>
    [...text.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][a-z:-]*)/g)]
      .filter(([, task]) => !Object.hasOwn(deno.tasks, task!))
      .map(([, task]) => `${path} names ${task}`)
  );
  assert.deepEqual(missing, []);
});

Deno.test("the operations that READMEs name exist", () => {
  const known = new Set(Object.keys(document.paths).map((path) => path.replaceAll(/\{\w+\}/g, "{}")));
  const missing = readmes.flatMap(({ path, text }) =>
    quoted(text).flatMap((token) => {
      const [, operation] = token.match(/^(?:[A-Z]+ )?(\/api\/[^\s?…]*)(?:\?\S*)?$/) ?? [];
      // The steps of adding an operation have an example.
      if (!operation || operation.includes("certificates")) return [];
      return known.has(operation.replaceAll(/\{\w+\}|<\w+>/g, "{}")) ? [] : [`${path} names ${operation}`];
    })
  );
  assert.deepEqual(missing, []);
});

Deno.test("the variables and constants that READMEs name are in the code", async () => {
  const code = await Promise.all((await filesOfCode("tests")).map((file) => Deno.readTextFile(ROOT + file)));
  const missing = readmes.flatMap(({ path, text }) =>
    quoted(text)
      .filter((token) => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(token))
      .filter((token) => !code.some((text) => text.includes(token)))
      .map((token) => `${path} names ${token}`)
  );
  assert.deepEqual(missing, []);
});

async function filesOfCode(...others: string[]): Promise<string[]> {
  const files = ["main.ts"];
  for (const folder of ["adapters", "domain", "routes", ...others]) {
    for await (const file of codeIn(folder)) files.push(file);
  }
  return files;
}

/** The text of a section of the deploy guide, by its heading. */
async function section(heading: string): Promise<string> {
  const text = await Deno.readTextFile(ROOT + DEPLOY);
  const [marks] = heading.split(" ");
  const [, rest] = text.split(`\n${heading}\n`);
  assert.ok(rest, `${DEPLOY} has no "${heading}"`);
  return rest.split(new RegExp(`^#{1,${marks!.length}} `, "m"))[0]!;
}

Deno.test("the runbook says what to do about every alert, and about no other", async () => {
  const headings = [...(await section("## Runbook")).matchAll(/^### (.+)$/gm)].map(([, text]) => text!);
  const others = ["Invariants", "The log", "Metrics"];
  assert.deepEqual(headings.filter((text) => !others.includes(text)).sort(), [...ALERT_SUBJECTS].sort());
});

Deno.test("the runbook explains every invariant", async () => {
  const rows = [...(await section("### Invariants")).matchAll(/^(\d+)\. /gm)].map(([, number]) => number);
  assert.deepEqual(rows, Object.keys(INVARIANTS));
});

Deno.test("the runbook explains every error and warning of the log", async () => {
  const logged = new Set<string>();
  for (const file of await filesOfCode()) {
    if (/^adapters\/(sandbox|command_line)\//.test(file)) continue;
    const text = await Deno.readTextFile(ROOT + file);
    for (const [, message] of text.matchAll(/\blog\.(?:error|warn)\(\s*"([^":]+)/g)) logged.add(message!);
  }
  const entries = (await section("### The log")).split(/^- /m).slice(1);
  const explained = entries.flatMap((entry) => quoted(entry.split(": ")[0]!.replaceAll("\n", " ")));
  assert.deepEqual(explained.sort(), [...logged].sort());
});

Deno.test("the runbook names every metric, and no other", async () => {
  const metrics = Object.keys({ ...GAUGES, ...MEASURED }).map((name) => `shop_${name}`);
  const named = quoted(await section("### Metrics")).filter((token) => /^shop_\w+$/.test(token));
  assert.deepEqual([...new Set(named)].sort(), metrics.sort());
});

Deno.test("the deploy guide has Stripe register the events that the shop reads", async () => {
  const code = await Deno.readTextFile(`${ROOT}adapters/stripe/events.ts`);
  const read = [...code.matchAll(/case "([\w.]+)":/g)].map(([, type]) => type!);
  const registered = quoted(await section("## Webhooks")).filter((token) =>
    /^(checkout|payment_intent|charge|refund)\.[\w.]+$/.test(token)
  );
  assert.deepEqual(registered.sort(), read.sort());
});
