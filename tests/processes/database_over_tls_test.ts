import assert from "node:assert/strict";
import { generate } from "selfsigned";
import { connect } from "../../adapters/postgres/connection.ts";
import { startPostgresCluster } from "../support/postgres_cluster.ts";
import { engines } from "../support/test_database.ts";

Deno.test({
  name: "a database that requires TLS is reached over it, and a closed connection is replaced",
  ignore: !engines.includes("postgres"),
  // What the driver does on connections that were cut.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const cluster = await startPostgresCluster({
      tls: await generate([{ name: "commonName", value: "localhost" }]),
    });
    try {
      const url = `${cluster!.url}?sslmode=require`;
      const sql = await connect(url, { max: 2 });
      const isEncrypted = async () =>
        (await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`)[0]!.ssl;
      assert.equal(await isEncrypted(), true);
      const asleep = assert.rejects(sql`select pg_sleep(60)`, { code: "CONNECTION_CLOSED" });
      const end = () =>
        sql`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`;
      while ((await end()).count === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await asleep;
      assert.equal(await isEncrypted(), true);
      await sql.end({ timeout: 1 });
      await assert.rejects(connect(`${cluster!.url}?sslmode=verify-full`, { max: 1 }), /certificate/);
    } finally {
      await cluster!.stop();
    }
  },
});
