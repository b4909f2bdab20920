import assert from "node:assert/strict";
import { databaseTest } from "../../support/test_database.ts";

databaseTest(
  "no default, trigger or function of the database uses the start of the transaction as the time",
  async ({ sql }) => {
    const old = /\b(now\(\)|current_timestamp|transaction_timestamp\(\))/i;
    const defaults = await sql<{ name: string; text: string }[]>`
      select table_name || '.' || column_name as name, column_default as text from information_schema.columns
      where table_schema = 'public' and column_default is not null`;
    const functions = await sql<{ name: string; text: string }[]>`
      select p.proname as name, p.prosrc as text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and p.prolang in (select oid from pg_language where lanname in ('sql', 'plpgsql'))`;
    assert.ok(defaults.length > 50 && functions.length > 5);
    const found = [...defaults, ...functions].filter(({ text }) => old.test(text)).map(({ name }) => name);
    assert.deepEqual(
      found,
      [],
      "see adapters/postgres/queries.ts: statement_timestamp() or clock_timestamp()",
    );
  },
);
