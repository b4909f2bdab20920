import assert from "node:assert/strict";
import { ROOT } from "./support/code.ts";

const MIGRATIONS = `${ROOT}migrations/`;
const sqlIn = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".sql")).sort();

Deno.test("no two migrations have the same number", () => {
  const byNumber = Map.groupBy(
    sqlIn(MIGRATIONS).filter((name) => /^\d/.test(name)),
    (name) => name.slice(0, 4),
  );
  assert.deepEqual([...byNumber.values()].filter((names) => names.length > 1), []);
});

Deno.test("every file in migrations/ has a name under which it is applied", () => {
  const strange = sqlIn(MIGRATIONS).filter((name) =>
    !/^\d{4}_[a-z0-9_]+\.sql$|^(comments|schema)\.sql$/.test(name)
  );
  assert.deepEqual(strange, []);
});

Deno.test("each function is defined in one file", async () => {
  const files = [
    ...sqlIn(MIGRATIONS).filter((name) => name !== "schema.sql"),
    ...sqlIn(`${MIGRATIONS}functions`).map((name) => `functions/${name}`),
  ];
  const homes = new Map<string, string[]>();
  for (const file of files) {
    const text = await Deno.readTextFile(MIGRATIONS + file);
    for (const [, name] of text.matchAll(/^create (?:or replace )?function (\w+)/gm)) {
      homes.set(name!, [...homes.get(name!) ?? [], file]);
    }
  }
  assert.ok(homes.size > 30);
  assert.deepEqual([...homes].filter(([, where]) => where.length > 1), []);
});

Deno.test("files of functions can be applied again", async () => {
  const found: string[] = [];
  for (const file of sqlIn(`${MIGRATIONS}functions`)) {
    const text = await Deno.readTextFile(`${MIGRATIONS}functions/${file}`);
    for (const [statement] of text.matchAll(/^create (?!or replace )(?!constraint trigger ).*/gm)) {
      found.push(`${file}: ${statement}`);
    }
    for (const [, name] of text.matchAll(/^create constraint trigger (\w+)/gm)) {
      if (!text.includes(`drop trigger if exists ${name} on `)) {
        found.push(`${file}: constraint trigger ${name}`);
      }
    }
  }
  assert.deepEqual(found, [], "say create or replace; before a constraint trigger, drop trigger if exists");
});

Deno.test("no two indexes are equal", async () => {
  const schema = await Deno.readTextFile(`${MIGRATIONS}schema.sql`);
  const byDefinition = Map.groupBy(
    schema.matchAll(/^CREATE (?:UNIQUE )?INDEX (\w+) (ON .*);$/gm),
    ([, , definition]) => definition,
  );
  assert.ok(byDefinition.size > 30);
  const same = [...byDefinition.values()].filter(({ length }) => length > 1);
  assert.deepEqual(same.map((indexes) => indexes.map(([, name]) => name)), []);
});
