import assert from "node:assert/strict";
import { connect } from "../../adapters/postgres/connection.ts";
import { randomShop } from "../support/legacy_history.ts";
import { contentsOf, importFrom } from "../support/legacy_import.ts";
import { startProcess } from "../support/shop_process.ts";
import { engines, freshDatabase } from "../support/test_database.ts";

if (engines.includes("postgres")) {
  Deno.test("an import that is killed at any moment is completed by the next run, by command, with its report", async () => {
    await using parts = new AsyncDisposableStack();
    const former = await randomShop(8, { accounts: 500 }).install();
    parts.defer(() => former.drop());
    const shopIn = async () => {
      const target = await freshDatabase("postgres");
      parts.defer(() => target.drop());
      const sql = await connect(target.url, { max: 2, deadlines: { answer: Infinity } });
      parts.defer(() => sql.end({ timeout: 1 }));
      return { url: target.url, sql };
    };
    const [straight, killed] = [await shopIn(), await shopIn()];
    const expected = await importFrom(former.sql, straight.sql);
    const report = await Deno.makeTempFile({ suffix: ".csv" });
    parts.defer(() => Deno.remove(report));
    const command = (name: string, ...args: string[]) =>
      startProcess("main.ts", { DATABASE_URL: killed.url }, { args: [name, "--from", former.url, ...args] });

    const empty = await contentsOf(killed.sql);
    for (let run = 0; run < 2; run++) {
      const child = command("import").spawn();
      // The first line of its progress comes as it begins; what follows takes about a second.
      const reader = child.stderr.getReader();
      await reader.read();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 800));
      child.kill("SIGKILL");
      await Promise.all([child.status, child.stdout.cancel(), reader.cancel()]);
      const contents = await contentsOf(killed.sql);
      const [made] = await killed.sql`select imported_at from legacy_import`;
      if (made!.imported_at === null) assert.deepEqual(contents, empty);
    }
    const { code, stdout } = await command("import", "--report", report).output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 0, text);
    assert.match(text, /^payments_payment +\d+ +\d+/m);
    assert.deepEqual(await contentsOf(killed.sql), await contentsOf(straight.sql));

    const lines = (await Deno.readTextFile(report)).trimEnd().split("\r\n");
    assert.equal(lines[0], "table,id,what,why");
    assert.equal(lines.length, 1 + expected.lines.length);

    const agrees = await command("verify-import").output();
    assert.equal(agrees.code, 0);
    assert.match(new TextDecoder().decode(agrees.stdout), /The import agrees with the former shop/);
    await killed.sql`delete from comments`;
    const differs = await command("verify-import").output();
    assert.equal(differs.code, 1);
    assert.match(
      new TextDecoder().decode(differs.stdout),
      /rows of courses_comment: differences that the report does not explain \(\d+\)/,
    );
  });

  Deno.test("the commands of an import say in one sentence what is missing", async () => {
    await using parts = new AsyncDisposableStack();
    const target = await freshDatabase("postgres");
    parts.defer(() => target.drop());
    const messageOf = async (name: string, ...args: string[]) => {
      const { code, stdout } = await startProcess("main.ts", { DATABASE_URL: target.url }, {
        args: [name, ...args],
      })
        .output();
      assert.equal(code, 1);
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      assert.equal(lines.length, 1);
      return JSON.parse(lines[0]!).message;
    };
    assert.match(await messageOf("import"), /^Usage: deno task import --from/);
    assert.match(
      await messageOf("import", "--from", target.url),
      /^This is not the former shop's database: it has none of its tables\. Check --from\.$/,
    );
    assert.match(await messageOf("verify-import", "--from", target.url), /^Nothing has been imported/);
    for (const name of ["invite-imported", "complete-import"]) {
      assert.match(
        await messageOf(name),
        /^Nothing has been imported into this database\. Run `deno task import` first\.$/,
      );
    }
  });

  Deno.test("a run that is refused leaves the report of an earlier one, and the next report replaces it", async () => {
    await using parts = new AsyncDisposableStack();
    const former = await randomShop(9, { accounts: 20 }).install();
    parts.defer(() => former.drop());
    const target = await freshDatabase("postgres");
    parts.defer(() => target.drop());
    const report = await Deno.makeTempFile({ suffix: ".csv" });
    parts.defer(() => Deno.remove(report));
    const run = async () =>
      (await startProcess("main.ts", { DATABASE_URL: target.url }, {
        args: ["import", "--from", former.url, "--report", report],
      }).output()).code;
    assert.equal(await run(), 0);
    const first = await Deno.readTextFile(report);
    await Deno.writeTextFile(report, `${first}a longer report of before`);
    assert.equal(await run(), 0);
    assert.equal(await Deno.readTextFile(report), first);
    await former.sql`update users_user set first_name = 'Changed'`;
    assert.equal(await run(), 1);
    assert.equal(await Deno.readTextFile(report), first);
  });
}
