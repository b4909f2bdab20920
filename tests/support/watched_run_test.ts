import assert from "node:assert/strict";
import { watchedRun } from "./watched_run.ts";

const args = ["test", "--no-check", "--parallel"];

/** Runs a file with these tests. */
async function run(tests: string, standsStill?: number) {
  const print = () => {};
  const file = await Deno.makeTempFile({ suffix: "_test.ts" });
  try {
    await Deno.writeTextFile(file, tests);
    return await watchedRun({ args, env: {}, files: [file], standsStill, print });
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("a run in which every test passes succeeds, and one with a failure does not", async () => {
  assert.equal(await run(`Deno.test("passes", () => {});`), true);
  assert.equal(await run(`Deno.test("passes", () => {}); Deno.test("fails", () => { throw 1; });`), false);
});

Deno.test("a run that stands still is ended, and fails", async () => {
  const test = `Deno.test("hangs", () => new Promise((resolve) => setTimeout(resolve, 600_000)));`;
  assert.equal(await run(test, 3000), false);
});
