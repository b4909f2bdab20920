import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { readConfig } from "../../../adapters/config/read_config.ts";
import { createLog } from "../../../adapters/log.ts";
import { connect } from "../../../adapters/postgres/connection.ts";
import { migrate, pendingMigrations } from "../../../adapters/postgres/migrate.ts";
import type { Database } from "../../../adapters/postgres/queries.ts";
import { serve } from "../../../main.ts";
import { dumpSchema } from "../../../migrations/dump_schema.ts";
import { ROOT } from "../../support/code.ts";
import { shopTest } from "../../support/shop.ts";
import { databaseTest, engines } from "../../support/test_database.ts";

const BASELINE = "0111_baseline.sql";

/** A folder of migrations, with these files at first; removed when it goes out of scope. */
async function folderOf(files: Record<string, string>) {
  const path = await Deno.makeTempDir({ prefix: "migrations-" });
  const write = async (name: string, text: string) => {
    await Deno.mkdir(`${path}/functions`, { recursive: true });
    await Deno.writeTextFile(`${path}/${name}`, text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return {
    url: pathToFileURL(`${path}/`),
    write,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function replacedByBaseline(): Promise<string[]> {
  const text = await Deno.readTextFile(`${ROOT}migrations/${BASELINE}`);
  return [...text.matchAll(/\d{4}_\w+\.sql/g)].map(([name]) => name);
}

/** Makes the database look as if these files had been applied instead of the baseline. */
async function pretendApplied(sql: Database, names: string[]): Promise<void> {
  await sql`delete from schema_migrations where name = ${BASELINE}`;
  await sql`insert into schema_migrations (name, checksum) select name, 'of then' from unnest(${names}::text[]) name`;
}

databaseTest("several instances may migrate an empty database at once", async ({ url }) => {
  const connections = await Promise.all([1, 2, 3, 4].map(() => connect(url, { max: 1 })));
  const [first] = connections;
  await first!`drop schema public cascade`;
  await first!`create schema public`;
  const all = await pendingMigrations(first!);
  assert.equal(all[0], BASELINE);
  assert.equal(all.at(-1), "comments.sql");
  const applied = await Promise.all(connections.map((sql) => migrate(sql)));
  assert.deepEqual(applied.flat(), all, "one of them did the work");
  assert.deepEqual(await pendingMigrations(first!), []);
  await Promise.all(connections.map((sql) => sql.end()));
});

databaseTest("a migration that was changed after it was applied stops the next one", async ({ sql }) => {
  await using folder = await folderOf({ [BASELINE]: "select 1;" });
  await assert.rejects(migrate(sql, folder.url), /0111_baseline.sql was changed/);
});

databaseTest(
  "two migrations with the same number stop both the migration and the server",
  async ({ sql }) => {
    await using folder = await folderOf({ "9000_one.sql": "select 1;", "9000_two.sql": "select 2;" });
    const refusal = /9000_one\.sql and 9000_two\.sql have one number\. Give one of them the next free number/;
    await assert.rejects(migrate(sql, folder.url), refusal);
    await assert.rejects(pendingMigrations(sql, folder.url), refusal);
  },
);

databaseTest(
  "the baseline is only recorded in a database with all the files that it replaces",
  async ({ sql }) => {
    const replaced = await replacedByBaseline();
    assert.equal(replaced.length, 26);
    await pretendApplied(sql, replaced);
    assert.deepEqual(await pendingMigrations(sql), []);
    assert.deepEqual(await migrate(sql), []);
    const [row] =
      await sql`select count(*)::integer as count from schema_migrations where name = ${BASELINE}`;
    assert.equal(row!.count, 1);
  },
);

databaseTest("a database with only some of those files is refused, with advice", async ({ sql }) => {
  const replaced = await replacedByBaseline();
  await pretendApplied(sql, replaced.slice(0, -2));
  assert.deepEqual(await pendingMigrations(sql), [BASELINE]);
  await assert.rejects(
    migrate(sql),
    /only some of .* It lacks 0110_reconciled_lists.sql, 0111_order_changes.sql. .* commit bb26860 first/,
  );
});

databaseTest("a file of functions is applied again when it changes, and only then", async ({ sql }) => {
  const answering = (answer: string) =>
    `create or replace function answer() returns text language sql as $$ select '${answer}' $$;
     insert into applied values ('answer');`;
  const other = "insert into applied values ('other');";
  await using folder = await folderOf({
    "9000_applied.sql": "create table applied (name text);",
    "functions/answer.sql": answering("one"),
    "functions/other.sql": other,
  });
  const answer = async () => (await sql<{ text: string }[]>`select answer() as text`)[0]!.text;

  const all = ["9000_applied.sql", "functions/answer.sql", "functions/other.sql"];
  assert.deepEqual(await pendingMigrations(sql, folder.url), all);
  assert.deepEqual(await migrate(sql, folder.url), all);
  assert.deepEqual(await migrate(sql, folder.url), []);

  await folder.write("functions/answer.sql", answering("two"));
  assert.deepEqual(await pendingMigrations(sql, folder.url), ["functions/answer.sql"]);
  assert.deepEqual(await migrate(sql, folder.url), ["functions/answer.sql"]);
  assert.equal(await answer(), "two");

  await folder.write("functions/answer.sql", answering("one"));
  assert.deepEqual(
    await pendingMigrations(sql, folder.url),
    [],
    "the release before may start until it is gone",
  );
  assert.deepEqual(await migrate(sql, folder.url), ["functions/answer.sql"], "back to what it was");
  assert.equal(await answer(), "one");
  assert.deepEqual([...await sql`select name, count(*)::integer from applied group by name order by name`], [
    { name: "answer", count: 3 },
    { name: "other", count: 1 },
  ]);
});

shopTest("a server does not start on a database with the functions of an earlier release", async (shop) => {
  await shop.sql`delete from schema_scripts where name = 'functions/orders.sql'`;
  await assert.rejects(
    serve(readConfig(shop.environment), createLog("json", () => {})),
    /The database lacks functions\/orders.sql. Run `deno task migrate` first./,
  );
});

databaseTest(
  "orders have their subtotal under its former name too, whichever of the two is written",
  async ({ sql }) => {
    const place = (column: string, id: string) =>
      sql`
      insert into orders (student_id, student_email, state, ${sql(column)}, currency, session_expires_at)
      values (${id}, '', 'open', 4900, 'usd', now())`;
    await sql`drop trigger orders_fill_subtotal on orders`;
    await sql`alter table orders drop column subtotal_amount`;
    await sql`delete from schema_migrations where name = '0182_order_subtotals.sql'`;
    await sql`delete from schema_scripts where name in ('functions/orders.sql', 'comments.sql')`;
    await place("total_amount", "before the migration");
    await sql`delete from order_changes`;

    await migrate(sql);
    assert.deepEqual([...await sql`select * from order_changes`], [], "no order has to be checked again");
    await place("total_amount", "by the release before");
    await place("subtotal_amount", "by this release");
    assert.deepEqual(
      [
        ...await sql`
      select student_id as id, total_amount::integer as total, subtotal_amount::integer as subtotal from orders
      order by student_id`,
      ],
      ["before the migration", "by the release before", "by this release"].map((id) => (
        { id, total: 4900, subtotal: 4900 }
      )),
    );
  },
);

databaseTest("if a file of functions fails, nothing of the migration is kept", async ({ sql }) => {
  await using folder = await folderOf({
    "9000_applied.sql": "create table applied (name text);",
    "functions/broken.sql":
      "create function broken() returns integer language sql as $$ select 'x'::no_type $$;",
  });
  await assert.rejects(migrate(sql, folder.url), /no_type/);
  const [row] = await sql`select to_regclass('applied') as applied`;
  assert.equal(row!.applied, null);
  assert.deepEqual(await pendingMigrations(sql, folder.url), ["9000_applied.sql", "functions/broken.sql"]);
});

databaseTest(
  "a trigger may be replaced in a migration with pending deferred checks",
  async ({ sql }) => {
    await using folder = await folderOf({
      "9000_shares.sql": `insert into earning_shares (course_id, user_id, percent, offset_percent)
      values (gen_random_uuid(), 'ada', 100, 0);`,
      "functions/authoring.sql": await Deno.readTextFile(`${ROOT}migrations/functions/authoring.sql`) +
        "-- changed\n",
    });
    assert.deepEqual(await migrate(sql, folder.url), ["9000_shares.sql", "functions/authoring.sql"]);
  },
);

databaseTest("a comment that is removed from comments.sql is removed from the database", async ({ sql }) => {
  await sql`comment on column courses.slug is 'Of before.'`;
  await sql`comment on index courses_newest is 'Of before.'`;
  await sql`delete from schema_scripts where name = 'comments.sql'`;
  const text = await Deno.readTextFile(`${ROOT}migrations/comments.sql`);
  await using folder = await folderOf({ "comments.sql": text.slice(0, text.indexOf("comment on table")) });
  await migrate(sql, folder.url);
  const [row] = await sql`
    select count(*)::integer as count from pg_description d join pg_class c on c.oid = d.objoid
    where d.classoid = 'pg_class'::regclass and c.relnamespace = 'public'::regnamespace`;
  assert.equal(row!.count, 0);
});

databaseTest("a migrated database matches migrations/schema.sql, on any server", async ({ sql }) => {
  const written = await Deno.readTextFile(`${ROOT}migrations/schema.sql`);
  assert.ok(
    written.endsWith("\n\n" + await dumpSchema(sql)),
    "Out of date: migrations/schema.sql. Run `deno task schema`.",
  );
}, { on: engines });

databaseTest(
  "describing a schema fails if it has objects that the description would leave out",
  async ({ sql }) => {
    await sql`create view shown as select id from users`;
    await sql`create type mood as enum ('glad', 'sad')`;
    await assert.rejects(dumpSchema(sql), /cannot describe relation shown, type mood/);
  },
);

databaseTest(
  "every table has a comment, and every function that is called by name",
  async ({ sql }) => {
    const silent = await sql<{ name: string }[]>`
    select relname::text as name from pg_class c
    where relnamespace = 'public'::regnamespace and relkind = 'r' and obj_description(c.oid, 'pg_class') is null
    union all
    select p.oid::regprocedure::text from pg_proc p
    where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype
      and obj_description(p.oid, 'pg_proc') is null
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by name`;
    assert.deepEqual(silent.map(({ name }) => name), [], "say in migrations/comments.sql what they are for");
  },
);
