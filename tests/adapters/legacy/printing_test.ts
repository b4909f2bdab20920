import assert from "node:assert/strict";
import { printChecks, printReport, progressPrinter } from "../../../adapters/command_line/import_printing.ts";
import { readImportOptions, readVerifyOptions } from "../../../adapters/command_line/import_options.ts";

Deno.test("progress is printed at most once a second, with the time left", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = progressPrinter((line) => lines.push(line), () => now);
  progress({ text: "reading a", share: 0 });
  now = 900;
  progress({ text: "reading b", share: 0.05 });
  now = 10_000;
  progress({ text: "writing c", share: 0.25 });
  assert.deepEqual(lines, ["  0 %  reading a", " 25 %  writing c, about 30 s left"]);
});

Deno.test("the report is a summary on the screen and a file with all lines", async () => {
  const printed: string[] = [];
  let file = "";
  const line = {
    table: "users_user",
    id: "1",
    what: "merged" as const,
    why: "has the address, which",
    otherId: "2",
  };
  await printReport(
    {
      counts: () =>
        Promise.resolve([
          { table: "users_user", read: 12, written: 11, merged: 1, skipped: 0, changed: 0, person: 0 },
        ]),
      reasons: () => Promise.resolve([{ ...line, count: 1 }]),
      async *lines() {
        yield await Promise.resolve([line, {
          ...line,
          what: "person" as const,
          why: 'says "no"',
          otherId: null,
        }]);
      },
    },
    (text) => printed.push(text),
    (text) => Promise.resolve(void (file += text)),
  );
  assert.deepEqual(printed, [
    "table       read  written  merged  skipped  changed  needs a person",
    "users_user    12       11       1        0        0               0",
    "",
    "rows  table       what    why",
    "   1  users_user  merged  has the address, which",
  ]);
  assert.equal(
    file,
    'table,id,what,why\r\nusers_user,1,merged,"has the address, which: 2"\r\nusers_user,1,needs a person,"says ""no"""\r\n',
  );
});

Deno.test("a comparison shows differences that nothing explains, and whether there are any", () => {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const check = { name: "rows", former: 30, here: 5, explained: 2 };
  assert.equal(printChecks([{ ...check, unexplained: [] }], print), true);
  assert.equal(printed.at(-1), "\nThe import agrees with the former shop.");
  const unexplained = Array.from({ length: 23 }, (_, n) => `row ${n}`);
  assert.equal(printChecks([{ ...check, unexplained }], print), false);
  assert.deepEqual(printed.slice(-4, -1), ["  row 18", "  row 19", "  and 3 more"]);
});

Deno.test("the options name the former shop's database; anything else gets the usage", () => {
  const from = "postgres://reader@db.example:5432/old";
  assert.deepEqual(readImportOptions(["--from", from]), { from, dryRun: false, report: null });
  assert.deepEqual(readImportOptions(["--from", from, "--dry-run", "--report", "a.csv"]), {
    from,
    dryRun: true,
    report: "a.csv",
  });
  assert.deepEqual(readVerifyOptions(["--from", from]), { from });
  for (const args of [[], ["--from"], ["--from", "old"], ["--from", "https://example.com"], ["--to", from]]) {
    assert.throws(() => readImportOptions(args), /^Error: Usage: deno task import --from/);
    assert.throws(() => readVerifyOptions(args), /^Error: Usage: deno task import:verify --from/);
  }
});
