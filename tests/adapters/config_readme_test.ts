import assert from "node:assert/strict";
import { GROUPS } from "../../adapters/config/descriptions.ts";
import { configReadme, readings } from "../../adapters/config/readme.ts";
import { codeIn, ROOT } from "../support/code.ts";

const described = new Set(Object.values(GROUPS).flatMap(({ variables }) => Object.keys(variables)));

Deno.test("the table of variables matches the code that reads them: run `deno task config:readme`", async () => {
  const words = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");
  const written = await Deno.readTextFile(`${ROOT}adapters/config/README.md`);
  assert.equal(words(written), words(configReadme()));
});

Deno.test("every described variable is read by the configuration or by a development tool", async () => {
  const read = new Set<string>(readings().keys());
  for await (const file of codeIn("adapters")) {
    for (const [, name] of (await Deno.readTextFile(ROOT + file)).matchAll(/"([A-Z_]+)"/g)) read.add(name!);
  }
  const unread = [...described].filter((name) => !read.has(name));
  assert.deepEqual(unread, [], "remove them from adapters/config/descriptions.ts");
});

Deno.test("no code reads an environment variable without a description", async () => {
  const files = ["main.ts"];
  for (const folder of ["adapters", "domain", "routes"]) {
    for await (const file of codeIn(folder)) files.push(file);
  }
  const undescribed: string[] = [];
  for (const file of files) {
    const text = await Deno.readTextFile(ROOT + file);
    for (const [, name] of text.matchAll(/\benv\.(?:get|has)\(\s*"(\w+)"/g)) {
      // The runtime's own variables are none of ours.
      if (!described.has(name!) && !name!.startsWith("DENO_")) undescribed.push(`${file} reads ${name}`);
    }
  }
  assert.deepEqual(undescribed, [], "describe them in adapters/config/descriptions.ts");
});
