import assert from "node:assert/strict";
import { postgresDeliveries } from "../../../../adapters/postgres/webhooks/deliveries.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import type { DueDelivery } from "../../../../domain/webhooks/ports.ts";
import { databaseTest } from "../../../support/test_database.ts";

const LIMITS = { most: 20, perEndpoint: 2, leaseSeconds: 60 };

async function queue(
  sql: Database,
  { deliveries, inSeconds = -1 }: { deliveries: number; inSeconds?: number },
): Promise<void> {
  await sql`
    with endpoint as (
      insert into webhook_endpoints (url, event_types, secret)
      values ('https://hooks.example/', '{user.registered}', 's') returning id
    ), messages as (
      insert into webhook_messages (type, data) select 'user.registered', '{}' from generate_series(1, ${deliveries}::int)
      returning id
    )
    insert into webhook_deliveries (message_id, endpoint_id, due_at)
    select m.id, e.id, now() + make_interval(secs => ${inSeconds}::int) from messages m, endpoint e`;
}

const claim = (sql: Database) => sql.begin((tx) => postgresDeliveries(tx).claim(LIMITS));

databaseTest("processes that claim at once keep to an endpoint's limit together", async ({ sql }) => {
  await queue(sql, { deliveries: 50 });
  let second: Promise<DueDelivery[]> | null = null;
  const first = await sql.begin(async (tx) => {
    const claimed = await postgresDeliveries(tx).claim(LIMITS);
    second = claim(sql);
    await new Promise((resolve) => setTimeout(resolve, 200)); // the second one claims before this transaction ends
    return claimed;
  });
  assert.deepEqual([first.length, (await second!).length], [2, 0]);
}, { on: ["postgres"] });

databaseTest("a claim reads few rows, however many wait", async ({ sql }) => {
  await queue(sql, { deliveries: 5000 });
  await queue(sql, { deliveries: 5000, inSeconds: 3600 });
  await sql`analyze webhook_deliveries, webhook_messages, webhook_endpoints`;
  const read = () =>
    sql.begin(async (tx) => {
      const count = async () =>
        (await tx<[{ rows: number }]>`
          select sum(pg_stat_get_xact_tuples_fetched(c.oid) + pg_stat_get_xact_tuples_returned(c.oid))::int as rows
          from pg_class c where c.relname in ('webhook_deliveries', 'webhook_messages')`)[0].rows;
      const before = await count();
      await postgresDeliveries(tx).claim(LIMITS);
      return await count() - before;
    });
  for (let tries = 0; tries < 3; tries++) {
    const rows = await read();
    assert.ok(rows < 100, `${rows} rows`);
  }
}, { on: ["postgres"], isFresh: true });
