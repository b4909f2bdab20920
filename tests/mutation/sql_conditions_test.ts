import assert from "node:assert/strict";
import { ROOT } from "../support/code.ts";
import { SQL_CONDITIONS } from "./sql_conditions.ts";

Deno.test("each condition of `mutate:sql` is said once in its file, and names a test that exists", async () => {
  const texts = new Map<string, Promise<string>>();
  const textOf = (path: string) => {
    if (!texts.has(path)) texts.set(path, Deno.readTextFile(`${ROOT}${path}`));
    return texts.get(path)!;
  };
  const faults: string[] = [];
  for (const { what, file, find, replace, tests, filter } of SQL_CONDITIONS) {
    const times = (await textOf(file)).split(find).length - 1;
    if (times !== 1) faults.push(`${what}: ${file} says it ${times} times`);
    if (find === replace) faults.push(`${what}: nothing is taken out`);
    const named = await Promise.all(tests.map(async (test) => (await textOf(test)).includes(filter)));
    if (!named.includes(true)) faults.push(`${what}: no test is called "… ${filter} …"`);
  }
  assert.deepEqual(faults, []);
});
